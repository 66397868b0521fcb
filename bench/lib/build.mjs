// Building what is measured beside the studio. Each is a task that has nothing to do while its inputs are what they were.
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { WRANGLER_OFFLINE, wrangler } from "../../scripts/lib/build.mjs";
import { CARGO_PROGRESS, cargoProgress, must } from "../../scripts/lib/failures.mjs";
import { localNode, logs, modules, root, target, work } from "../../scripts/lib/paths.mjs";
import { alone, dropStamp, fingerprint, isCurrent, keepStamp } from "../../scripts/lib/stamps.mjs";

const folder = join(work, "bench");
const sources = join(root, "bench");

/** better-auth's bundle: `index.js`. */
export const peerBundle = join(folder, "peer");
/** The Worker that hashes: `index.js` and the WASM beside it. */
export const scryptBundle = join(folder, "scrypt");
/** The floor needs no building. */
export const bareBundle = join(sources, "bare");

/** What `worker-build` gives wasm-opt. */
const WASM_OPT = [
  ...["-O", "--enable-mutable-globals", "--enable-sign-ext", "--enable-nontrapping-float-to-int", "--enable-bulk-memory"],
  ...["--enable-multivalue", "--enable-reference-types", "--enable-exception-handling"],
];

const peer = task({
  name: "bench-peer",
  title: "better-auth as a Worker",
  usual: 5,
  inputs: ["bench/peer", "bench/lib/build.mjs", "package-lock.json"],
  outputs: [join(peerBundle, "index.js")],
  async run() {
    // From a copy, because wrangler leaves a folder of its own beside its file.
    const [copy, next] = [join(folder, "peer-source"), `${peerBundle}.next`];
    for (const old of [copy, next]) rmSync(old, { recursive: true, force: true });
    cpSync(join(sources, "peer"), copy, { recursive: true });
    const config = join(copy, "wrangler.toml");
    await must("better-auth's bundle", ...wrangler("deploy", "--dry-run", "--config", config, "--outdir", next), {
      log: join(logs, "bench-peer.log"),
      env: WRANGLER_OFFLINE,
    });
    rmSync(peerBundle, { recursive: true, force: true });
    renameSync(next, peerBundle);
  },
});

const scrypt = task({
  name: "bench-scrypt",
  title: "scrypt in WASM alone",
  usual: 15,
  inputs: ["bench/scrypt", "bench/lib/build.mjs", "Cargo.lock", "rust-toolchain.toml", "package-lock.json"],
  outputs: [join(scryptBundle, "index.js"), join(scryptBundle, "scrypt.wasm")],
  async run(report) {
    // A copy below the root with the root's lock file: its own manifest has the profile and it gets the flags that do most for scrypt.
    const crate = join(folder, "crate");
    rmSync(crate, { recursive: true, force: true });
    cpSync(join(sources, "scrypt"), crate, { recursive: true });
    copyFileSync(join(root, "Cargo.lock"), join(crate, "Cargo.lock"));
    const targetFolder = join(target, "bench");
    await must("The scrypt of the bench", "cargo", ["build", "--release", "--target", "wasm32-unknown-unknown"], {
      cwd: crate,
      log: join(logs, "bench-scrypt.log"),
      env: { ...CARGO_PROGRESS, CARGO_TARGET_DIR: targetFolder, RUSTFLAGS: "-C target-feature=+simd128" },
      onLine: cargoProgress(report),
      fetches: true,
    });
    rmSync(scryptBundle, { recursive: true, force: true });
    mkdirSync(scryptBundle, { recursive: true });
    const built = join(targetFolder, "wasm32-unknown-unknown", "release", "scrypt_bench.wasm");
    const optimise = [join(modules, "binaryen", "bin", "wasm-opt"), built, "-o", join(scryptBundle, "scrypt.wasm"), ...WASM_OPT];
    await must("The scrypt of the bench", localNode(), optimise, { log: join(logs, "bench-wasm-opt.log") });
    copyFileSync(join(sources, "scrypt", "worker.js"), join(scryptBundle, "index.js"));
  },
});

export const benchTasks = [peer, scrypt];

function task({ name, title, usual, inputs, outputs, run }) {
  const current = () => isCurrent(name, fingerprint(inputs), outputs);
  return {
    title,
    usual,
    needed: () => !current(),
    run: (report) =>
      alone("build", async () => {
        if (current()) return; // another process has built it meanwhile
        const print = fingerprint(inputs);
        dropStamp(name);
        await run(report);
        keepStamp(name, print);
      }),
  };
}
