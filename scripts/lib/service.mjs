// A program that serves others: started, waited for, started again on the same port if it dies, and ended with us.
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { root } from "./paths.mjs";
import { end, isStopping, start } from "./processes.mjs";
import { Problem } from "./say.mjs";

/** From a cold disk, beside a build, on a small machine. */
const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 25;
const RESTART_AFTER_MS = 100;
/** A program that dies this often without ever answering will not answer the next time either. */
const FRUITLESS_STARTS = 5;

/**
 * @typedef {object} Service
 * @property {() => number | undefined} pid
 * @property {() => Promise<void>} ready resolves when it answers, also after it died and was started again
 * @property {() => Promise<void>} stop
 */

/**
 * @param {object} what
 * @param {string} what.name for messages
 * @param {string} what.command
 * @param {string[]} what.args
 * @param {string} what.health an address that answers 200 when it is ready
 * @param {string} what.log
 * @param {(line: string) => void} what.note told when it dies and when it is back
 * @returns {Promise<Service>}
 */
export async function service({ name, command, args, health, log, note }) {
  mkdirSync(dirname(log), { recursive: true });
  let child;
  let ended = false;
  let fruitless = 0;
  /** @type {Promise<void>} */
  let ready;

  const launch = () => {
    const file = createWriteStream(log, { flags: "a" });
    child = start(command, args);
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    const gone = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    gone.then((how) => {
      file.end();
      if (!ended) setTimeout(() => revive(how), RESTART_AFTER_MS);
    });
    ready = answering(health, gone).then((how) => {
      if (how !== undefined) throw new Problem(`${name} did not start (${how}). ${tail(log)}`);
      fruitless = 0;
    });
    ready.catch(() => {}); // whoever awaits it is told
  };

  const revive = (how) => {
    if (ended || isStopping()) return;
    fruitless += 1;
    if (fruitless > FRUITLESS_STARTS) return note(`${name} keeps dying (${how}); its log is ${relative(root, log)}`);
    note(`${name} died (${how}) and is started again`);
    launch();
  };

  launch();
  try {
    await ready;
  } catch (error) {
    ended = true;
    await end(child);
    throw error;
  }
  return {
    pid: () => (hasEnded(child) ? undefined : child.pid),
    ready: async () => {
      while (hasEnded(child)) await pause(ASK_EVERY_MS);
      await ready;
    },
    async stop() {
      ended = true;
      await end(child);
    },
  };
}

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

/** Resolves with nothing when `url` answers 200, or with why it never will. */
async function answering(url, gone) {
  let how;
  gone.then((reason) => (how = reason));
  const deadline = Date.now() + READY_WITHIN_MS;
  while (how === undefined) {
    if (Date.now() > deadline) return `no answer within ${READY_WITHIN_MS / 1000} s`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      await response.arrayBuffer();
      if (response.ok) return undefined;
    } catch {
      // Not yet.
    }
    await pause(ASK_EVERY_MS);
  }
  return how;
}

function tail(log) {
  const lines = readFileSync(log, "utf8").trim().split("\n").slice(-3);
  return [`Its log is ${relative(root, log)}, which ends:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
