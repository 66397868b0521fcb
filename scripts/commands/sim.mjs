// `npm run sim`: the simulation for longer than `npm test` takes, or one seed again.
import { parseArgs } from "node:util";
import { run } from "../lib/processes.mjs";
import { Problem } from "../lib/say.mjs";

const HELP = `npm run sim -- [--seeds N] [--seed S] [--bugs]

  --seeds  how many seeds to try, of generations and of accounts (default 1000; for each planted bug 400)
  --seed   only this one, with its trace: it replays exactly
  --bugs   plants the bugs one after the other; each must be found`;

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
  return values;
}

export const tasks = (argv) => {
  options(argv);
  return [];
};

export async function main(argv) {
  const { seeds, seed, bugs } = options(argv);
  const [features, name] = bugs ? [["--features", "planted-bugs"], "every_planted_bug_is_found"] : [[], "simulation_of"];
  const args = ["test", "--locked", "--profile", "sim", "--test", "simulation", ...features, name, "--", "--nocapture"];
  const env = { ATELIER_SEED: seed, ATELIER_SEEDS: seeds ?? "1000", ATELIER_BUG_SEEDS: seeds };
  const { code } = await run("cargo", args, { env, echo: true });
  return code;
}
