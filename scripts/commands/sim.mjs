// `npm run sim`: the simulation for longer than `npm test` takes, or one seed again.
import { parseArgs } from "node:util";
import { run } from "../lib/processes.mjs";
import { Problem } from "../lib/say.mjs";

const HELP = `npm run sim -- [--seeds N] [--seed S] [--bugs]

  --seeds  how many seeds to try (default 1000)
  --seed   the first of them; alone, only this one: it replays exactly
  --bugs   with the planted bugs, each of which must be found`;

function options(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: { seeds: { type: "string" }, seed: { type: "string" }, bugs: { type: "boolean", default: false } },
    }));
  } catch (error) {
    throw new Problem(`${error.message}\n\n${HELP}`);
  }
  for (const name of ["seeds", "seed"]) {
    if (values[name] !== undefined && !/^\d+$/.test(values[name])) throw new Problem(`--${name} must be a whole number.\n\n${HELP}`);
  }
  return { seeds: values.seeds ?? (values.seed === undefined ? "1000" : "1"), seed: values.seed, bugs: values.bugs };
}

export const tasks = (argv) => {
  options(argv);
  return [];
};

export async function main(argv) {
  const { seeds, seed, bugs } = options(argv);
  const features = bugs ? ["--features", "planted-bugs"] : [];
  const args = ["test", "--locked", "--profile", "sim", "--test", "simulation", ...features, "--", "--nocapture"];
  const { code } = await run("cargo", args, { env: { ATELIER_SEEDS: seeds, ATELIER_SEED: seed }, echo: true });
  return code;
}
