// `npm test`: everything that has to hold. `-- --only http,page` runs a part.
import { parseArgs } from "node:util";
import { chromium } from "../lib/chromium.mjs";
import { runSteps } from "../lib/run-steps.mjs";
import { Problem } from "../lib/say.mjs";
import { toolchain } from "../lib/setup.mjs";
import { steps } from "../lib/steps.mjs";

function wanted(argv) {
  const all = Object.values(steps);
  const keys = all.map((step) => step.key).join(", ");
  let only;
  try {
    ({ only } = parseArgs({ args: argv, options: { only: { type: "string" } } }).values);
  } catch (error) {
    throw new Problem(`${error.message}\nnpm test -- --only PART[,PART] runs some of: ${keys}.`);
  }
  if (only === undefined) return all;
  const names = only.split(",");
  const unknown = names.find((name) => !all.some((step) => step.key === name));
  if (unknown !== undefined) throw new Problem(`There is no part "${unknown}": choose from ${keys}.`);
  // What a part stands on is brought up to date with it, which is quick when it is.
  return all.filter((step) => names.includes(step.key) || all.some((other) => names.includes(other.key) && other.needs === step.key));
}

export const tasks = (argv) => {
  const parts = wanted(argv);
  return parts.includes(steps.page) ? [...toolchain, chromium] : toolchain;
};

export const main = (argv) => runSteps(wanted(argv));
