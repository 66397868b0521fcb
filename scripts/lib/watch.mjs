// Noticing that files changed, by looking: it works for every editor, file system and number of files that a clone has.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

const LOOK_EVERY_MS = 400;
const IGNORED = new Set(["node_modules", "dist", "target"]);

/**
 * Calls `changed` after files were changed and have been left alone for a moment; never twice at once.
 * @param {string[]} inputs files and folders of the clone
 * @param {() => Promise<void>} changed
 */
export function watch(inputs, changed) {
  let handled = snapshot(inputs);
  let seen = handled;
  let busy = false;
  setInterval(async () => {
    const now = snapshot(inputs);
    const settled = now === seen;
    seen = now;
    if (busy || !settled || now === handled) return;
    busy = true;
    handled = now;
    await changed().finally(() => (busy = false));
  }, LOOK_EVERY_MS);
}

/** Names, sizes and times of everything, as one text. */
function snapshot(inputs) {
  const lines = [];
  const look = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (!stat.isDirectory()) return lines.push(`${path} ${stat.size} ${stat.mtimeMs}`);
    for (const name of readdirSync(path)) {
      if (!IGNORED.has(name) && !name.startsWith(".")) look(join(path, name));
    }
  };
  for (const input of inputs) look(join(root, input));
  return lines.join("\n");
}
