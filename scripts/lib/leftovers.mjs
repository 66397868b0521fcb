// What a run leaves behind that was itself killed: programs without a master, and folders without an owner. Each run notes
// its own, and the next run clears away after the dead.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, work } from "./paths.mjs";
import { isAlive, run } from "./processes.mjs";
import { Problem } from "./say.mjs";

const notes = join(work, "running");

/** Makes sure that no other run uses a folder of data: two servers on one database would ruin it. */
export function claim(folder) {
  if (!existsSync(notes)) return;
  for (const name of readdirSync(notes)) {
    const { owner, data } = read(join(notes, name)) ?? {};
    if (data === folder && isAlive(owner)) {
      throw new Problem(`The data in ${relative(root, folder)} is in use by another run (process ${owner}): stop that one first.`);
    }
  }
}

/**
 * Notes the programs of this run and its folders.
 * @param {string} id of this process' several runs
 * @param {object} what
 * @param {number[]} [what.pids]
 * @param {string} what.data the folder it works on
 * @param {string} [what.folder] a folder that is to go with it
 */
export async function note(id, { pids = [], data, folder }) {
  mkdirSync(notes, { recursive: true });
  const programs = await Promise.all(pids.map(async (pid) => ({ pid, command: await commandOf(pid) })));
  writeFileSync(join(notes, `${process.pid}-${id}.json`), JSON.stringify({ owner: process.pid, programs, data, folder }));
}

/** Takes the note back. */
export function forget(id) {
  rmSync(join(notes, `${process.pid}-${id}.json`), { force: true });
}

/** Ends the programs and removes the folders whose owner is dead. */
export async function clearLeftovers() {
  if (!existsSync(notes)) return;
  for (const name of readdirSync(notes)) {
    const file = join(notes, name);
    const left = read(file);
    if (!left || isAlive(left.owner)) continue;
    for (const { pid, command } of left.programs) {
      // The number may have gone to a stranger since: only the same program with the same arguments is ours.
      if (!command || !isAlive(pid) || (await commandOf(pid)) !== command) continue;
      process.kill(pid, "SIGKILL");
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (left.folder) rmSync(left.folder, { recursive: true, force: true });
    rmSync(file, { force: true });
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // another run is writing or removing it
  }
}

async function commandOf(pid) {
  if (process.platform === "linux") {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }
  return (await run("ps", ["-o", "command=", "-p", String(pid)])).output.trim();
}
