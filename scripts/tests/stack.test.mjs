// A stack survives the death of its parts, and nothing survives a stack.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root, work } from "../lib/paths.mjs";
import { isAlive } from "../lib/processes.mjs";
import { startStack } from "../lib/stack.mjs";

const answers = async (url) => (await fetch(url)).status;

describe("a stack in this process", () => {
  /** @type {Awaited<ReturnType<typeof startStack>>} */
  let stack;
  before(async () => {
    const vars = { STARTING_CREDITS: "7", REPLICATE_API_TOKEN: "", BETTER_AUTH_URL: "https://studio.example" };
    stack = await startStack({ vars, log() {} });
  });
  after(() => stack.stop());

  test("serves the page, the API, the database and the vendors", async () => {
    assert.equal(await answers(stack.url), 200);
    assert.equal(await answers(`${stack.databaseUrl}/health`), 200);
    assert.equal(await answers(`${stack.sandboxUrl}/sandbox/health`), 200);
  });

  test("knows local vendors for sign-in with Google and for mail", async () => {
    const { sandboxUrl, secrets, vars } = stack;
    assert.equal(vars.GOOGLE_CLIENT_ID, "atelier-dev.apps.googleusercontent.com");
    assert.equal(vars.GOOGLE_CLIENT_SECRET, secrets.GOOGLE_CLIENT_SECRET);
    assert.equal(vars.MAIL_API_KEY, secrets.MAIL_API_KEY);
    assert.equal(vars.MAIL_FROM, "Atelier <studio@atelier.test>");
    assert.equal(vars.MAIL_API_URL, `${sandboxUrl}/mail`);
    assert.equal(await answers(vars.GOOGLE_JWKS_URL), 200);
    for (const [origin, status] of [["https://studio.example", 302], [stack.url, 302], ["https://evil.example", 400]]) {
      const redirectUri = `${origin}/api/auth/callback/google`;
      const query = new URLSearchParams({
        ...{ client_id: vars.GOOGLE_CLIENT_ID, redirect_uri: redirectUri, response_type: "code", scope: "openid", state: "s" },
        ...{ code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256", prompt: "none", login_hint: "ada@gmail.com" },
      });
      const response = await fetch(`${vars.GOOGLE_AUTH_URL}?${query}`, { redirect: "manual" });
      assert.equal(response.status, status, origin);
      if (status !== 302) continue;
      const code = new URL(response.headers.get("location")).searchParams.get("code");
      const body = new URLSearchParams({
        ...{ grant_type: "authorization_code", code, redirect_uri: redirectUri, client_id: vars.GOOGLE_CLIENT_ID },
        ...{ client_secret: vars.GOOGLE_CLIENT_SECRET, code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
      });
      assert.equal((await fetch(vars.GOOGLE_TOKEN_URL, { method: "POST", body })).status, 200);
    }
  });

  /** What the local Stripe sells, by the names that the Worker looks for. */
  const sold = async () => {
    const headers = { authorization: `Bearer ${stack.secrets.STRIPE_SECRET_KEY}`, "stripe-version": "2026-10-28.endive" };
    const { data } = await (await fetch(`${stack.vars.STRIPE_API_URL}/prices?active=true&limit=100`, { headers })).json();
    return data.map(({ lookup_key: key }) => key).sort();
  };
  const shop = JSON.parse(readFileSync(join(root, "plans.json"), "utf8"));
  const keys = [...shop.plans.flatMap(({ id, prices }) => prices.map(({ interval }) => `atelier_${id}_${interval}`)), ...shop.packs.map(({ id }) => `atelier_${id}`)].sort();

  test("has a shop at the local Stripe, also after that has forgotten it", async () => {
    assert.equal(stack.vars.STRIPE_API_URL, `${stack.sandboxUrl}/stripe/v1`);
    assert.deepEqual([stack.vars.STRIPE_SECRET_KEY, stack.vars.STRIPE_WEBHOOK_SECRET], [stack.secrets.STRIPE_SECRET_KEY, stack.secrets.STRIPE_WEBHOOK_SECRET]);
    assert.deepEqual(await sold(), keys);
    await stack.kill("sandbox");
    await stack.ready();
    assert.deepEqual(await sold(), keys);
  });

  test("runs the operator's tool on itself", async () => {
    const { code, output } = await stack.runOperator(["ledger", "audit"]);
    assert.equal(code, 0, output);
    assert.notEqual((await stack.runOperator(["ledger", "nonsense"])).code, 0);
  });

  test("takes overriding variables, and an empty one takes one away", () => {
    assert.equal(stack.vars.STARTING_CREDITS, "7");
    assert.ok(!("REPLICATE_API_TOKEN" in stack.vars));
    assert.equal(stack.vars.BETTER_AUTH_URL, "https://studio.example");
  });

  for (const part of ["workerd", "sqld", "sandbox"]) {
    test(`${part} comes back on its port after SIGKILL`, async () => {
      const old = await stack.pids();
      await stack.kill(part);
      await stack.ready();
      const now = await stack.pids();
      assert.notEqual(now[part], old[part]);
      assert.equal(await answers(stack.url), 200);
      assert.equal(await answers(`${stack.databaseUrl}/health`), 200);
      assert.equal(await answers(`${stack.sandboxUrl}/sandbox/health`), 200);
    });
  }

  test("runs the scheduled handler when asked", () => stack.runCron());
});

test("its database has the schema, and keeps its data when told where", async () => {
  const data = mkdtempSync(join(work, "kept-"));
  const ask = async ({ databaseUrl }, sql) => {
    const body = JSON.stringify({ requests: [{ type: "execute", stmt: { sql } }, { type: "close" }] });
    const { results } = await (await fetch(`${databaseUrl}/v2/pipeline`, { method: "POST", body })).json();
    return results[0].response?.result.rows.map((row) => row[0].value) ?? results[0].error.message;
  };
  try {
    const first = await startStack({ data, log() {} });
    assert.deepEqual(await ask(first, "SELECT name FROM atelier_migration ORDER BY name"), readdirSync(join(root, "migrations")).sort());
    await ask(first, "CREATE TABLE kept AS SELECT 'here' AS word");
    await assert.rejects(startStack({ data, log() {} }), /is in use by another run/);
    await first.stop();
    const second = await startStack({ data, log() {} });
    assert.deepEqual(await ask(second, "SELECT word FROM kept"), ["here"]);
    assert.deepEqual(second.secrets, first.secrets);
    await second.stop();
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});

/** The command as a user starts it; resolves with its first line of stdout, or rejects with what it said. */
async function command(...args) {
  const child = spawn(process.execPath, ["scripts/stack.mjs", ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stderr.on("data", (chunk) => (err += chunk));
  const line = new Promise((resolve) => {
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (out.includes("\n")) resolve(out);
    });
  });
  const ended = once(child, "exit").then(([code]) => ({ code, err }));
  return { child, ended, line: await Promise.race([line, ended.then(() => undefined)]) };
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`the command prints one line of JSON, and ${signal} ends all of it`, async () => {
    const vars = join(work, `vars-${signal}`);
    writeFileSync(vars, "STARTING_CREDITS=3\n");
    const { child, ended, line } = await command("--json", "--vars", vars);
    rmSync(vars);
    assert.equal(line.split("\n").length, 2);
    const stack = JSON.parse(line);
    const fields = ["url", "databaseUrl", "sandboxUrl", "mailboxUrl", "cronUrl", "secrets", "pids"];
    assert.deepEqual(Object.keys(stack), fields);
    assert.equal(await answers(stack.url), 200);
    child.kill(signal);
    assert.equal((await ended).code, 0);
    for (const pid of Object.values(stack.pids)) assert.ok(!isAlive(pid), `${pid} is still there`);
    await assert.rejects(fetch(stack.url));
  });
}

test("what a killed stack leaves behind is cleared away by the next", async () => {
  const { child, ended, line } = await command("--json");
  const { pids } = JSON.parse(line);
  const notes = join(work, "running");
  const mine = readdirSync(notes).map((name) => JSON.parse(readFileSync(join(notes, name), "utf8")));
  const { owner, folder } = mine.find((note) => note.programs.some(({ pid }) => pid === pids.sqld));
  process.kill(owner, "SIGKILL");
  child.kill("SIGKILL");
  await ended;
  while (isAlive(owner)) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(existsSync(folder));
  const next = await startStack({ log() {} });
  await next.stop();
  assert.ok(!existsSync(folder));
  for (const pid of Object.values(pids)) assert.ok(!isAlive(pid), `${pid} is still there`);
});

test("a port in use is one sentence", async () => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const { ended } = await command("--port", String(port));
  const { code, err } = await ended;
  server.close();
  assert.equal(code, 1);
  assert.match(err, new RegExp(`^Port ${port} is in use: stop the program that uses it, or choose another\\.$`, "m"));
  assert.doesNotMatch(err, /\n\s+at /);
});
