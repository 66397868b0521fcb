// Every kind of work, by every model, at every host that has it: from pictures that somebody brought or that were made here.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { randomPng } from "./support/files.mjs";
import { Client, ask, auditMoney, balance, startStudio, traffic } from "./support/studio.mjs";

let stack;
let person;
let models;
/** A picture and a mask of this person's, and a picture that was made here. */
const pictures = {};

const bring = async (bytes) => {
  const { body } = await person.post("/api/uploads", {});
  const response = await fetch(stack.url + body.putUrl, { method: "PUT", body: bytes });
  assert.equal(response.status, 201);
  return body.id;
};
before(async () => {
  // Films take their time at the vendors; here they need not.
  stack = await startStudio({ sandbox: ["--speed", "6"] });
  person = await new Client(stack).signUp();
  const { code, output } = await stack.runOperator(["credits", "grant", "--user", person.user.id, "--credits", "5000", "--kind", "goodwill", "--key", "kinds"]);
  assert.equal(code, 0, output);
  ({ models } = (await person.get("/api/models")).body);
  const made = await person.make("a lighthouse on a rock", { aspectRatio: "3:2", outputFormat: "png" });
  pictures.made = `${made.generation.id}/0`;
  const bytes = Buffer.from(await (await fetch(stack.url + made.generation.outputs[0].url)).arrayBuffer());
  pictures.bytes = bytes;
  pictures.brought = await bring(bytes);
});
after(() => stack?.stop());

/** What a model is asked, with every picture that it can have. */
function inputsOf(model) {
  const slots = model.inputs.filter(({ type }) => type === "images");
  return Object.fromEntries(slots.map(({ name, maximum }) => [name, maximum === 1 ? pictures.brought : [pictures.brought, pictures.made]]));
}
const prompt = (model) => (model.prompt.required ? { prompt: "a lighthouse at night" } : {});
const order = (model, more = {}) => person.post("/api/generations", { model: model.id, ...prompt(model), ...inputsOf(model), ...more });
const row = async (id) => (await ask(stack, `SELECT * FROM generation WHERE "id" = '${id}'`))[0];

for (const [host, vars] of [["replicate", { FAL_KEY: "" }], ["fal", { REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" }]]) {
  describe(`at ${host} alone`, () => {
    before(async () => {
      await stack.reload(vars);
    });

    test("every model does its work", async () => {
      const here = models.filter(({ hosts }) => hosts.includes(host));
      const kinds = new Set(here.map(({ kind }) => kind));
      for (const kind of ["text-to-image", "image-to-image", "edit", "upscale", "text-to-video", "image-to-video"]) assert.ok(kinds.has(kind), `${host} has no ${kind}`);
      await Promise.all(
        here.map(async (model) => {
          const begun = await person.credits();
          assert.ok(begun.available >= 0);
          const { status, body } = await order(model);
          if (status === 402) return assert.fail(`${model.id}: no credits left`);
          assert.equal(status, 202, `${model.id}: ${JSON.stringify(body)}`);
          const { generation } = await person.end(body.generation.id);
          assert.equal(generation.status, "succeeded", `${model.id}: ${JSON.stringify(generation.failure)}`);
          assert.equal(generation.charged, generation.price, model.id);
          assert.equal((await row(generation.id)).host, host);
          const [output] = generation.outputs;
          const film = model.kind.endsWith("video");
          assert.equal(output.mediaType.startsWith(film ? "video/mp4" : "image/"), true, `${model.id}: ${output.mediaType}`);
          const file = await fetch(stack.url + output.url);
          assert.deepEqual([file.status, Number(file.headers.get("content-length"))], [200, output.bytes], model.id);
          assert.ok(output.width > 0 && output.height > 0);
          const slots = model.inputs.filter(({ type }) => type === "images").map(({ name }) => name);
          assert.deepEqual([...new Set(generation.sources.map(({ input }) => input))].sort(), slots.sort(), model.id);
        }),
      );
      await auditMoney(stack);
    });
  });
}

describe("from pictures", () => {
  before(() => stack.reload({}));

  test("no larger than what comes out can be kept", async () => {
    const photo = await bring(randomPng(4000, 3000, 1));
    const upscaler = models.find(({ kind }) => kind === "upscale");
    const [slot] = upscaler.inputs.filter(({ type }) => type === "images");
    assert.deepEqual([slot.maxPixels, slot.maxSide, slot.scaledBy], [100_000_000, 16_384, "scale"]);
    for (const model of models) for (const input of model.inputs) if (input.type === "images") assert.ok(input.maxPixels > 0 && input.maxSide > 0, model.id);
    const before = await person.credits();
    const order = (more) => person.post("/api/generations", { model: upscaler.id, image: photo, ...more });
    for (const scale of [3, 4]) {
      const { result, trips } = await stack.proxy.count(() => order({ scale }));
      assert.deepEqual([result.status, result.body.code, result.body.field, trips], [400, "invalid_input", "image", 1], JSON.stringify(result.body));
      assert.match(result.body.detail, /4000 × 3000/);
    }
    const keyed = await person.post("/api/generations", { model: upscaler.id, image: photo, scale: 4 }, { headers: { "idempotency-key": "too-large" } });
    assert.match(keyed.body.detail, /4000 × 3000/);
    assert.deepEqual(await person.credits(), before, "nothing is held");
    const missing = await order({ image: "0".repeat(26), scale: 3 });
    assert.match(missing.body.detail, /a picture of yours that is there/);
    const { status, body } = await order({ scale: 2, outputFormat: "jpg" });
    assert.equal(status, 202, JSON.stringify(body));
    const { generation } = await person.end(body.generation.id);
    assert.equal(generation.status, "succeeded", JSON.stringify(generation.failure));
  });

  test("an order is one request to the database, and the host gets an address of ours that ends", async () => {
    const kontext = models.find(({ id }) => id === "flux-kontext-pro");
    const { result, trips } = await stack.proxy.count(() => order(kontext, { image: pictures.made }));
    assert.deepEqual([result.status, trips], [202, 1], JSON.stringify(result.body));
    const { generation } = await person.end(result.body.generation.id);
    assert.deepEqual(generation.sources.map(({ input, parent }) => [input, parent]), [["image", pictures.made]]);
    assert.deepEqual(Buffer.from(await (await fetch(stack.url + generation.sources[0].url)).arrayBuffer()), pictures.bytes);
    const sent = (await traffic(stack)).filter(({ body }) => body.includes("input_image")).at(-1);
    const address = JSON.parse(sent.body).input.input_image;
    assert.ok(address.startsWith(`${stack.url}/media/`), address);
    const left = Number(new URL(address).searchParams.get("exp")) - Date.now() / 1000;
    assert.ok(left > 0 && left <= 2 * 3600, `${left}`);
    assert.ok(!sent.body.includes(person.user.id) && !sent.body.includes(person.email));
  });

  test("an upscaled picture is larger, a cut-out has nothing behind it, and both are of their source", async () => {
    const upscale = models.find(({ kind }) => kind === "upscale");
    const { body } = await order(upscale, { scale: 3 });
    const large = (await person.end(body.generation.id)).generation.outputs[0];
    const small = (await person.get(`/api/generations/${pictures.made.slice(0, -2)}`)).body.generation.outputs[0];
    assert.deepEqual([large.width, large.height], [small.width * 3, small.height * 3]);
    const cut = await order(models.find(({ kind }) => kind === "remove-background"));
    const alone = (await person.end(cut.body.generation.id)).generation.outputs[0];
    assert.deepEqual([alone.mediaType, alone.width, alone.height], ["image/png", small.width, small.height]);
  });

  test("films are priced by the second, and shown in parts", async () => {
    const film = models.find(({ kind }) => kind === "text-to-video");
    const quote = await person.post("/api/quotes", { model: film.id, duration: 2 });
    assert.equal(quote.body.price, 2 * film.credits);
    const somebody = await new Client(stack).signUp();
    const { body } = await somebody.post("/api/generations", { model: film.id, prompt: "waves", duration: 2, quote: quote.body.quote });
    const { generation, credits } = await somebody.end(body.generation.id);
    assert.deepEqual([generation.status, generation.charged, balance(credits)], ["succeeded", 2 * film.credits, { available: 50 - 2 * film.credits, held: 0 }]);
    const part = await fetch(stack.url + generation.outputs[0].url, { headers: { range: "bytes=0-99" } });
    assert.deepEqual([part.status, part.headers.get("content-type"), (await part.arrayBuffer()).byteLength], [206, "video/mp4", 100]);
    const day = await ask(stack, `SELECT "cost", "outputs" FROM model_day WHERE "model" = '${film.id}'`);
    assert.ok(day[0].cost >= 2 * 60_000, JSON.stringify(day));
    const { cost } = await row(generation.id);
    assert.ok(cost >= 2 * 60_000 && cost <= day[0].cost, `${cost} of ${day[0].cost}`);
    const longer = await somebody.post("/api/generations", { model: film.id, prompt: "waves", duration: 3, quote: quote.body.quote });
    assert.equal(longer.body.code, "quote_refused", "a quote is for its seconds");
  });

  test("what is not there, or not one's own, is refused by the input's name, and nothing is held", async () => {
    const other = await new Client(stack).signUp();
    const kontext = models.find(({ id }) => id === "flux-kontext-pro");
    const unused = (await person.post("/api/uploads", {})).body.id;
    const blend = models.find(({ id }) => id === "nano-banana-blend");
    const inpaint = models.find(({ id }) => id === "ideogram-v3-inpaint");
    const before = await person.credits();
    for (const [who, model, inputs, field] of [
      [other, kontext, { image: pictures.brought }, "image"],
      [other, kontext, { image: pictures.made }, "image"],
      [person, kontext, { image: unused }, "image"],
      [person, kontext, { image: "0".repeat(26) }, "image"],
      [person, kontext, { image: pictures.made.replace(/0$/, "3") }, "image"],
      [person, blend, { images: [pictures.brought, unused] }, "images"],
      [person, inpaint, { image: pictures.brought, mask: unused }, "mask"],
      [person, inpaint, { image: unused, mask: pictures.brought }, "image"],
      [person, kontext, { image: "http://169.254.169.254/latest" }, "image"],
      [person, kontext, {}, "image"],
    ]) {
      const { status, body } = await who.post("/api/generations", { model: model.id, prompt: "x", ...inputs });
      assert.deepEqual([status, body.code, body.field], [400, "invalid_input", field], JSON.stringify([model.id, inputs, body]));
    }
    assert.deepEqual(await person.credits(), before);
    const upscale = models.find(({ kind }) => kind === "upscale");
    const worded = await person.post("/api/generations", { model: upscale.id, prompt: "larger", image: pictures.brought });
    assert.deepEqual([worded.status, worded.body.field], [400, "prompt"]);
    await auditMoney(stack);
  });

  test("a picture in use stays, and goes when nothing uses it; what was made of a deleted one stays", async () => {
    const id = await bring(pictures.bytes);
    const kontext = models.find(({ id }) => id === "flux-kontext-pro");
    const { body } = await order(kontext, { image: id });
    await person.end(body.generation.id);
    await ask(stack, `UPDATE upload SET "createdAt" = "createdAt" - ${48 * 3600_000} WHERE "id" = '${id}'`);
    await stack.runCron();
    assert.equal((await ask(stack, `SELECT "id" FROM upload WHERE "id" = '${id}'`)).length, 1, "it is in use");
    assert.equal((await person.delete(`/api/uploads/${id}`)).status, 204);
    const { generation } = (await person.get(`/api/generations/${body.generation.id}`)).body;
    assert.deepEqual([generation.status, generation.sources[0].url], ["succeeded", null]);
    assert.equal((await person.delete(`/api/generations/${generation.id}`)).status, 204);
    assert.deepEqual(await ask(stack, `SELECT "n" FROM generation_source WHERE "generationId" = '${generation.id}'`), []);
  });
});
