// Building the parts. Each is a task that has nothing to do while its inputs are what they were.
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CARGO_PROGRESS, cargoProgress, must } from "./failures.mjs";
import { localNode, logs, modules, nativeBinary, root, target, work } from "./paths.mjs";
import { toolFolder } from "./setup.mjs";
import { alone, dropStamp, fingerprint, isCurrent, keepStamp } from "./stamps.mjs";
import { withoutNames } from "./wasm.mjs";

const CRATE = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"];
const SCRIPTS = ["scripts/lib/build.mjs", "scripts/lib/wasm.mjs"];

/** The Worker as `wrangler deploy` would upload it: `index.js` and the WASM beside it. */
export const bundle = join(work, "bundle");
/** The same for development: quickly compiled, not optimised, not bundled again by wrangler. */
export const devBundle = join(work, "worker-dev");
export const pageFolder = join(root, "web", "dist");

/** @type {import("./tasks.mjs").Task} the Worker of production */
export const workerRelease = task({
  name: "worker",
  title: "The Worker, optimised as for production",
  usual: 120,
  inputs: ["src", "migrations", "openapi.json", "plans.json", ...CRATE, "package-lock.json", ...SCRIPTS],
  outputs: [join(root, "build", "index.js"), join(root, "build", "index_bg.wasm")],
  async run(report) {
    await compileWorker(["--release", "--out-dir", "build"], join(target, "worker"), report);
    const wasm = join(root, "build", "index_bg.wasm");
    writeFileSync(wasm, withoutNames(readFileSync(wasm)));
  },
});

/** @type {import("./tasks.mjs").Task} the bundle that Cloudflare would get, by wrangler, without an account */
export const workerBundle = task({
  name: "bundle",
  title: "The Worker's bundle, as wrangler uploads it",
  usual: 3,
  inputs: ["build", "wrangler.toml", ...workerRelease.inputs],
  outputs: [join(bundle, "index.js")],
  async run() {
    const next = `${bundle}.next`;
    rmSync(next, { recursive: true, force: true });
    // wrangler refuses a folder of assets that is not there; its content is no part of the bundle.
    mkdirSync(pageFolder, { recursive: true });
    await must("The Worker's bundle", ...wrangler("deploy", "--dry-run", "--outdir", next), {
      log: join(logs, "wrangler.log"),
      env: WRANGLER_OFFLINE,
    });
    rmSync(bundle, { recursive: true, force: true });
    renameSync(next, bundle);
  },
});

/** @type {import("./tasks.mjs").Task} the Worker of development */
export const workerDev = task({
  name: "worker-dev",
  title: "The Worker, for development",
  usual: 90,
  inputs: workerRelease.inputs,
  outputs: [join(devBundle, "index.js"), join(devBundle, "index_bg.wasm")],
  run: (report) => compileWorker(["--dev", "--out-dir", ".atelier/worker-dev"], join(target, "worker-dev"), report),
});

/** @type {import("./tasks.mjs").Task} the page */
export const page = task({
  name: "page",
  title: "The page",
  usual: 4,
  inputs: ["web", "openapi.json", "package-lock.json"],
  outputs: [join(pageFolder, "index.html")],
  run: () =>
    must("The page", localNode(), [join(modules, "vite", "bin", "vite.js"), "build"], {
      cwd: join(root, "web"),
      log: join(logs, "page.log"),
      env: { NO_COLOR: "1", FORCE_COLOR: undefined },
    }),
});

/** @type {import("./tasks.mjs").Task} the native programs of development */
export const nativePrograms = task({
  name: "native",
  title: "The local vendors and the operator's tool",
  usual: 150,
  inputs: ["sandbox", "operator", "src", "plans.json", ...CRATE],
  outputs: [nativeBinary("atelier-sandbox"), nativeBinary("atelier-operator")],
  run: (report) =>
    must("The local vendors", "cargo", ["build", "--locked", "-p", "atelier-sandbox", "-p", "atelier-operator"], {
      log: join(logs, "native.log"),
      env: CARGO_PROGRESS,
      onLine: cargoProgress(report),
      fetches: true,
    }),
});

/** A wrangler that needs neither account nor network, and leaves nothing outside the clone. */
export const WRANGLER_OFFLINE = { ATELIER_BUILT: "yes", CI: "1", XDG_CONFIG_HOME: join(work, "config") };

/** Command and arguments for wrangler. */
export function wrangler(...args) {
  return [localNode(), [join(modules, "wrangler", "bin", "wrangler.js"), ...args]];
}

/** Raw and gzip sizes of the Worker of production. */
export function workerSizes() {
  const names = readdirSync(bundle).filter((name) => /\.(js|wasm)$/.test(name));
  const size = (names) => {
    const files = names.map((name) => readFileSync(join(bundle, name)));
    const sum = (sizes) => sizes.reduce((total, bytes) => total + bytes, 0);
    return { raw: sum(files.map((file) => file.length)), gzip: sum(files.map((file) => gzipSync(file, { level: 9 }).length)) };
  };
  return { wasm: size(names.filter((name) => name.endsWith(".wasm"))), all: size(names) };
}

async function compileWorker(args, targetFolder, report) {
  const command = join(toolFolder("worker-build", "worker"), "bin", "worker-build");
  await must("The Worker", command, args, {
    log: join(logs, "worker.log"),
    env: {
      ...CARGO_PROGRESS,
      CARGO_TARGET_DIR: targetFolder,
      RUST_BACKTRACE: "0", // worker-build would add its own stack to a compile error
      // Debug information of the dev profile is of no use in workerd and makes the WASM ten times as large.
      CARGO_PROFILE_DEV_DEBUG: "false",
      WASM_BINDGEN_BIN: join(toolFolder("wasm-bindgen-cli", "wasm-bindgen"), "bin", "wasm-bindgen"),
      WASM_OPT_BIN: join(modules, "binaryen", "bin", "wasm-opt"),
      ESBUILD_BIN: join(root, "scripts", "lib", "esbuild.mjs"),
    },
    onLine: cargoProgress(report),
    fetches: true,
  });
}

function task({ name, title, usual, inputs, outputs, run }) {
  const current = () => isCurrent(name, fingerprint(inputs), outputs);
  return {
    title,
    usual,
    inputs,
    needed: () => !current(),
    run: (report) =>
      alone("build", async () => {
        if (current()) return; // another process has built it meanwhile
        const print = fingerprint(inputs); // before building: what changes meanwhile is not in it
        dropStamp(name);
        await run(report);
        keepStamp(name, print);
      }),
  };
}
