// Starting other programs, and ending every one of them when we end: nothing else is ever signalled.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { toolEnvironment, root } from "./paths.mjs";
import { say } from "./say.mjs";

/** A program that does not end when asked politely for this long is killed. */
const GRACE_MS = 5000;
const LOOK_AGAIN_MS = 10;
/** How much of a program's output is kept in memory to look at. */
const KEPT_CHARS = 4_000_000;

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
/** @type {Array<() => unknown>} */
const cleanups = [];
/** @type {Promise<void> | undefined} */
let stopping;
let listening = false;
/** @type {number | undefined} */
let exitCodeWhenStopped;

/**
 * Starts a program in a process group of its own, so that a terminal's Ctrl-C reaches us alone and we end it in order.
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 */
export function start(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
    env: { ...toolEnvironment(), ...options.env },
    detached: true,
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  child.once("error", () => children.delete(child));
  return child;
}

/**
 * @typedef {object} Finished
 * @property {number} code the exit code; 127 if the program is not there
 * @property {string} output both streams as they came
 */

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {Record<string, string | undefined>} [options.env]
 * @param {string} [options.input] what it reads
 * @param {string} [options.log] a file that gets its output
 * @param {boolean} [options.echo] whether the user sees its output
 * @param {(line: string) => void} [options.onLine]
 * @returns {Promise<Finished>}
 */
export function run(command, args, { cwd, env, input, log, echo = false, onLine } = {}) {
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = start(command, args, { ...(cwd && { cwd }), env, stdio: [stdin, "pipe", "pipe"] });
  if (input !== undefined) child.stdin.end(input);
  if (log) mkdirSync(dirname(log), { recursive: true });
  const file = log && createWriteStream(log);
  let output = "";
  let line = "";
  const take = (chunk) => {
    output = (output + chunk).slice(-KEPT_CHARS);
    file?.write(chunk);
    if (echo) process.stdout.write(chunk);
    if (onLine) {
      // A progress bar ends its lines with a carriage return.
      const lines = (line + chunk).split(/[\r\n]/);
      line = lines.pop() ?? "";
      lines.filter(Boolean).forEach(onLine);
    }
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", take);
  }
  return new Promise((resolve) => {
    let code = 127;
    child.on("error", (error) => take(`${error.message}\n`));
    child.on("exit", (status) => (code = status ?? 1));
    child.on("close", () => {
      file?.end();
      // Interrupted work has no result: whoever waits for it is on the way out.
      if (!stopping) resolve({ code, output });
    });
  });
}

/** Asks a program and everything it started to end, then insists. */
export async function end(child, signal = "SIGTERM") {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  signalGroup(child.pid, signal);
  // The program itself may be the first to go.
  const deadline = Date.now() + GRACE_MS;
  while (signalGroup(child.pid, 0) && Date.now() < deadline) await pause(LOOK_AGAIN_MS);
  signalGroup(child.pid, "SIGKILL");
  await gone;
}

/**
 * Registers work for the way out; the last registered is done first.
 * @returns a function that takes it back
 */
export function atStop(cleanup) {
  cleanups.push(cleanup);
  return () => {
    const index = cleanups.indexOf(cleanup);
    if (index >= 0) cleanups.splice(index, 1);
  };
}

/** Whether we are on the way out. */
export const isStopping = () => stopping !== undefined;

/** Ends everything that was started. */
export function stopEverything() {
  stopping ??= (async () => {
    for (const cleanup of [...cleanups].reverse()) {
      await Promise.race([Promise.resolve().then(cleanup).catch(() => {}), later(2 * GRACE_MS)]);
    }
    await Promise.all([...children].map((child) => end(child)));
    // What had to be killed may itself have started something.
    const { clearLeftovers } = await import("./leftovers.mjs");
    await Promise.race([clearLeftovers().catch(() => {}), later(GRACE_MS)]);
  })();
  return stopping;
}

/** Once a command has become a server, being stopped is how it ends well. */
export function stoppingIsSuccess() {
  exitCodeWhenStopped = 0;
}

/** On SIGINT, SIGTERM and SIGHUP: ends what was started, then us. Repeated signals change nothing. */
export function listenForStop() {
  if (listening) return;
  listening = true;
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, async () => {
      if (stopping) return;
      if (signal === "SIGINT") say("\nStopping …");
      await stopEverything();
      process.exit(exitCodeWhenStopped ?? code);
    });
  }
  process.on("exit", () => {
    for (const child of children) signalGroup(child.pid, "SIGKILL");
  });
}

/**
 * Calls `stop` when one of these processes is gone: a parent that was killed cannot pass its signal on.
 * @param {number[]} masters
 */
export function stopWithout(masters, stop) {
  const watch = setInterval(() => {
    if (masters.every(isAlive)) return;
    clearInterval(watch);
    stop();
  }, 500);
  watch.unref();
}

/** Whether a process of that number runs. One that is dead but not yet buried by its parent does not. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  if (process.platform !== "linux") return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat[stat.lastIndexOf(")") + 2] !== "Z";
  } catch {
    return false;
  }
}

/** Resolves after a while, without keeping the process alive for it. */
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Signals a process group; false if it is empty. */
function signalGroup(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
