// A host whose answer is the result, from the queue: asked once, whatever happens.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, auditMoney, ask, balance, startStudio, until } from "./support/studio.mjs";

const MODEL = "gpt-image-1.5";

let stack;
let person;

before(async () => {
  stack = await startStudio({ sandbox: ["--speed", "20"], vars: { STARTING_CREDITS: "500" } });
  person = await new Client(stack).signUp();
});
after(() => stack?.stop());

const control = (path, body = {}) => fetch(`${stack.sandboxUrl}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
const asked = async () => (await (await fetch(`${stack.sandboxUrl}/sandbox/openai/requests`)).json()).requests;
const order = (prompt, more) => person.order(prompt, { model: MODEL, ...more });
const row = async (id) => (await ask(stack, `SELECT * FROM generation WHERE "id" = '${id}'`))[0];
const due = (id) => ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "id" = '${id}' AND "finishedAt" IS NULL`);

test("two pictures: one request to the database for the order, one for the claim, one for the end", async () => {
  const { result, trips } = await stack.proxy.count(() => order("a red fox in the snow", { aspectRatio: "3:2", outputs: 2 }));
  assert.deepEqual([result.status, trips], [202, 1], JSON.stringify(result.body));
  const { generation, credits } = await person.end(result.body.generation.id);
  assert.deepEqual([generation.status, generation.charged, generation.outputs.length, balance(credits)], ["succeeded", 16, 2, { available: 484, held: 0 }]);
  for (const statement of ["TURN_WORK", "GENERATION_SUCCEED"]) {
    assert.equal(stack.proxy.trips.filter((names) => names.includes(statement)).length, 1, statement);
  }
  for (const output of generation.outputs) {
    assert.deepEqual([output.mediaType, output.width, output.height], ["image/jpeg", 1536, 1024]);
    assert.equal((await (await fetch(stack.url + output.url)).arrayBuffer()).byteLength, output.bytes);
  }
  assert.equal((await asked()).length, 1);
  await auditMoney(stack);
});

test("refusals release the hold and say why; a lost answer is not asked for again", async () => {
  const before = await person.credits();
  for (const [prompt, status, code] of [
    ["a boat, nsfw", "failed", "content_refused"],
    ["a boat, payment", "failed", "host_refused"],
    ["a boat, refused", "failed", "host_refused"],
    ["a boat, no output", "failed", "output_unusable"],
    ["a boat, lost answer", "expired", "output_lost"],
  ]) {
    const sofar = (await asked()).length;
    const { generation, credits } = await person.make(prompt, { model: MODEL });
    assert.deepEqual([prompt, generation.status, generation.failure?.code, generation.charged, balance(credits)], [prompt, status, code, 0, before]);
    assert.equal((await asked()).length - sofar, 1, `${prompt}: asked once`);
  }
  // Too busy to begin: it waits, and can be stopped.
  const { body } = await order("a boat, throttled");
  await until(async () => (await row(body.generation.id)).sentAt === null, "it to be put back");
  const stopped = await person.post(`/api/generations/${body.generation.id}/cancel`);
  assert.deepEqual([stopped.status, stopped.body.generation.status, balance(stopped.body.credits)], [200, "canceled", before]);
  await auditMoney(stack);
});

test("whoever looks meanwhile leaves it to who has claimed it", async () => {
  await control("openai/outage", { mode: "slow", delayMs: 1500 });
  const sofar = (await asked()).length;
  const { body } = await order("a lighthouse, slow");
  const { id } = body.generation;
  await until(async () => (await row(id)).hostId !== null, "the claim");
  // Cron finds it open, and puts it into the queue only where nobody has claimed it.
  await due(id);
  await stack.runCron();
  const { generation } = await person.end(id);
  assert.equal(generation.status, "succeeded");
  assert.equal((await asked()).length - sofar, 1);
  await control("openai/outage", { mode: "up" });
  await auditMoney(stack);
});

test("without a key there is no such model, and nobody else gets the prompt", async () => {
  await stack.reload({ OPENAI_API_KEY: "" });
  assert.equal((await order("a fox")).body.code, "unknown_model");
  await stack.reload({});
});
