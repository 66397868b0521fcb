// Everything that is measured, started: each candidate with a workerd of its own, and each that needs one with a database of its own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../scripts/lib/build.mjs";
import { forget, note } from "../../scripts/lib/leftovers.mjs";
import { root, work } from "../../scripts/lib/paths.mjs";
import { atStop } from "../../scripts/lib/processes.mjs";
import { startStack } from "../../scripts/lib/stack.mjs";
import { newSecret } from "../../scripts/lib/vars.mjs";
import { bareBundle, peerBundle, scryptBundle } from "./build.mjs";
import { settle, startDatabase } from "./database.mjs";
import { startHost } from "./host.mjs";
import { ledgerVars } from "./ledger.mjs";
import { startWorker } from "./worker.mjs";

/**
 * @typedef {object} Candidate
 * @property {string} key
 * @property {string} url
 * @property {number} pid of its workerd
 * @property {Record<string, string>} [headers] with each of its requests
 */

/** @param {string[]} halves "accounts", "ledger": only what they need is started */
export async function startAll(halves) {
  // The stack brings database, vendors, secrets and variables; its own workerd shows what Miniflare's store of files costs.
  const stack = await startStack({ log() {} });
  const stacks = join(work, "stacks");
  mkdirSync(stacks, { recursive: true });
  const data = mkdtempSync(join(stacks, `${process.pid}-bench-`));
  const parts = [{ stop: stack.stop }];
  const keep = async (part) => {
    parts.push(part);
    await note("bench", { pids: parts.map(pidOf).filter(Boolean), data, folder: data });
    return part;
  };
  let stopped;
  const stop = () =>
    (stopped ??= (async () => {
      takeBack();
      for (const part of parts.splice(0).reverse()) await part.stop();
      rmSync(data, { recursive: true, force: true });
      forget("bench");
    })());
  const takeBack = atStop(stop);
  try {
    await note("bench", { data, folder: data });
    const worker = (name, what) => startWorker({ data: join(data, name), ...what });
    const peer = async (name) => {
      const database = await keep(await startDatabase(join(data, `${name}-sqld`)));
      await settle(database.url);
      const vars = { ORIGIN: "http://studio.test", SECRET: newSecret(), DATABASE_URL: database.url };
      const what = { folder: peerBundle, vars, flags: ["nodejs_compat"] };
      return { what, running: await keep(await worker(name, what)) };
    };
    await settle(stack.databaseUrl);
    const ledger = halves.includes("ledger") ? await startLedger({ stack, keep, worker }) : undefined;
    if (!halves.includes("accounts")) return { ledger, stop };
    const studio = { folder: bundle, vars: stack.vars };
    const atelier = await keep(await worker("atelier", studio));
    const [first, second] = [await peer("peer"), await peer("peer-again")];
    const bare = await keep(await worker("bare", { folder: bareBundle }));
    const hashes = await keep(await worker("scrypt", { folder: scryptBundle, flags: ["nodejs_compat"] }));
    return {
      atelier: { key: "atelier", ...atelier },
      peer: { key: "peer", ...first.running },
      peerAgain: { key: "peerAgain", ...second.running },
      peerPerRequest: { key: "peerPerRequest", ...first.running, headers: { "x-instance-per-request": "yes" } },
      bare: { key: "bare", ...bare },
      stacked: { key: "stacked", url: stack.url, pid: (await stack.pids()).workerd },
      hashes,
      ledger,
      /** The same two in a process that has done nothing yet, on the same databases. */
      fresh: {
        atelier: async () => keep(await worker("atelier-fresh", studio)),
        peer: async () => keep(await worker("peer-fresh", first.what)),
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The ledger's Workers are started one after the other, as they are measured; their model host is the bench's. */
async function startLedger({ stack, keep, worker }) {
  const host = await keep(await startHost());
  const vars = ledgerVars(stack.vars, host, JSON.parse(readFileSync(join(root, "plans.json"), "utf8")));
  return {
    start: async (over) => keep(await worker("atelier-ledger", { folder: bundle, vars: { ...vars, ...over } })),
    host,
    databaseUrl: stack.databaseUrl,
    databasePid: (await stack.pids()).sqld,
    vars,
  };
}

const pidOf = ({ pid }) => (typeof pid === "function" ? pid() : pid);
