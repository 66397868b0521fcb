// What a machine lacks is said in one sentence with its remedy, never in a stack trace.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { root } from "../lib/paths.mjs";

const folder = mkdtempSync(join(tmpdir(), "atelier-"));
after(() => rmSync(folder, { recursive: true }));

/** A PATH with these programs only: real ones by name, made-up ones by what they print. */
function machine(name, programs) {
  const path = join(folder, name);
  spawnSync("mkdir", ["-p", path]);
  for (const [program, says] of Object.entries(programs)) {
    const file = join(path, program);
    if (says === true) symlinkSync(find(program), file);
    else {
      writeFileSync(file, `#!${find("sh")}\necho "${says}"\n`);
      chmodSync(file, 0o755);
    }
  }
  return path;
}

const find = (program) => spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();

function check(PATH) {
  const env = { ...process.env, PATH, CARGO_HOME: join(folder, "nothing"), ATELIER_RELAY: undefined };
  return spawnSync(process.execPath, ["scripts/check.mjs"], { cwd: root, env, encoding: "utf8" });
}

const rust = { cargo: "cargo 1.95.0", rustc: "rustc 1.95.0 (x)" };
const cases = [
  ["no Rust", { sh: true, npm: "11", cc: "cc" }, /^Rust is missing .*: install it with rustup, then start again\.$/m],
  ["an old Rust", { ...rust, rustc: "rustc 1.80.1 (x)", npm: "11", cc: "cc" }, /^Rust 1\.80 is too old, 1\.95 is needed: run `rustup update stable`/m],
  ["no C compiler", { ...rust, npm: "11" }, /^A C compiler is missing .*: install .*, then start again\.$/m],
  ["no npm", { ...rust, cc: "cc" }, /^npm is missing: install it beside Node, then start again\.$/m],
];

for (const [name, programs, sentence] of cases) {
  test(name, () => {
    // The project's own Node folder comes first in every PATH that the scripts make, so nothing else may be found.
    const { status, stderr } = check([machine(name.replaceAll(" ", "-"), programs)].join(delimiter));
    assert.equal(status, 1);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
}

for (const [script, args, sentence] of [
  ["stack", ["--port", "eighty"], /^--port must be a port number between 1 and 65535, not "eighty"\.$/m],
  ["stack", ["--prot", "80"], /Unknown option '--prot'/],
  ["stack", ["--vars", "/nowhere"], /^The file of variables \/nowhere cannot be read: it is not there\.$/m],
  ["test", ["--only", "nothing"], /^There is no part "nothing": choose from /m],
  ["sim", ["--seeds", "many"], /^--seeds must be a whole number\.$/m],
  ["deploy", ["--force"], /Unknown option '--force'/],
]) {
  test(`${script} ${args.join(" ")}`, () => {
    const { status, stderr } = spawnSync(process.execPath, [`scripts/${script}.mjs`, ...args], { cwd: root, encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
}
