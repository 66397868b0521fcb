// What the page comes to say. It is said in steps, on a slow machine some seconds apart: what was read is read again until it is right.
import assert from "node:assert/strict";

const PATIENCE_MS = 15_000;
const PAUSE_MS = 50;

/** Reads until the check holds; then, or when patience is over, the check is made once more for its error. */
async function until(read, check) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await new Promise((go) => setTimeout(go, PAUSE_MS))) {
    const value = await read();
    try {
      return check(value);
    } catch {
      // Not yet.
    }
  }
  return check(await read());
}

/** The text that is read comes to match. */
export const matches = (read, pattern, message) => until(read, (text) => assert.match(text, pattern, message));

/** What is read comes to be this. */
export const equals = (read, value, message) => until(read, (found) => assert.deepEqual(found, value, message));
