// What the page comes to say. It is said in steps, on a slow machine some seconds apart: what was read is read again until it is right.
import assert from "node:assert/strict";

const PATIENCE_MS = 15_000;
const PAUSE_MS = 50;

/** Reads until the check holds, or patience is over: then it fails as it would have at once. */
async function until(read, check) {
  for (const limit = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))) {
    const value = await read();
    try {
      return check(value);
    } catch (error) {
      if (Date.now() > limit) throw error;
    }
  }
}

/** The text that is read comes to match. */
export const matches = (read, pattern, message) => until(read, (text) => assert.match(text, pattern, message));

/** What is read comes to be this. */
export const equals = (read, value, message) => until(read, (found) => assert.deepEqual(found, value, message));
