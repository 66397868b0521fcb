// `npm run bench`: what accounts cost beside npm's better-auth, and how many credits can be held and settled, in one run on this machine
// (bench/README.md).
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchTasks } from "../../bench/lib/build.mjs";
import { measureHashes } from "../../bench/lib/hashes.mjs";
import { measureLedger } from "../../bench/lib/ledger.mjs";
import { measureMemory } from "../../bench/lib/memory.mjs";
import { report } from "../../bench/lib/report.mjs";
import { measureRoutes } from "../../bench/lib/routes.mjs";
import { startAll } from "../../bench/lib/setup.mjs";
import { modules } from "../lib/paths.mjs";
import { isStopping } from "../lib/processes.mjs";
import { Problem, duration, say, tell } from "../lib/say.mjs";
import { toolchain } from "../lib/setup.mjs";
import { stackTasks } from "../lib/stack.mjs";

const HELP = `npm run bench -- [--json] [--quick] [--rounds N] [--only accounts|ledger]

  --json    one JSON object on stdout instead of the table
  --quick   only shows that it works: too few rounds to say anything
  --rounds  how often the candidates take turns on each route (default 8; fewer say nothing)
  --only    one half of it`;

const USUAL = {
  rounds: 8,
  hashed: { count: 8, warmUp: 4 },
  quick: { count: 60, warmUp: 200 },
  scryptRuns: 40,
  bursts: 2,
  parallel: 50,
  ledger: { rounds: 4, count: 200 },
};
const QUICK = { rounds: 2, hashed: { count: 4, warmUp: 2 }, quick: { count: 10, warmUp: 20 }, scryptRuns: 3, bursts: 1, parallel: 10, ledger: { rounds: 1, count: 20 } };
const HALVES = ["accounts", "ledger"];

function options(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false }, rounds: { type: "string" }, only: { type: "string" } },
    }));
  } catch (error) {
    throw new Problem(`${error.message}\n\n${HELP}`);
  }
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds)) throw new Problem(`--rounds must be a whole number.\n\n${HELP}`);
  if (values.only !== undefined && !HALVES.includes(values.only)) throw new Problem(`--only takes one of ${HALVES.join(", ")}.\n\n${HELP}`);
  if (process.platform !== "linux") {
    throw new Problem("The bench reads the CPU time and the memory of workerd from /proc, which only Linux has: run it there, or in a container.");
  }
  const settings = { ...(values.quick ? QUICK : USUAL), ...(values.rounds && { rounds: Number(values.rounds) }) };
  return { json: values.json, settings: { ...settings, halves: values.only ? [values.only] : HALVES } };
}

export const tasks = (argv) => {
  const { halves } = options(argv).settings;
  return [...toolchain, ...stackTasks(), ...(halves.includes("accounts") ? benchTasks : [])];
};

export async function main(argv) {
  const { json, settings } = options(argv);
  const results = await measureAll(settings);
  tell(json ? JSON.stringify(results) : `\n${report(results)}`);
  const { memory } = results;
  return memory && memory.atelier.failed + memory.peer.failed > 0 ? 1 : 0;
}

export async function measureAll(settings) {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  const part = (text) => say(`${duration(seconds() * 1000).padStart(11)}  ${text}`);
  const loadBefore = load();
  part("starting the candidates");
  const all = await startAll(settings.halves);
  try {
    const ledger = settings.halves.includes("ledger") ? await measureLedger(all.ledger, { ...settings.ledger, report: part }) : undefined;
    const accounts = settings.halves.includes("accounts") ? await measureAccounts(all, settings, part) : {};
    const machine = {
      cpu: cpus()[0].model.trim(),
      cores: cpus().length,
      loadBefore,
      loadAfter: load(),
      node: process.versions.node,
      workerd: versionOf("workerd"),
      betterAuth: versionOf("better-auth"),
      at: new Date().toISOString(),
    };
    return { machine, settings, seconds: seconds(), ...accounts, ledger };
  } catch (error) {
    // Interrupted, what is measured goes away first: that is no failure, and the way out ends this process.
    if (isStopping()) await new Promise(() => {});
    throw error;
  } finally {
    await all.stop();
  }
}

async function measureAccounts(all, settings, part) {
  part(`${settings.parallel} sign-ins at once`);
  const memory = await measureMemory(all.fresh, { rounds: settings.bursts, parallel: settings.parallel });
  part("scrypt alone");
  const hashes = await measureHashes(all.hashes, { runs: settings.scryptRuns });
  const routes = await measureRoutes(all, { ...settings, report: part });
  return { routes, hashes, memory };
}

const load = () => loadavg().map((value) => value.toFixed(1)).join(" ");

const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
