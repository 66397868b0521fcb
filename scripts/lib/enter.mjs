// The way in of every command: the right Node, the machine's tools, the packages; then the command itself.
// Only this file and what it imports before `load` may be met by an old Node, so it is written plainly.
import { spawn } from "node:child_process";

const OLDEST_NODE = 20;

/**
 * @typedef {object} Command
 * @property {(argv: string[]) => import("./tasks.mjs").Task[] | Promise<import("./tasks.mjs").Task[]>} tasks what must be
 *   there first; may throw a Problem about the arguments
 * @property {(argv: string[]) => Promise<number | void>} main does the work; returns the exit code
 */

/**
 * Runs a command under the project's own Node, after everything it needs has been set up.
 * @param {() => Promise<Command>} load
 */
export async function enter(load) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) {
    console.error(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE} or later, then start again.`);
    process.exit(1);
  }
  const { explain } = await import("./say.mjs");
  try {
    await (process.env.ATELIER_RELAY ? inside(load) : outside(load));
  } catch (error) {
    explain(error);
    process.exit(1);
  }
}

/** Under whatever Node the user has: checks, packages, then the same command again under the project's Node. */
async function outside(load) {
  const { localNode, root, toolEnvironment } = await import("./paths.mjs");
  const { listenForStop, stopWithout } = await import("./processes.mjs");
  const { checkMachine } = await import("./checks.mjs");
  const { clearLeftovers } = await import("./leftovers.mjs");
  const { npmPackages } = await import("./setup.mjs");
  const { runTasks } = await import("./tasks.mjs");
  listenForStop();
  await clearLeftovers();
  const command = await load();
  const tasks = await command.tasks(process.argv.slice(2));
  await checkMachine();
  const planned = (await Promise.all(tasks.map((task) => task.needed()))).filter(Boolean).length;
  const done = await runTasks([npmPackages], { before: 0, after: planned });

  const child = spawn(localNode(), process.argv.slice(1), {
    cwd: root,
    stdio: "inherit",
    env: { ...toolEnvironment(), ATELIER_RELAY: String(process.pid), ATELIER_STEPS_DONE: String(done) },
  });
  // From here on the child decides what a signal means; a terminal sends it one of its own as well.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal);
    process.on(signal, () => child.kill(signal));
  }
  // npm starts us through a shell, which an npm that is killed leaves alive.
  if (process.env.npm_lifecycle_event) stopWithout(await ancestors(2), () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
}

/** Under the project's Node: the command's set-up, then the command. */
async function inside(load) {
  const { listenForStop, stopEverything, stopWithout } = await import("./processes.mjs");
  const { runTasks } = await import("./tasks.mjs");
  const before = Number(process.env.ATELIER_STEPS_DONE);
  const relay = Number(process.env.ATELIER_RELAY);
  // Commands started from here are nobody's second half.
  delete process.env.ATELIER_RELAY;
  delete process.env.ATELIER_STEPS_DONE;
  listenForStop();
  stopWithout([relay], () => process.kill(process.pid, "SIGTERM"));
  const command = await load();
  const argv = process.argv.slice(2);
  await runTasks(await command.tasks(argv), { before, after: 0 });
  const code = await command.main(argv);
  await stopEverything();
  process.exit(code ?? 0);
}

/** The processes above us, nearest first. */
async function ancestors(count) {
  const { run } = await import("./processes.mjs");
  const found = [process.ppid];
  while (found.length < count) {
    const pid = found[found.length - 1];
    const { code, output } = await run("ps", ["-o", "ppid=", "-p", String(pid)]);
    const parent = code === 0 ? Number(output) : await parentFromProc(pid);
    if (!(parent > 1)) break;
    found.push(parent);
  }
  return found;
}

/** For machines without `ps`. */
async function parentFromProc(pid) {
  const { readFile } = await import("node:fs/promises");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
