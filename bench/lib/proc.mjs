// What Linux knows of a process: the time it has had on a CPU, and its memory.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

/** Ticks of `/proc/<pid>/stat` per second, for programs: the same on every Linux that Node runs on. */
const TICKS = 100;

/**
 * @typedef {object} Cpu
 * @property {number} ms user and system time of the whole process, in steps of 10 ms
 * @property {Map<string, number>} threads the same of each living thread, exact
 *
 * @param {number} pid
 * @returns {Cpu}
 */
export function cpuOf(pid) {
  const threads = new Map();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readOrNothing(`/proc/${pid}/task/${thread}/schedstat`);
    if (text) threads.set(thread, Number(text.split(" ")[0]) / 1e6);
  }
  return { ms: timeInStat(readFileSync(`/proc/${pid}/stat`, "utf8")), threads };
}

/** utime + stime in milliseconds. The second field is the program's name, which may hold anything. */
export function timeInStat(stat) {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

/**
 * The CPU time between two looks, in milliseconds. The threads' figures are finer, but forget a thread that has ended: then, and where
 * the kernel does not keep them, the process' own count.
 * @param {Cpu} before
 * @param {Cpu} after
 */
export function cpuBetween(before, after) {
  const complete = after.threads.size > 0 && [...before.threads.keys()].every((thread) => after.threads.has(thread));
  if (!complete) return after.ms - before.ms;
  return [...after.threads].reduce((sum, [thread, ms]) => sum + ms - (before.threads.get(thread) ?? 0), 0);
}

/**
 * Resident memory in MiB, now and at its peak.
 * @param {number} pid
 */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { now: mib("VmRSS"), peak: mib("VmHWM") };
}

/** Lets the peak begin anew. */
export const forgetPeak = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, "5");

/** The processes that this one has started. */
export function children() {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const stat = readOrNothing(`/proc/${name}/stat`);
    return stat && Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === process.pid;
  }).map(Number);
}

function readOrNothing(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it has ended since it was listed
  }
}
