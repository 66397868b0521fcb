// `npm run deploy` against a wrangler that only remembers, a real database, and a studio that answers for the deployed one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { root, work } from "../../scripts/lib/paths.mjs";
import { startStack } from "../../scripts/lib/stack.mjs";

/** Keeps the account's state in a file: the Worker's secrets, the buckets, what was called, and what shall fail. */
const REMEMBERING = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const file = process.env.REMEMBERED;
const state = JSON.parse(readFileSync(file, "utf8"));
const args = process.argv.slice(2);
const save = () => writeFileSync(file, JSON.stringify(state));
const fail = (text) => { console.error("✘ [ERROR] " + text); save(); process.exit(1); };
const words = args.filter((word) => !word.startsWith("--")).join(" ");
state.calls.push(args.join(" "));
if (state.fail && words.startsWith(state.fail)) fail("fetch failed");
if (words.startsWith("whoami")) console.log(JSON.stringify({ loggedIn: true }));
else if (words.startsWith("secret list")) {
  if (!state.secrets) fail("This Worker does not exist on your account. [code: 10007]");
  console.log(JSON.stringify(Object.keys(state.secrets).map((name) => ({ name, type: "secret_text" }))));
} else if (words.startsWith("r2 bucket info")) {
  if (!state.buckets.includes(args[3])) fail("The specified bucket does not exist. [code: 10006]");
} else if (words.startsWith("r2 bucket create")) state.buckets.push(args[3]);
else if (words.startsWith("queues info")) {
  if (!state.queues?.includes(args[2])) fail("The queue does not exist. [code: 11000]");
} else if (words.startsWith("queues create")) (state.queues ??= []).push(args[2]);
else if (words.startsWith("deploy")) {
  const brought = JSON.parse(readFileSync(args[args.indexOf("--secrets-file") + 1], "utf8"));
  state.secrets = { ...state.secrets, ...brought };
  state.vars = args.filter((_, index) => args[index - 1] === "--var");
} else fail("unexpected: " + words);
save();
`;

let stack;
let folder;
let environment;
const state = () => JSON.parse(readFileSync(environment.REMEMBERED, "utf8"));

before(async () => {
  stack = await startStack({ log() {} });
  folder = mkdtempSync(join(work, "deploy-"));
  const wrangler = join(folder, "wrangler.cjs");
  writeFileSync(wrangler, REMEMBERING);
  chmodSync(wrangler, 0o755);
  environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(BETTER_AUTH|TURSO|REPLICATE|MEDIA|STARTING|STRIPE|PLANS|NODE_TEST)/.test(name))),
    ATELIER_WRANGLER: wrangler,
    REMEMBERED: join(folder, "account.json"),
  };
});

beforeEach(() => writeFileSync(environment.REMEMBERED, JSON.stringify({ calls: [], buckets: [] })));

after(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

const given = () => ({
  BETTER_AUTH_URL: stack.url,
  TURSO_DATABASE_URL: stack.databaseUrl,
  TURSO_AUTH_TOKEN: "a-token-that-an-open-database-ignores",
  REPLICATE_API_TOKEN: stack.secrets.REPLICATE_API_TOKEN,
  REPLICATE_API_URL: `${stack.sandboxUrl}/replicate/v1`,
});

function deploy(args, variables = {}) {
  const env = { ...environment, ...variables };
  return spawnSync(process.execPath, ["scripts/deploy.mjs", ...args], { cwd: root, env, encoding: "utf8" });
}

test("a dry run shows every step and touches nothing, without any account", () => {
  const { status, stdout, stderr } = deploy(["--dry-run"]);
  assert.equal(status, 0, stderr);
  for (const step of ["wrangler whoami", "R2 bucket atelier-media and the queue atelier-work", "migrations/", "Worker atelier", "/api/health"]) assert.ok(stdout.includes(step), step);
  assert.match(stdout, /Not in the environment yet: BETTER_AUTH_URL, TURSO_DATABASE_URL, TURSO_AUTH_TOKEN, and REPLICATE_API_TOKEN\./);
  assert.match(stdout, /Nothing was touched\.\n$/);
  assert.deepEqual(state().calls, []);
});

test("a dry run for another installation names its bucket", () => {
  const { status, stdout } = deploy(["--dry-run", "--env", "staging"]);
  assert.equal(status, 0);
  assert.match(stdout, /R2 bucket atelier-media-staging/);
});

test("the first deployment makes what is missing, the second changes nothing", () => {
  const first = deploy([], given());
  assert.equal(first.status, 0, first.stderr);
  const { secrets, buckets, vars } = state();
  assert.deepEqual(buckets, ["atelier-media"]);
  assert.ok(secrets.BETTER_AUTH_SECRET.length >= 32 && secrets.MEDIA_SIGNING_SECRET.length >= 32);
  assert.notEqual(secrets.BETTER_AUTH_SECRET, secrets.MEDIA_SIGNING_SECRET);
  assert.equal(secrets.REPLICATE_WEBHOOK_SECRET, stack.secrets.REPLICATE_WEBHOOK_SECRET, "as the vendor told it");
  assert.ok(vars.includes(`BETTER_AUTH_URL:${stack.url}`) && vars.includes(`TURSO_DATABASE_URL:${stack.databaseUrl}`));
  assert.match(first.stdout, new RegExp(`serves at ${stack.url}`));

  const second = deploy([], given());
  assert.equal(second.status, 0, second.stderr);
  assert.deepEqual(state().secrets, secrets);
  assert.equal(state().calls.filter((call) => call.startsWith("r2 bucket create")).length, 1);
  assert.match(second.stderr, /Database: 0 applied, \d+ already there/);
});

test("a secret never stands among the arguments, and its file does not stay", () => {
  const { status, stderr } = deploy([], given());
  assert.equal(status, 0, stderr);
  const { calls, secrets } = state();
  for (const secret of Object.values(secrets)) assert.ok(!calls.some((call) => call.includes(secret)));
  assert.ok(!readdirSync(work).some((name) => name.startsWith("secrets-")));
});

test("a missing variable stops it before anything is touched", () => {
  const { status, stderr } = deploy([], { ...given(), TURSO_AUTH_TOKEN: "" });
  assert.equal(status, 1);
  assert.match(stderr, /^TURSO_AUTH_TOKEN is missing: .* Nothing was touched\.$/m);
  assert.deepEqual(state().buckets, []);
});

test("money is taken when both of Stripe's secrets are given, and one of them can be changed alone later", () => {
  const both = { STRIPE_SECRET_KEY: stack.secrets.STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET: stack.secrets.STRIPE_WEBHOOK_SECRET };
  const half = deploy([], { ...given(), STRIPE_SECRET_KEY: both.STRIPE_SECRET_KEY });
  assert.equal(half.status, 1);
  assert.match(half.stderr, /^STRIPE_WEBHOOK_SECRET is missing: /m);
  const plans = JSON.stringify({ ...JSON.parse(readFileSync(join(root, "plans.json"), "utf8")), graceHours: 24 });
  const more = { STRIPE_API_URL: `${stack.sandboxUrl}/stripe/v1`, PLANS: plans };
  const first = deploy([], { ...given(), ...both, ...more });
  assert.equal(first.status, 0, first.stderr);
  const { secrets, vars } = state();
  assert.deepEqual([secrets.STRIPE_SECRET_KEY, secrets.STRIPE_WEBHOOK_SECRET], Object.values(both));
  for (const [name, value] of Object.entries(more)) assert.ok(vars.includes(`${name}:${value}`), name);
  const rolled = `whsec_${"n".repeat(32)},${both.STRIPE_WEBHOOK_SECRET}`;
  const second = deploy([], { ...given(), STRIPE_WEBHOOK_SECRET: rolled });
  assert.equal(second.status, 0, second.stderr);
  assert.deepEqual([state().secrets.STRIPE_SECRET_KEY, state().secrets.STRIPE_WEBHOOK_SECRET], [both.STRIPE_SECRET_KEY, rolled]);
});

test("secrets are not made anew because Cloudflare could not be asked", () => {
  const broken = { calls: [], buckets: [], secrets: { BETTER_AUTH_SECRET: "kept" }, fail: "secret list" };
  writeFileSync(environment.REMEMBERED, JSON.stringify(broken));
  const { status, stderr } = deploy([], given());
  assert.equal(status, 1);
  assert.match(stderr, /could not be read: nothing was touched/);
  assert.deepEqual(state().secrets, { BETTER_AUTH_SECRET: "kept" });
});

test("no access to an account is one sentence", () => {
  writeFileSync(environment.REMEMBERED, JSON.stringify({ calls: [], buckets: [], fail: "whoami" }));
  const { status, stderr } = deploy([], given());
  assert.equal(status, 1);
  assert.match(stderr, /^wrangler has no access to a Cloudflare account: run `npx wrangler login`/m);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

test("a database that does not answer stops it before the Worker is deployed", () => {
  const { status, stderr } = deploy([], { ...given(), TURSO_DATABASE_URL: "http://127.0.0.1:9" });
  assert.equal(status, 1);
  assert.match(stderr, /no database answers at http:\/\/127\.0\.0\.1:9/);
  assert.ok(!state().calls.some((call) => call.startsWith("deploy")));
  assert.ok(existsSync(environment.REMEMBERED));
});
