// Whether something that was built is still what its inputs say: by content, so that a touch or a checkout costs nothing.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root, work } from "./paths.mjs";
import { isAlive } from "./processes.mjs";

const IGNORED = new Set(["node_modules", "dist", "target", ".DS_Store"]);
const WAIT_FOR_LOCK_MS = 100;

/**
 * The fingerprint of files and folders of the clone; what does not exist counts as such.
 * @param {string[]} inputs relative to the clone
 */
export function fingerprint(inputs) {
  const hash = createHash("sha256");
  const add = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) {
        if (!IGNORED.has(name)) add(join(path, name));
      }
      return;
    }
    const bytes = readFileSync(path);
    hash.update(`${relative(root, path)}\0${bytes.length}\0`).update(bytes);
  };
  for (const input of inputs) add(join(root, input));
  return hash.digest("hex");
}

/** Whether `name` was last built from these inputs and its outputs are still there. */
export function isCurrent(name, print, outputs) {
  const file = stampFile(name);
  return existsSync(file) && readFileSync(file, "utf8") === print && outputs.every((path) => existsSync(path));
}

/** Remembers what `name` was built from. */
export function keepStamp(name, print) {
  mkdirSync(join(work, "stamps"), { recursive: true });
  writeFileSync(stampFile(name), print);
}

/** While it is being rebuilt, or has failed, it is not current. */
export function dropStamp(name) {
  rmSync(stampFile(name), { force: true });
}

const stampFile = (name) => join(work, "stamps", name);

/** Only one process of this clone does `action` at a time; the others wait. */
export async function alone(name, action) {
  const lock = join(work, `${name}.lock`);
  mkdirSync(work, { recursive: true });
  while (!take(lock)) await new Promise((resolve) => setTimeout(resolve, WAIT_FOR_LOCK_MS));
  const release = () => rmSync(lock, { force: true });
  process.once("exit", release);
  try {
    return await action();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  // Whoever was killed could not release it. An empty file is one that is being written this moment.
  const owner = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
  if (owner && !isAlive(owner)) rmSync(lock, { force: true });
  return false;
}
