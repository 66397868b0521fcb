// What the user reads: progress on stderr, results on stdout, problems as a sentence with its remedy.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Something the user can put right. Its message is one or two sentences, complete with the remedy. */
export class Problem extends Error {}

/** A line of progress. */
export function say(line = "") {
  clearStatus();
  process.stderr.write(`${line}\n`);
}

/** A line of the result. */
export function tell(line = "") {
  clearStatus();
  process.stdout.write(`${line}\n`);
}

let statusShown = false;

/** A line that the next one replaces; on anything but a terminal it is not shown at all. */
export function status(line) {
  if (process.stderr.isTTY) {
    const width = Math.max(20, (process.stderr.columns || 80) - 1);
    process.stderr.write(`\r\x1b[K${line.slice(0, width)}`);
    statusShown = true;
  }
}

function clearStatus() {
  if (statusShown) {
    process.stderr.write("\r\x1b[K");
    statusShown = false;
  }
}

/** "8 s", "2 min 5 s". */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** "3.4 s", "180 ms": for steps where tenths matter. */
export function shortDuration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

/** Bytes as the size people compare: "412.3 kB". */
export const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/**
 * Says what went wrong. Of what nobody expected the user gets the sentence, the log gets the trace.
 * @param {unknown} error
 */
export function explain(error) {
  if (error instanceof Problem) {
    say(`\n${error.message}`);
    return;
  }
  const file = join(dirname(fileURLToPath(import.meta.url)), "../../.atelier/logs/unexpected.log");
  try {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, `${error instanceof Error ? error.stack : String(error)}\n\n`);
  } catch {
    // A full or read-only disk: the sentence below still tells what happened.
  }
  const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
  say(`\nSomething unexpected went wrong: ${message}. Details are in ${relative(process.cwd(), file)}.`);
}
