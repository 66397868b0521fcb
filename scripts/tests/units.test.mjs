// What can be said of the scripts without starting anything.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { cargoCounts, one, settled, sum, summary, tapCounts, vitestCounts } from "../lib/counts.mjs";
import { checkValues, missing } from "../lib/deployment.mjs";
import { cargoProgress, excerpt } from "../lib/failures.mjs";
import { Problem, duration } from "../lib/say.mjs";
import { SECRETS, overlay, parseVars, secretsIn } from "../lib/vars.mjs";
import { withoutNames } from "../lib/wasm.mjs";

const folder = mkdtempSync(join(tmpdir(), "atelier-"));
after(() => rmSync(folder, { recursive: true }));

const file = (name, text) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test("variables are read from lines and from JSON", () => {
  const lines = `# a comment\n\nA=1\nexport B = "two words"\nC='x=y'\nD=\r\n`;
  assert.deepEqual(parseVars(file("lines", lines)), { A: "1", B: "two words", C: "x=y", D: "" });
  assert.deepEqual(parseVars(file("json", `{"A": "1", "N": 5}`)), { A: "1", N: "5" });
});

test("a file of variables that cannot be read is a problem with a sentence", () => {
  assert.throws(() => parseVars(join(folder, "absent")), (error) => error instanceof Problem && /is not there/.test(error.message));
  assert.throws(() => parseVars(file("bad", "A=1\nnonsense")), /Line 2 of .* is not of the form NAME=value/);
  assert.throws(() => parseVars(file("bad.json", "{")), /is not valid JSON/);
});

test("an empty value takes a variable away", () => {
  assert.deepEqual(overlay({ A: "1", B: "2" }, { A: "", C: "3" }), { B: "2", C: "3" });
});

test("secrets are made once, long enough, and for their owner only", () => {
  const path = join(folder, "data", "secrets.json");
  const secrets = secretsIn(path);
  assert.deepEqual(Object.keys(secrets).sort(), [...SECRETS].sort());
  for (const value of Object.values(secrets)) assert.ok(value.length >= 32);
  assert.match(secrets.REPLICATE_WEBHOOK_SECRET, /^whsec_[A-Za-z0-9+/]+=*$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(secrets.GOOGLE_CLIENT_SECRET, /^GOCSPX-[\w-]{28}$/);
  assert.match(secrets.MAIL_API_KEY, /^re_\w{33}$/);
  assert.match(secrets.STRIPE_SECRET_KEY, /^sk_test_[0-9a-f]{48}$/);
  assert.match(secrets.STRIPE_WEBHOOK_SECRET, /^whsec_[\w-]{43}$/);
  assert.deepEqual(secretsIn(path), secrets);
});

test("a data folder of before gets the secrets that it lacks, and keeps its own", () => {
  const { GOOGLE_CLIENT_SECRET, MAIL_API_KEY, ...older } = secretsIn(join(folder, "older", "secrets.json"));
  const path = file("secrets.json", JSON.stringify({ ...older, OTHER: "kept" }));
  const secrets = secretsIn(path);
  assert.deepEqual({ ...secrets, ...older, OTHER: "kept" }, secrets);
  assert.deepEqual(Object.keys(secrets).sort(), [...SECRETS, "OTHER"].sort());
  assert.notEqual(secrets.GOOGLE_CLIENT_SECRET, GOOGLE_CLIENT_SECRET);
  assert.notEqual(secrets.MAIL_API_KEY, MAIL_API_KEY);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(secretsIn(path), secrets);
});

test("test programs' counts are read from their output", () => {
  const cargo = "test result: ok. 11 passed; 0 failed; 1 ignored; 0 measured\ntest result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured\n";
  assert.deepEqual(cargoCounts(cargo), { passed: 14, failed: 2, skipped: 1 });
  const tap = "TAP version 13\n# tests 6\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n";
  assert.deepEqual(tapCounts(tap), { passed: 3, failed: 2, skipped: 1 });
  const vitest = JSON.stringify({ numPassedTests: 4, numFailedTests: 1, numPendingTests: 2, numTodoTests: 0 });
  assert.deepEqual(vitestCounts(vitest), { passed: 4, failed: 1, skipped: 2 });
});

test("a program that fails without a failed test counts as one", () => {
  assert.deepEqual(settled({ passed: 2, failed: 0, skipped: 0 }, 101), { passed: 2, failed: 1, skipped: 0 });
  assert.deepEqual(settled({ passed: 2, failed: 3, skipped: 0 }, 101), { passed: 2, failed: 3, skipped: 0 });
  assert.equal(summary(sum([one(true), one(true), one(false)])), "2 passed, 1 failed");
  assert.equal(summary({ passed: 1, failed: 0, skipped: 2 }), "1 passed, 0 failed, 2 skipped");
});

test("the part of a log that says what is wrong is found", () => {
  const log = "   Compiling a v1\n    Building [===> ] 3/9\rwarning: unused\nerror[E0308]: mismatched types\n --> src/lib.rs:1:1\n";
  assert.deepEqual(excerpt(log), ["  error[E0308]: mismatched types", "   --> src/lib.rs:1:1"]);
});

test("cargo's bar becomes a count", () => {
  const seen = [];
  const line = cargoProgress((text) => seen.push(text));
  line("    Building [=====>       ] 12/240: serde, syn");
  line("[INFO]: Optimizing wasm binaries with `wasm-opt`...");
  assert.deepEqual(seen, ["12 of 240 parts", "optimising"]);
});

test("durations are said as people say them", () => {
  assert.deepEqual([duration(900), duration(61_000), duration(125_000)], ["1 s", "61 s", "2 min 5 s"]);
});

test("the section of names is left out of a module, and nothing else", () => {
  const section = (id, ...bytes) => [id, bytes.length, ...bytes];
  const custom = (name, ...bytes) => section(0, name.length, ...Buffer.from(name), ...bytes);
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const kept = [...section(1, 1, 0x60, 0, 0), ...custom("producers", 0)];
  const full = Buffer.from([...header, ...kept, ...custom("name", 0, 1, 0)]);
  assert.ok(WebAssembly.validate(full));
  assert.deepEqual([...withoutNames(full)], [...header, ...kept]);
});

test("a deployment says what it lacks", () => {
  const all = { BETTER_AUTH_URL: "https://a.test", TURSO_DATABASE_URL: "libsql://d", TURSO_AUTH_TOKEN: "t", REPLICATE_API_TOKEN: "r" };
  assert.deepEqual(missing(all), []);
  assert.deepEqual(missing({ ...all, REPLICATE_API_TOKEN: "" }), ["REPLICATE_API_TOKEN"]);
  assert.deepEqual(missing({ ...all, REPLICATE_API_TOKEN: "" }, ["REPLICATE_API_TOKEN"]), []);
  assert.deepEqual(missing({ ...all, REPLICATE_API_TOKEN: "", FAL_KEY: "i:s" }), []);
  // The migrations need the token here, wherever else it is.
  assert.deepEqual(missing({ ...all, TURSO_AUTH_TOKEN: "" }, ["TURSO_AUTH_TOKEN"]), ["TURSO_AUTH_TOKEN"]);
  // Stripe's key and the secret of its webhooks are of use together; the Worker may have either already.
  const [key, secret] = ["sk_test_1", `whsec_${"s".repeat(32)}`];
  assert.deepEqual(missing({ ...all, STRIPE_SECRET_KEY: key }), ["STRIPE_WEBHOOK_SECRET"]);
  assert.deepEqual(missing({ ...all, STRIPE_WEBHOOK_SECRET: secret }), ["STRIPE_SECRET_KEY"]);
  assert.deepEqual(missing({ ...all, STRIPE_SECRET_KEY: key }, ["STRIPE_WEBHOOK_SECRET"]), []);
  assert.deepEqual(missing({ ...all, STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: secret }), []);
  checkValues({ STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: `${secret},${secret}`, PLANS: "{}" });
  checkValues({ STRIPE_SECRET_KEY: "", STRIPE_WEBHOOK_SECRET: "", PLANS: "" });
  assert.throws(() => checkValues({ STRIPE_SECRET_KEY: "pk_test_1" }), /must be a secret or restricted key/);
  assert.throws(() => checkValues({ STRIPE_WEBHOOK_SECRET: `${secret},short` }), /whsec_/);
  assert.throws(() => checkValues({ PLANS: "{" }), /PLANS must be JSON/);
  assert.throws(() => checkValues({ BETTER_AUTH_URL: "https://a.test/studio" }), /without a path/);
  assert.throws(() => checkValues({ BETTER_AUTH_SECRET: "short" }), /at least 32 characters/);
});
