// Hosts that are in trouble themselves: what they say of themselves ends nothing, and none of them is a trouble for another.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { hostProxy, startBehind } from "./support/faults.mjs";
import { Client, ask, auditMoney, until } from "./support/studio.mjs";

const MINUTE_MS = 60_000;
const AT_FAL = { REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" };

let stack;
let hosts;
let person;

before(async () => {
  hosts = await hostProxy();
  stack = await startBehind(hosts, 20, { STARTING_CREDITS: "1000" });
  person = await new Client(stack).signUp();
});
afterEach(async () => {
  hosts.break(undefined);
  await stack.reload({});
});
after(async () => {
  await stack?.stop();
  await hosts?.close();
});

const row = async (id) => (await ask(stack, `SELECT * FROM generation WHERE "id" = '${id}'`))[0];
const listOf = async (host, what) => (await (await fetch(`${stack.sandboxUrl}/sandbox/${host}/${what}`)).json())[what];
const atReplicate = async (id) => (await listOf("replicate", "predictions")).find(({ webhook }) => webhook?.includes(id));
const atFal = async (id) => (await listOf("fal", "requests")).find(({ webhook }) => webhook?.includes(id));
async function ordered(prompt, more, by = person) {
  const { status, body } = await by.order(prompt, more);
  assert.equal(status, 202, JSON.stringify(body));
  return body.generation.id;
}
/** Cron, which finds everything due that is open. */
async function cron(minutes = 0) {
  await ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "finishedAt" IS NULL`);
  await stack.runCron({ at: Date.now() + minutes * MINUTE_MS });
}

test("a key that fal does not take any more, or an account that it has locked, ends no run", async () => {
  await stack.reload(AT_FAL);
  const id = await ordered("a lighthouse, lost webhook");
  await until(async () => (await atFal(id))?.status === "COMPLETED", "the run to end");
  for (const { status, body, of } of [
    { of: /\/status$/, status: 401, body: { detail: "Cannot access application 'fal-ai/flux'. Authentication is required to access this application." } },
    { of: /\/status$/, status: 403, body: { detail: "User is locked. Reason: Exhausted balance." } },
    { of: /\/requests\/[^/]+$/, status: 403, body: { detail: "User is locked. Reason: Exhausted balance." } },
  ]) {
    let asked = 0;
    hosts.break((request) => {
      if (!request.startsWith("GET") || !of.test(request)) return undefined;
      asked += 1;
      return { status, body };
    });
    await cron();
    assert.deepEqual([asked, (await row(id)).finishedAt], [1, null], `${status} at ${of}`);
  }
  hosts.break(undefined);
  await cron();
  assert.equal((await row(id)).status, "succeeded");
});

test("a host that does not answer keeps no other host's runs from being looked at, and not all of its own", async () => {
  // Before it: more of its runs than are looked at in one run of cron.
  await stack.reload(AT_FAL);
  const silent = [];
  for (let n = 0; n < 4; n++) silent.push(await ordered(`a lighthouse, lost webhook ${n}`));
  await stack.reload({ FAL_KEY: "" });
  const id = await ordered("a lighthouse, lost webhook");
  await stack.reload({});
  await until(async () => (await atReplicate(id))?.status === "succeeded", "the run to end");
  const asked = new Set();
  hosts.break((request) => {
    const [, run] = /^GET \/fal\/.*\/requests\/([^/]+)/.exec(request) ?? [];
    if (run) asked.add(run);
    return run ? "hang" : undefined;
  });
  await cron();
  assert.equal((await row(id)).status, "succeeded");
  assert.equal(asked.size, 3, "once it is known to be silent it is left alone");
  // What there was no time for comes first the next time.
  await stack.runCron();
  assert.equal(asked.size, 4);
  hosts.break(undefined);
  await cron();
  for (const each of silent) assert.equal((await row(each)).status, "succeeded");
});

test("a file that cannot be copied takes no other with it: when the time is over, what there is is kept and charged", async () => {
  await stack.reload({ FAL_KEY: "" });
  const { available } = await person.credits();
  let first;
  const fetched = new Map();
  let stored = 0;
  hosts.break((request) => {
    if (request === "R2 put media") stored += 1;
    if (!request.startsWith("GET") || !/\.(webp|png|jpe?g)$/.test(request)) return undefined;
    first ??= request;
    fetched.set(request, (fetched.get(request) ?? 0) + 1);
    return request === first ? "break" : undefined;
  });
  const id = await ordered("a lighthouse", { model: "flux-schnell", outputs: 2 });
  await until(async () => (await row(id)).savingAt !== null && fetched.size === 2 && stored === 1 && hosts.open() === 0, "both files to be asked for, and one to be kept");
  await cron(95);
  await until(async () => (await row(id)).finishedAt !== null, "the end");
  const { status, charged, price } = await row(id);
  assert.deepEqual([status, charged], ["succeeded", price / 2]);
  const [, fetchedOnce] = [...fetched].find(([request]) => request !== first);
  assert.equal(fetchedOnce, 1, "what is copied is not copied again");
  const { generation } = (await person.get(`/api/generations/${id}`)).body;
  assert.equal(generation.outputs.length, 1);
  assert.equal((await fetch(new URL(generation.outputs[0].url, stack.url))).status, 200);
  assert.deepEqual(await person.credits(), { available: available - charged, held: 0 });
  await auditMoney(stack);
});

test("a host that answers with the result, and is too busy to begin, is asked again", async () => {
  let tries = 0;
  hosts.break((request) => {
    if (request !== "POST /openai/v1/images/generations") return undefined;
    tries += 1;
    return tries === 1 ? { status: 429, body: { error: { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" } } } : undefined;
  });
  const id = await ordered("a lighthouse", { model: "gpt-image-1.5" });
  await until(async () => tries === 1 && (await row(id)).sentAt === null, "it to be put back");
  assert.deepEqual([(await row(id)).status, (await row(id)).hostId], ["queued", null]);
  await cron();
  assert.equal((await person.end(id)).generation.status, "succeeded");
  assert.equal(tries, 2);
  await auditMoney(stack);
});

test("what a host makes for an account that is deleted is stopped", async () => {
  await stack.reload({ FAL_KEY: "" });
  const leaving = await new Client(stack).signUp();
  const id = await ordered("a lighthouse, forever", undefined, leaving);
  await until(async () => (await row(id)).status === "running", "the run to begin");
  assert.equal((await leaving.post("/api/auth/delete-user", {})).status, 200);
  assert.equal(await row(id), undefined);
  assert.equal((await atReplicate(id)).status, "canceled");
});

test("no other host is asked for what its owner has stopped meanwhile", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  hosts.break((request) => (/^POST \/replicate\/v1\/.*predictions$/.test(request) ? held : undefined));
  const order = person.order("a lighthouse, stopped meanwhile", { model: "flux-schnell" });
  const id = await until(async () => (await ask(stack, `SELECT "id" FROM generation WHERE "prompt" LIKE '%stopped meanwhile'`))[0]?.id, "the order");
  assert.equal((await person.post(`/api/generations/${id}/cancel`)).status, 200);
  release("throttle");
  assert.equal((await order).status, 202);
  assert.deepEqual([(await row(id)).status, (await row(id)).charged], ["canceled", 0]);
  assert.equal(await atFal(id), undefined);
  await auditMoney(stack);
});
