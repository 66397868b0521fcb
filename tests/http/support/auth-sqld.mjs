// A libSQL server for tests that need no Worker, and kysely's way to it: npm's better-auth speaks to databases through kysely.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { must } from "../../../scripts/lib/failures.mjs";
import { logs, nativeBinary, root, sqldBinary, work } from "../../../scripts/lib/paths.mjs";
import { HOST } from "../../../scripts/lib/ports.mjs";
import { listenForStop } from "../../../scripts/lib/processes.mjs";
import { service } from "../../../scripts/lib/service.mjs";

/**
 * A database server with the studio's tables.
 * @param {number} port
 */
export async function startSqld(port) {
  listenForStop();
  mkdirSync(join(work, "stacks"), { recursive: true });
  const folder = mkdtempSync(join(work, "stacks", `${process.pid}-sqld-`));
  const url = `http://${HOST}:${port}`;
  const server = await service({
    name: "The database server",
    command: sqldBinary(),
    args: ["--db-path", folder, "--http-listen-addr", `${HOST}:${port}`, "--no-welcome", "--checkpoint-interval-s", "3600"],
    health: `${url}/health`,
    log: join(logs, `sqld-${port}.log`),
    note: console.error,
  });
  const args = ["migrate", "--url", url, "--dir", join(root, "migrations")];
  await must("The migrations", nativeBinary("atelier-operator"), args, { log: join(logs, `migrate-${port}.log`), env: { TURSO_AUTH_TOKEN: "" } });
  return {
    url,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const asValue = (value) => {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "boolean") return { type: "integer", value: value ? "1" : "0" };
  if (typeof value === "bigint" || Number.isInteger(value)) return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  return { type: "text", value: value instanceof Date ? value.toISOString() : String(value) };
};
const fromValue = (cell) => (cell.type === "integer" ? Number(cell.value) : (cell.value ?? null));

/** One statement over the server's HTTP protocol. */
export async function execute(url, sql, parameters = []) {
  const response = await fetch(`${url}/v3/pipeline`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ baton: null, requests: [{ type: "execute", stmt: { sql, args: parameters.map(asValue), want_rows: true } }, { type: "close" }] }),
  });
  const { results } = await response.json();
  if (results[0].type !== "ok") throw new Error(`${results[0].error.message} in ${sql}`);
  const { cols, rows, affected_row_count } = results[0].response.result;
  return { rows: rows.map((row) => Object.fromEntries(row.map((cell, i) => [cols[i].name, fromValue(cell)]))), affected: affected_row_count };
}

/**
 * kysely's dialect. Every statement is a request of its own, so there are no transactions, as with better-auth's default.
 * @param {string} url
 */
export const sqldDialect = (url) => ({
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createDriver: () => ({
    async init() {},
    async destroy() {},
    async acquireConnection() {
      return {
        async executeQuery({ sql, parameters }) {
          const { rows, affected } = await execute(url, sql, parameters);
          return { rows, numAffectedRows: BigInt(affected) };
        },
      };
    },
    async releaseConnection() {},
    async beginTransaction() {},
    async commitTransaction() {},
    async rollbackTransaction() {},
  }),
});
