// A generation's life between order and end: it waits for its turn, it is stopped, its end is told in four parts.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, ask, auditMoney, balance, startStudio, until } from "./support/studio.mjs";
import { BOUNDLESS } from "./support/shop.mjs";

let stack;
let person;

before(async () => {
  stack = await startStudio({ sandbox: ["--speed", "6"], vars: { STARTING_CREDITS: "500" } });
});
after(() => stack?.stop());

const control = (path, body = {}) => fetch(`${stack.sandboxUrl}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
const row = async (id) => (await ask(stack, `SELECT * FROM generation WHERE "id" = '${id}'`))[0];
const cancel = (id, by = person) => by.post(`/api/generations/${id}/cancel`);
const listOf = async (host, what) => (await (await fetch(`${stack.sandboxUrl}/sandbox/${host}/${what}`)).json())[what];
const atReplicate = async (id) => (await listOf("replicate", "predictions")).find(({ webhook }) => webhook?.includes(id));
const atFal = async (id) => (await listOf("fal", "requests")).find(({ webhook }) => webhook?.includes(id));
const plan = (limits) => {
  const shop = JSON.parse(BOUNDLESS);
  Object.assign(shop.plans[0], limits);
  return JSON.stringify(shop);
};
async function ordered(prompt, more) {
  const { status, body } = await person.order(prompt, more);
  assert.equal(status, 202, JSON.stringify(body));
  return body.generation.id;
}
/** Cron, which finds a generation due. */
async function cron(id) {
  await ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "id" = '${id}' AND "finishedAt" IS NULL`);
  await stack.runCron();
}

describe("stopping", () => {
  before(async () => {
    person = await new Client(stack).signUp();
  });

  test("a run that the host has told of ends there and here, and costs nothing", async () => {
    const before = await person.credits();
    const id = await ordered("a comet, forever");
    await until(async () => (await row(id)).status === "running", "the run to begin");
    const { status, body } = await cancel(id);
    assert.deepEqual([status, body.generation.status, body.generation.charged], [200, "canceled", 0]);
    assert.deepEqual(body.generation.failure, { code: "canceled", detail: body.generation.failure.detail, charged: 0, advice: "nothing", reference: id });
    assert.deepEqual(balance(body.credits), before);
    assert.equal((await atReplicate(id)).status, "canceled");
    // The same wish again is no other wish.
    const again = await cancel(id);
    assert.deepEqual([again.status, again.body.generation.status], [200, "canceled"]);
    await auditMoney(stack);
  });

  test("a run of which nobody knows the name yet ends as soon as somebody does", async () => {
    const id = await ordered("a comet, forever, lost webhook");
    const { status, body } = await cancel(id);
    assert.deepEqual([status, body.generation.finishedAt], [200, null]);
    assert.ok(body.generation.cancelRequestedAt);
    await until(async () => {
      await cron(id);
      return (await row(id)).finishedAt !== null;
    }, "cron to find it and to stop it");
    assert.deepEqual([(await row(id)).status, (await atReplicate(id)).status], ["canceled", "canceled"]);
    await auditMoney(stack);
  });

  test("at fal: in the queue, and while it runs", async () => {
    await stack.reload({ REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" });
    const before = await person.credits();
    const queued = await ordered("a comet, long queue");
    const gone = await cancel(queued);
    assert.deepEqual([gone.status, gone.body.generation.status, balance(gone.body.credits)], [200, "canceled", before]);
    const running = await ordered("a comet, forever");
    await until(async () => (await atFal(running))?.status === "IN_PROGRESS", "the run to begin");
    assert.equal((await cancel(running)).status, 200);
    await until(async () => {
      await cron(running);
      return (await row(running)).finishedAt !== null;
    }, "the runner to obey");
    assert.equal((await row(running)).status, "canceled");
    assert.deepEqual(await person.credits(), before);
    await stack.reload({});
    await auditMoney(stack);
  });

  test("what has ended stays, what cannot be stopped goes on", async () => {
    const made = await person.make("a comet");
    const late = await cancel(made.generation.id);
    assert.deepEqual([late.status, late.body.code], [409, "too_late"]);
    await control("openai/outage", { mode: "slow", delayMs: 1500 });
    const atOnce = await ordered("a comet, slow", { model: "gpt-image-1.5" });
    await until(async () => (await row(atOnce)).hostId !== null, "the claim");
    const refused = await cancel(atOnce);
    assert.deepEqual([refused.status, refused.body.code], [409, "cannot_stop"]);
    assert.equal((await person.end(atOnce)).generation.status, "succeeded");
    await control("openai/outage", { mode: "up" });
  });

  test("nobody stops what is somebody else's, or what is not there; another site does not either", async () => {
    const id = await ordered("a comet, slow");
    const other = await new Client(stack).signUp();
    for (const [by, of] of [[other, id], [person, "0".repeat(26)]]) {
      const { status, body } = await cancel(of, by);
      assert.deepEqual([status, body.code], [404, "not_found"]);
    }
    assert.equal((await cancel(id, new Client(stack))).status, 401);
    assert.equal((await person.post(`/api/generations/${id}/cancel`, undefined, { headers: { origin: "https://evil.example" } })).body.code, "foreign_origin");
    assert.equal((await person.end(id)).generation.status, "succeeded");
  });
});

describe("turns", () => {
  before(async () => {
    await stack.reload({ PLANS: plan({ concurrent: 2, waiting: 3 }) });
    person = await new Client(stack).signUp();
  });

  test("two are at the host, three wait, the sixth is refused; each that ends lets the oldest go", async () => {
    const answers = [];
    for (let i = 0; i < 6; i++) {
      const { result, trips } = await stack.proxy.count(() => person.order(`slow, long queue, of a row, ${i}`));
      answers.push(result);
      assert.equal(trips, 1);
    }
    assert.deepEqual(answers.map(({ status }) => status), [202, 202, 202, 202, 202, 429]);
    assert.deepEqual([answers[5].body.code, answers[5].body.limit], ["too_many_open", 5]);
    const ids = answers.slice(0, 5).map(({ body }) => body.generation.id);
    assert.deepEqual(answers.slice(0, 5).map(({ body }) => body.generation.waiting), [false, false, true, true, true]);
    const asked = (await listOf("replicate", "predictions")).filter(({ webhook }) => ids.some((id) => webhook.includes(id)));
    assert.equal(asked.length, 2);
    // Whoever looks after them meanwhile sends none of them.
    await Promise.all([stack.runCron(), stack.runCron()]);
    assert.equal((await ask(stack, `SELECT count(*) AS "n" FROM generation WHERE "userId" = '${person.user.id}' AND "sentAt" IS NOT NULL`))[0].n, 2);
    for (const id of ids) {
      const { generation } = await person.end(id);
      assert.deepEqual([generation.status, generation.waiting], ["succeeded", false]);
    }
    const sent = await ask(stack, `SELECT "id" FROM generation WHERE "userId" = '${person.user.id}' ORDER BY "sentAt", "id"`);
    assert.deepEqual(sent.map(({ id }) => id), ids, "in the order in which they came");
    const runs = (await listOf("replicate", "predictions")).filter(({ webhook }) => ids.some((id) => webhook.includes(id)));
    assert.equal(runs.length, 5, "each was asked for once");
    await auditMoney(stack);
  });

  test("one that waits can be stopped, and lets nobody wait for it", async () => {
    const [first, second, third] = [await ordered("forever 1"), await ordered("forever 2"), await ordered("a calm sea")];
    const { body } = await cancel(third);
    assert.deepEqual([body.generation.status, body.generation.charged], ["canceled", 0]);
    const fourth = await ordered("a rough sea");
    assert.equal((await person.get(`/api/generations/${fourth}`)).body.generation.waiting, true);
    await until(async () => (await row(first)).hostId !== null, "the host's name of it");
    await cancel(first);
    assert.equal((await person.end(fourth)).generation.status, "succeeded");
    await until(async () => (await row(second)).hostId !== null, "the host's name of it");
    await cancel(second);
    assert.equal(await atReplicate(third), undefined);
    await auditMoney(stack);
  });

  test("a lost message of the queue: cron lets it go; and after an hour in vain it is given up", async () => {
    const first = await ordered("forever 3");
    const second = await ordered("forever 4");
    const third = await ordered("a quiet bay");
    // As if the plan had grown, or the message that lets it go had been lost.
    await ask(stack, `UPDATE generation SET "turns" = 3 WHERE "id" = '${third}'`);
    await stack.runCron();
    assert.equal((await person.end(third)).generation.status, "succeeded");
    const fourth = await ordered("a loud bay");
    await ask(stack, `UPDATE generation SET "createdAt" = "createdAt" - 3600000 WHERE "id" = '${fourth}'`);
    await stack.runCron();
    const { generation } = await person.end(fourth);
    assert.deepEqual([generation.status, generation.failure.code, generation.failure.advice, generation.charged], ["expired", "timed_out", "try_again", 0]);
    assert.equal(await atReplicate(fourth), undefined);
    for (const id of [first, second]) {
      await until(async () => (await row(id)).hostId !== null, "the host's name of it");
      await cancel(id);
    }
    await auditMoney(stack);
  });

  test("what every host is too busy for waits too, and is asked for again", async () => {
    const id = await ordered("a boat, throttled");
    const { generation } = (await person.get(`/api/generations/${id}`)).body;
    assert.deepEqual([generation.status, generation.waiting], ["queued", true]);
    const { host, hostId } = await row(id);
    assert.deepEqual([host, hostId], ["replicate", null]);
    const tries = async () => stack.log.filter((line) => line.includes("host.create.refused") && line.includes(id)).length;
    const sofar = await until(async () => (await tries()) >= 2 && (await tries()), "both hosts to be asked");
    await stack.runCron();
    await until(async () => (await tries()) >= sofar + 2 && (await row(id)).sentAt === null, "both to be asked again, and it to be put back");
    assert.equal((await cancel(id)).body.generation.status, "canceled");
    await auditMoney(stack);
  });
});

test("a run that takes too long is stopped at the host", async () => {
  await stack.reload({});
  person = await new Client(stack).signUp();
  const id = await ordered("a comet, forever");
  await until(async () => (await row(id)).status === "running", "the run to begin");
  await ask(stack, `UPDATE generation SET "sentAt" = "sentAt" - 11 * 60000 WHERE "id" = '${id}'`);
  await cron(id);
  const { generation } = await person.end(id);
  assert.deepEqual([generation.charged, generation.failure.charged, generation.failure.reference], [0, 0, id]);
  assert.equal((await atReplicate(id)).status, "canceled");
});

test("a file that no row speaks of is gone within a day, and nothing else", async () => {
  const { generation } = await person.make("a harbour");
  const { body } = await person.post("/api/uploads", {});
  const picture = Buffer.from(await (await fetch(stack.url + generation.outputs[0].url)).arrayBuffer());
  assert.equal((await fetch(stack.url + body.putUrl, { method: "PUT", body: picture })).status, 201);
  const kept = (await person.get("/api/uploads")).body.uploads.find(({ id }) => id === body.id);
  const status = async (url) => (await fetch(stack.url + url, { method: "HEAD" })).status;
  // As if the isolate had died before it wrote the row down.
  await ask(stack, `DELETE FROM upload WHERE "id" = '${body.id}'`);
  await stack.runCron();
  assert.equal(await status(kept.url), 200, "it may still be under way");
  await stack.runCron({ at: Date.now() + 5 * 3_600_000 });
  assert.deepEqual([await status(kept.url), await status(generation.outputs[0].url)], [404, 200]);
});
