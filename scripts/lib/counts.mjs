// How many tests passed, read from what the test programs print.

/** @typedef {{passed: number, failed: number, skipped: number}} Counts */

const NONE = { passed: 0, failed: 0, skipped: 0 };

const add = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped });

/** @returns {Counts} the sum of several */
export const sum = (all) => all.reduce(add, NONE);

/** @returns {Counts} for a step that is one yes or no */
export const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });

/**
 * `cargo test`: a line for each test program that came to its end.
 * @param {string} output
 * @returns {Counts}
 */
export function cargoCounts(output) {
  const lines = output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm);
  return sum([...lines].map(([, passed, failed, skipped]) => numbers({ passed, failed, skipped })));
}

/**
 * `node --test` in TAP: the totals are its last comments.
 * @param {string} tap
 * @returns {Counts}
 */
export function tapCounts(tap) {
  const total = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
  return { passed: total("pass"), failed: total("fail") + total("cancelled"), skipped: total("skipped") + total("todo") };
}

/**
 * Vitest's JSON report.
 * @param {string} json
 * @returns {Counts}
 */
export function vitestCounts(json) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(json);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + (numTodoTests ?? 0) };
}

/**
 * What a program's counts mean together with its exit code: one that fails without a failed test (it does not compile, or it
 * crashed) has failed once.
 * @param {Counts} counts
 * @param {number} code
 * @returns {Counts}
 */
export function settled(counts, code) {
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

/** "12 passed, 0 failed", with the skipped ones if there are any. */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

const numbers = (texts) => Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)]));
