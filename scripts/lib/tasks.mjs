// Set-up as a list of tasks: each says what it does, how long that usually takes, and how far it is.
import { duration, say, status } from "./say.mjs";

/**
 * @typedef {object} Task
 * @property {string} title what it brings
 * @property {number} usual how many seconds it usually takes on two cores
 * @property {() => boolean | Promise<boolean>} needed whether there is anything to do
 * @property {(report: (progress: string) => void) => Promise<void>} run does it; reports how far it is
 */

/** Without a terminal a line this often shows that a long step is alive. */
const SIGN_OF_LIFE_MS = 30_000;

/**
 * Does what is needed, in order. Says nothing if that is nothing.
 * @param {Task[]} tasks
 * @param {{before?: number, after?: number}} count steps that others have done before, or will do after
 * @returns {Promise<number>} how many steps are done now
 */
export async function runTasks(tasks, { before = 0, after = 0 } = {}) {
  const wanted = [];
  for (const task of tasks) {
    if (await task.needed()) wanted.push(task);
  }
  const total = before + wanted.length + after;
  let step = before;
  for (const task of wanted) {
    step += 1;
    const takes = task.usual >= 3 ? ` (usually ${about(task.usual)})` : "";
    say(`[${step}/${total}] ${task.title}${takes}`);
    const begun = performance.now();
    let progress = "";
    const line = () => `      ${duration(performance.now() - begun)}${progress && `, ${progress}`}`;
    const clock = setInterval(() => status(line()), 500);
    const alive = setInterval(() => process.stderr.isTTY || say(line()), SIGN_OF_LIFE_MS);
    try {
      await task.run((text) => (progress = text));
    } finally {
      clearInterval(clock);
      clearInterval(alive);
    }
    say(`      done in ${duration(performance.now() - begun)}`);
  }
  return step;
}

const about = (seconds) => (seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);
