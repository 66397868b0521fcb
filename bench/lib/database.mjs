// A libSQL server of a candidate's own with the studio's tables, and the people who sign in.
import { randomBytes, scryptSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../scripts/lib/failures.mjs";
import { logs, nativeBinary, root, sqldBinary } from "../../scripts/lib/paths.mjs";
import { HOST, freePort } from "../../scripts/lib/ports.mjs";
import { say } from "../../scripts/lib/say.mjs";
import { service } from "../../scripts/lib/service.mjs";
import { execute } from "../peer/pipeline.mjs";

export const PASSWORD = "correct horse battery";
export const PEOPLE = 50;

export const emailOf = (person) => `person${person}@bench.example`;

/** @param {string} folder where its data lies */
export async function startDatabase(folder) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const server = await service({
    name: "The peer's database server",
    command: sqldBinary(),
    // As the studio's own has it.
    args: ["--db-path", folder, "--http-listen-addr", `${HOST}:${port}`, "--no-welcome", "--checkpoint-interval-s", "3600"],
    health: `${url}/health`,
    log: join(logs, `sqld-${port}.log`),
    note: say,
  });
  await must("The migrations", nativeBinary("atelier-operator"), ["migrate", "--url", url, "--dir", join(root, "migrations")], {
    log: join(logs, "migrate.log"),
    env: { TURSO_AUTH_TOKEN: "" },
  });
  return { ...server, url };
}

/** The same people with the same password in every database, in better-auth's tables. */
export async function settle(url) {
  const salt = randomBytes(16).toString("hex");
  const key = scryptSync(PASSWORD, salt, 64, { N: 16384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 });
  const hash = `${salt}:${key.toString("hex")}`;
  const now = new Date().toISOString();
  const people = Array.from({ length: PEOPLE }, (_, person) => ({ id: `bench${String(person).padStart(27, "0")}`, email: emailOf(person) }));
  await insert(url, "user", people.map(({ id, email }) => ({ id, name: "Ada Lovelace", email, emailVerified: 1, createdAt: now, updatedAt: now })));
  const account = ({ id }) => ({ id, accountId: id, providerId: "credential", userId: id, password: hash, createdAt: now, updatedAt: now });
  await insert(url, "account", people.map(account));
}

function insert(url, table, rows) {
  const columns = Object.keys(rows[0]);
  const row = `(${columns.map(() => "?").join(", ")})`;
  const sql = `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(", ")}) VALUES ${rows.map(() => row).join(", ")}`;
  return execute(url, sql, rows.flatMap((values) => columns.map((name) => values[name])));
}
