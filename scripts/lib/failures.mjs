// Turning a tool's failure into a sentence: whose fault it is decides what the user can do.
import { relative } from "node:path";
import { run } from "./processes.mjs";
import { root } from "./paths.mjs";
import { Problem } from "./say.mjs";

const NETWORK = new RegExp(
  [
    "ENOTFOUND|ECONNRESET|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|EINTEGRITY|socket hang up|network",
    "failed to (download|fetch|get)|(could not|couldn't) (resolve|connect)|error sending request|unable to update registry",
  ].join("|"),
  "i",
);
const DISK = /ENOSPC|no space left on device/i;
const PERMISSION = /EACCES|EROFS|permission denied|read-only file system/i;
/** Where a tool begins to say what is wrong: cargo's, npm's, wrangler's, Vite's and our own ways of writing. */
const FIRST_TELLING = /^\s*(npm error|npm ERR!|✘ \[ERROR\]|✗|error\b|Error:|atelier-operator:)|error(\[\w+\])?:|error TS\d|panicked at/i;
const NOISE = /^\s*(Building|Compiling|Checking|Downloaded|Downloading|Updating|Locking) |^\s+at .*:\d+:\d+\)?$|A complete log of this run/;
const EXCERPT_LINES = 60;

/**
 * Runs a tool that has to succeed.
 * @param {string} what it brings, as the subject of a sentence
 * @param {string} command
 * @param {string[]} args
 * @param {Parameters<typeof run>[2] & {log: string, fetches?: boolean}} options `fetches`: it may be the network's fault
 */
export async function must(what, command, args, { fetches = false, ...options }) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return output;
  const log = `The log is ${relative(root, options.log)}.`;
  if (DISK.test(output)) throw new Problem(`${what} failed because the disk is full: free some space, then start again. ${log}`);
  if (fetches && NETWORK.test(output)) {
    throw new Problem(
      `${what} could not be downloaded: check the connection (and the proxy, if there is one), then start again. What has arrived is kept. ${log}`,
    );
  }
  if (fetches && PERMISSION.test(output)) {
    throw new Problem(`${what} could not be stored: a folder is not writable for this user. ${log}`);
  }
  throw new Problem([...excerpt(output), `${what} failed (exit code ${code}). ${log}`].join("\n"));
}

/** The part of an output that says what is wrong. */
export function excerpt(output) {
  const lines = output.split(/[\r\n]+/).filter((line) => line.trim() && !NOISE.test(line));
  const first = lines.findIndex((line) => FIRST_TELLING.test(line));
  return (first < 0 ? lines.slice(-EXCERPT_LINES / 4) : lines.slice(first, first + EXCERPT_LINES)).map((line) => `  ${line}`);
}

/** Reads how far cargo is from its progress bar: "123 of 240 parts". */
export function cargoProgress(report) {
  return (line) => {
    const [, done, all] = /\] (\d+)\/(\d+)/.exec(line) ?? [];
    if (all) report(`${done} of ${all} parts`);
    else if (/Downloading|Updating/.test(line)) report("downloading");
    else if (/Optimizing/.test(line)) report("optimising");
  };
}

/** Makes cargo draw that bar even into a pipe. */
export const CARGO_PROGRESS = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "80", CARGO_TERM_COLOR: "never" };
