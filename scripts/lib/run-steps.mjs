// Runs the steps of `npm test` and `npm run check` one after the other, to the end even if one fails, and reports.
import { one, sum, summary } from "./counts.mjs";
import { excerpt } from "./failures.mjs";
import { Problem, duration, say, shortDuration, status, tell } from "./say.mjs";

/**
 * @typedef {object} Step
 * @property {string} key for `--only`
 * @property {string} title
 * @property {number} usual seconds on two cores
 * @property {string} [needs] key of a step that must have passed
 * @property {() => Promise<{counts: import("./counts.mjs").Counts, output?: string, note?: string}>} run
 */

const SIGN_OF_LIFE_MS = 60_000;

/**
 * @param {Step[]} steps
 * @returns {Promise<number>} the exit code
 */
export async function runSteps(steps) {
  const results = [];
  for (const [index, step] of steps.entries()) {
    const takes = step.usual >= 3 ? ` (usually ${duration(step.usual * 1000)})` : "";
    say(`\n── ${index + 1}/${steps.length} ${step.title}${takes}`);
    const result = await runStep(step, results);
    results.push(result);
    if (result.counts.failed > 0 && result.output) tell(result.output);
    if (result.note) tell(`   ${result.note}`);
    say(`   ${summary(result.counts)} in ${shortDuration(result.ms)}`);
  }
  const total = sum(results.map((result) => result.counts));
  tell(`\n${table(results)}\n\n${summary(total)}`);
  return total.failed > 0 ? 1 : 0;
}

async function runStep(step, before) {
  const begun = performance.now();
  const done = (result) => ({ step, ms: performance.now() - begun, ...result });
  const needed = before.find((result) => result.step.key === step.needs);
  if (needed && needed.counts.failed > 0) {
    return done({ counts: one(false), note: `Not run, because "${needed.step.title}" failed.` });
  }
  const elapsed = () => `   ${duration(performance.now() - begun)}`;
  const clock = setInterval(() => status(elapsed()), 500);
  const alive = setInterval(() => process.stderr.isTTY || say(elapsed()), SIGN_OF_LIFE_MS);
  try {
    return done(await step.run());
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return done({ counts: one(false), output: error.message });
  } finally {
    clearInterval(clock);
    clearInterval(alive);
  }
}

function table(results) {
  const rows = results.map(({ step, counts, ms }) => [step.title, counts.passed, counts.failed, counts.skipped, shortDuration(ms)]);
  const all = [["", "passed", "failed", "skipped", "time"], ...rows].map((row) => row.map(String));
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = ([first, ...rest]) => `  ${first.padEnd(widths[0])}  ${rest.map((cell, i) => cell.padStart(widths[i + 1])).join("  ")}`;
  return all.map(line).join("\n");
}

/** What a failed program said, cut to what matters. */
export const failure = (output) => excerpt(output).join("\n");
