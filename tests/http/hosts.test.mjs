// Each model host through the built Worker: alone, beside the others, and in place of one that refuses.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, auditMoney, ask, balance, startStudio, until } from "./support/studio.mjs";

let stack;
let person;

before(async () => {
  stack = await startStudio();
});
after(() => stack?.stop());

const control = (path, body = {}) => fetch(`${stack.sandboxUrl}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
const requestsOfFal = async () => (await (await fetch(`${stack.sandboxUrl}/sandbox/fal/requests`)).json()).requests;
const ordered = async (prompt, more) => {
  const answer = await person.order(prompt, more);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return answer.body.generation.id;
};
const row = async (id) => (await ask(stack, `SELECT * FROM generation WHERE "id" = '${id}'`))[0];
/** The request at fal.ai that was ordered for a generation. */
const atFal = async (id) => (await requestsOfFal()).find(({ webhook }) => webhook?.includes(id));

describe("fal.ai alone", () => {
  before(async () => {
    await stack.reload({ REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "", OPENAI_API_KEY: "" });
    person = await new Client(stack).signUp();
  });

  test("offers what fal has, and nothing else", async () => {
    const { models } = (await person.get("/api/models")).body;
    assert.ok(models.length > 0 && models.every(({ hosts }) => hosts.includes("fal")), JSON.stringify(models.map(({ id, hosts }) => [id, hosts])));
    assert.deepEqual((await person.order("a fox", { model: "ideogram-v3-quality" })).body.code, "unknown_model");
  });

  test("a picture, by one request to the database for the order and one for the message", async () => {
    const { result: id, trips } = await stack.proxy.count(() => ordered("a red fox in the snow", { aspectRatio: "16:9", outputs: 2, seed: 7 }));
    assert.equal(trips, 1);
    const { generation, credits } = await person.end(id);
    assert.deepEqual([generation.status, generation.charged, generation.outputs.length, balance(credits)], ["succeeded", 2, 2, { available: 48, held: 0 }]);
    assert.equal(stack.proxy.trips.filter((names) => names.includes("GENERATION_SUCCEED")).length, 1);
    for (const output of generation.outputs) {
      const picture = await fetch(stack.url + output.url);
      assert.deepEqual([picture.status, picture.headers.get("content-type"), output.width > output.height], [200, "image/jpeg", true]);
      assert.equal((await picture.arrayBuffer()).byteLength, output.bytes);
    }
    const { host, hostId } = await row(id);
    assert.deepEqual([host, hostId], ["fal", (await atFal(id)).id]);
    await auditMoney(stack);
  });

  test("failures release the hold and say why", async () => {
    const { available } = await person.credits();
    for (const [prompt, status, code] of [
      ["a boat, fail", "failed", "host_failed"],
      ["a boat, nsfw", "failed", "content_refused"],
      ["a boat, flagged", "failed", "content_refused"],
      ["a boat, no output", "failed", "output_unusable"],
      ["a boat, svg output", "failed", "output_unusable"],
      ["a boat, foreign output", "failed", "output_unusable"],
      ["a boat, gone output", "expired", "output_lost"],
    ]) {
      const { generation, credits } = await person.make(prompt);
      assert.deepEqual([prompt, generation.status, generation.failure?.code, generation.charged, balance(credits)], [prompt, status, code, 0, { available, held: 0 }]);
    }
    const refused = await person.order("a boat, payment");
    assert.deepEqual([refused.status, refused.body.code], [502, "host_refused"]);
    assert.deepEqual(await person.credits(), { available, held: 0 });
    await auditMoney(stack);
  });

  test("messages twice, and before the order's answer", async () => {
    for (const prompt of ["a lake, twice", "a lake, reorder"]) {
      const { generation } = await person.make(prompt);
      assert.deepEqual([prompt, generation.status, generation.charged], [prompt, "succeeded", 1]);
    }
    await auditMoney(stack);
  });

  test("a lost message: cron knows the run's name from the answer to the order", async () => {
    for (const prompt of ["an island, lost webhook", "an island, no payload"]) {
      const id = await ordered(prompt);
      await until(async () => (await atFal(id))?.status === "COMPLETED", "the run to end");
      await until(async () => {
        await fetch(stack.cronUrl);
        // The first look is not due at once.
        await ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "id" = '${id}'`);
        return (await row(id)).finishedAt !== null;
      }, "cron to find it");
      const { generation } = await person.end(id);
      assert.deepEqual([prompt, generation.status, generation.charged], [prompt, "succeeded", 1]);
    }
    await auditMoney(stack);
  });

  test("only what fal has signed, for this address and about this run, is believed", async () => {
    const id = await ordered("a tower, slow");
    const { webhook } = await atFal(id);
    const body = JSON.stringify({ request_id: (await atFal(id)).id, gateway_request_id: "x", status: "OK", payload: { images: [{ url: "https://v3.fal.media/x.png" }] } });
    const headers = { "x-fal-webhook-request-id": (await atFal(id)).id, "x-fal-webhook-user-id": "github|sandbox", "x-fal-webhook-timestamp": `${Math.floor(Date.now() / 1000)}` };
    const send = async (url, more) => (await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers, ...more }, body })).status;
    assert.equal(await send(webhook, {}), 401, "unsigned");
    assert.equal(await send(webhook, { "x-fal-webhook-signature": "00".repeat(64) }), 401, "by nobody");
    assert.equal(await send(webhook, { "x-fal-webhook-signature": "zz" }), 401, "no signature");
    assert.equal(await send(webhook.replace("/fal/", "/replicate/"), { "x-fal-webhook-signature": "00".repeat(64) }), 401, "another host's address");
    assert.equal(await send(webhook.replace(/.$/, (last) => (last === "A" ? "B" : "A")), { "x-fal-webhook-signature": "00".repeat(64) }), 401, "another address");
    assert.equal((await person.end(id)).generation.status, "succeeded", "and none of it did anything");
  });

  test("keys that are rotated meanwhile", async () => {
    const first = await person.make("a meadow");
    assert.equal(first.generation.status, "succeeded");
    await control("fal/rotate");
    await control("fal/rotate");
    // Nobody asks for keys again within the same minute, whoever sends what: the host sends its message again, or cron asks.
    const id = await ordered("a meadow at night");
    await until(async () => {
      await fetch(stack.cronUrl);
      await ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "id" = '${id}' AND "finishedAt" IS NULL`);
      return (await row(id)).finishedAt !== null;
    }, "the end");
    assert.equal((await row(id)).status, "succeeded");
  });
});

describe("Replicate and fal.ai", () => {
  before(() => stack.reload({}));

  test("the first of a model's hosts is asked, and no other", async () => {
    person = await new Client(stack).signUp();
    const { generation } = await person.make("a red barn");
    assert.equal(generation.status, "succeeded");
    assert.equal((await row(generation.id)).host, "replicate");
    assert.equal(await atFal(generation.id), undefined);
  });

  test("a host that surely did not start is replaced, at the same price", async () => {
    await stack.reload({ REPLICATE_API_TOKEN: "r8_revoked" });
    person = await new Client(stack).signUp();
    const { result: id, trips } = await stack.proxy.count(() => ordered("a white barn"));
    assert.equal(trips, 2, "the order, and the move");
    const { generation, credits } = await person.end(id);
    assert.deepEqual([generation.status, generation.charged, balance(credits)], ["succeeded", 1, { available: 49, held: 0 }]);
    assert.equal((await row(id)).host, "fal");
    await auditMoney(stack);
  });

  test("a host that may have started is not", async () => {
    await stack.reload({});
    person = await new Client(stack).signUp();
    for (const prompt of ["a green barn, lost answer", "a grey barn, broken host"]) {
      const id = await ordered(prompt);
      assert.equal((await row(id)).host, "replicate");
      assert.equal(await atFal(id), undefined, prompt);
    }
  });

  test("a refusal that speaks of the order is final", async () => {
    const refused = await person.order("a blue barn, refused");
    assert.deepEqual([refused.status, refused.body.code], [502, "host_refused"]);
    assert.equal(await atFal(refused.body.generation), undefined);
    await auditMoney(stack);
  });
});
