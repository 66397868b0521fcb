// The sandbox's OpenAI, judged by the vendor's own client: npm's `openai`, unmodified.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import OpenAI, { toFile } from "openai";

const BINARY = process.env.ATELIER_SANDBOX_BIN ?? fileURLToPath(new URL("../../target/debug/atelier-sandbox", import.meta.url));
const KEY = "sk-test";
const MODEL = "gpt-image-2";
// A service that only speaks like the vendor: it answers with addresses.
const OTHER = "sandbox-image";
const SLOWEST_MS = 20_000;

let sandbox;
let origin;
let openai;

const client = (options = {}) => new OpenAI({ apiKey: KEY, baseURL: `${origin}/openai/v1`, maxRetries: 0, ...options });
const control = (path, body = {}) => fetch(`${origin}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
const audit = async () => (await (await fetch(`${origin}/sandbox/openai/requests`)).json()).requests;
const generate = (prompt, more = {}) => openai.images.generate({ model: MODEL, prompt, ...more });
const bytes = (image) => Buffer.from(image.b64_json, "base64");
const file = (data, type = "image/png", name = "a picture.png") => toFile(data, name, { type });

/** A PNG of 8-bit RGBA. */
function png(width, height, pixel) {
  const rows = Buffer.alloc((width * 4 + 1) * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) rows.set(pixel(x, y), y * (width * 4 + 1) + 1 + x * 4);
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

const size = (picture) => [picture.readUInt32BE(16), picture.readUInt32BE(20)];

describe("npm's openai against the sandbox", { timeout: SLOWEST_MS * 10 }, () => {
  before(async () => {
    sandbox = spawn(BINARY, ["--listen", "127.0.0.1:0", "--openai-key", KEY, "--speed", "1000", "--pictures", "small"], { stdio: ["ignore", "pipe", "pipe"] });
    sandbox.stderr.pipe(process.stderr);
    const [line] = await once(createInterface({ input: sandbox.stdout }), "line");
    origin = JSON.parse(line).url;
    openai = client();
  });

  after(async () => {
    sandbox.kill("SIGTERM");
    const [code] = await once(sandbox, "exit");
    assert.equal(code, 0);
  });

  test("models, in a list and one by one", async () => {
    const models = await Array.fromAsync(openai.models.list());
    assert.ok(models.some(({ id }) => id === MODEL) && !models.some(({ id }) => id === "dall-e-3"));
    assert.equal((await openai.models.retrieve(MODEL)).object, "model");
  });

  test("pictures in base64, with their usage", async () => {
    const answer = await generate("a lake", { n: 2, size: "1536x1024", quality: "low", output_format: "jpeg", output_compression: 60, user: "somebody" });
    assert.deepEqual([answer.size, answer.quality, answer.output_format, answer.background], ["1536x1024", "low", "jpeg", "opaque"]);
    const pictures = answer.data.map(bytes);
    assert.equal(pictures.length, 2);
    assert.notDeepEqual(pictures[0], pictures[1]);
    for (const picture of pictures) assert.deepEqual([...picture.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    const { usage } = answer;
    assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
    assert.ok(Math.abs(answer.created - Date.now() / 1_000) < 60);
    const clear = await generate("a boat", { background: "transparent" });
    assert.equal(clear.background, "transparent");
    // The colour type of a PNG: with transparency.
    assert.equal(bytes(clear.data[0])[25], 6);
  });

  test("addresses, of a service that answers with them", async () => {
    const { data } = await openai.images.generate({ model: OTHER, prompt: "a lake", size: "512x256" });
    assert.ok(data[0].url.startsWith(`${origin}/openai/media/`) && !("b64_json" in data[0]));
    const picture = await fetch(data[0].url);
    assert.equal(picture.headers.get("content-type"), "image/png");
    assert.deepEqual(size(Buffer.from(await picture.arrayBuffer())), [64, 32]);
    const inside = await openai.images.generate({ model: OTHER, prompt: "a lake", response_format: "b64_json" });
    assert.ok(bytes(inside.data[0]).length > 0);
    await control("clock", { advanceMs: 3_600_000 });
    assert.equal((await fetch(data[0].url)).status, 404);
  });

  test("edits: one picture, several, and a mask", async () => {
    const red = png(60, 40, () => [200, 30, 20, 255]);
    const blue = png(60, 40, () => [20, 30, 200, 255]);
    const mask = png(60, 40, (x) => [0, 0, 0, x < 30 ? 0 : 255]);
    const edit = async (image, more = {}) => (await openai.images.edit({ model: MODEL, prompt: "a green forest", image, ...more })).data[0].b64_json;
    const one = await edit(await file(red));
    const both = await edit([await file(red), await file(blue)]);
    assert.ok(one !== both && one !== (await edit(await file(blue))));
    assert.deepEqual(size(Buffer.from(one, "base64")), [64, 42]);
    assert.notEqual(await edit(await file(red), { mask: await file(mask) }), one);
    const { data, usage } = await openai.images.edit({ model: MODEL, prompt: "x", image: [await file(red)], n: 2, size: "1024x1024", quality: "high" });
    assert.equal(data.length, 2);
    assert.ok(usage.input_tokens_details.image_tokens > 0);
    const entry = (await audit()).at(-1);
    assert.deepEqual([entry.deed, entry.model, entry.status, entry.files, entry.billed], ["edits", MODEL, 200, 2, true]);
  });

  test("what is wrong with an edit", async () => {
    const red = png(60, 40, () => [200, 30, 20, 255]);
    const refused = (code, param) => (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
      assert.deepEqual([error.status, error.code, error.param], [400, code, param]);
      return true;
    };
    const edit = async (image, more = {}) => openai.images.edit({ model: MODEL, prompt: "x", image, ...more });
    await assert.rejects(edit(await file(red, "application/octet-stream")), refused("unsupported_file_mimetype", "image"));
    await assert.rejects(edit([await file(red), await file(red, "image/gif")]), refused("unsupported_file_mimetype", "image[1]"));
    await assert.rejects(edit(await file(Buffer.from("<html>"))), refused("invalid_image_file", null));
    await assert.rejects(edit(await file(red), { mask: await file(png(40, 60, () => [0, 0, 0, 0])) }), refused("invalid_mask_image_format", null));
    await assert.rejects(edit(await file(red), { mask: await file(red) }), refused("invalid_mask_image_format", null));
    await assert.rejects(edit(await file(red), { input_fidelity: "high" }), refused("invalid_input_fidelity_model", "input_fidelity"));
  });

  test("errors are the vendor's", async () => {
    const fails = (kind, fields) => (error) => {
      assert.ok(error instanceof kind, `${error}`);
      for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value, name);
      assert.match(error.requestID, /^req_/);
      return true;
    };
    const bad = OpenAI.BadRequestError;
    await assert.rejects(client({ apiKey: "sk-other" }).models.list(), fails(OpenAI.AuthenticationError, { status: 401, code: "invalid_api_key" }));
    await assert.rejects(generate("x", { response_format: "url" }), fails(bad, { code: "unknown_parameter", param: "response_format" }));
    await assert.rejects(generate("x", { model: "dall-e-3" }), fails(bad, { code: "invalid_value", param: "model", type: "image_generation_user_error" }));
    await assert.rejects(generate("x", { size: "1000x1000" }), fails(bad, { code: "invalid_value", param: "size" }));
    await assert.rejects(generate("x", { n: 11 }), fails(bad, { code: "integer_above_max_value", param: "n" }));
    await assert.rejects(generate("nsfw"), (error) => {
      assert.equal(error.error.moderation_details.moderation_stage, "output");
      return fails(bad, { code: "moderation_blocked", type: "image_generation_user_error", param: null })(error);
    });
    await assert.rejects(generate("payment"), fails(bad, { code: "billing_hard_limit_reached" }));
    await assert.rejects(generate("refused"), fails(bad, { param: "prompt" }));
    await assert.rejects(generate("throttled"), (error) => {
      assert.equal(error.headers.get("retry-after"), "2");
      return fails(OpenAI.RateLimitError, { status: 429, code: "rate_limit_exceeded" })(error);
    });
    await assert.rejects(generate("fail"), fails(OpenAI.InternalServerError, { status: 500, type: "server_error" }));
    await assert.rejects(generate("broken host"), fails(OpenAI.InternalServerError, { status: 500, code: undefined }));
    const audited = (await audit()).slice(-9);
    assert.ok(audited.every(({ billed, files, status }) => !billed && files === 0 && status >= 400));
  });

  test("who tries again has asked again", async () => {
    const before = (await audit()).length;
    await assert.rejects(client({ maxRetries: 2 }).images.generate({ model: MODEL, prompt: "fail" }), { status: 500 });
    assert.equal((await audit()).length, before + 3);
  });

  test("late and lost answers are paid for", async () => {
    await assert.rejects(generate("lost answer"), OpenAI.APIConnectionError);
    await control("openai/outage", { mode: "slow", delayMs: 60_000 });
    await assert.rejects(client({ timeout: 200 }).images.generate({ model: MODEL, prompt: "a lake" }), OpenAI.APIConnectionTimeoutError);
    await control("openai/outage", { mode: "up" });
    assert.deepEqual((await audit()).slice(-2).map(({ status, billed }) => [status, billed]), [[200, true], [200, true]]);
    const began = performance.now();
    await generate("slow, long queue");
    assert.ok(performance.now() - began >= 45);
  });

  test("outages", async () => {
    for (const [mode, kind] of [["down", OpenAI.InternalServerError], ["throttled", OpenAI.RateLimitError], ["lost-answer", OpenAI.APIConnectionError]]) {
      assert.equal((await control("openai/outage", { mode })).status, 204);
      await assert.rejects(generate("a lake"), kind, mode);
    }
    assert.equal((await control("openai/outage", { mode: "odd" })).status, 422);
    await control("openai/outage", { mode: "up" });
    assert.equal((await generate("a lake")).data.length, 1);
  });

  test("answers that hold no picture, or travel badly", async () => {
    assert.deepEqual((await generate("no output")).data, []);
    assert.match(bytes((await generate("html output")).data[0]).toString(), /^<!doctype html>/);
    assert.match(bytes((await generate("svg output")).data[0]).toString(), /^<svg/);
    assert.equal((await generate("empty output")).data[0].b64_json, "");
    await assert.rejects(generate("truncated output"));
    const huge = await openai.images.generate({ model: MODEL, prompt: "huge output" }).asResponse();
    assert.ok(Number(huge.headers.get("content-length")) > 100_000_000);
    await huge.body.cancel();
    const fetched = async (prompt) => fetch((await openai.images.generate({ model: OTHER, prompt })).data[0].url, { redirect: "manual" });
    await assert.rejects((await fetched("truncated output")).arrayBuffer());
    assert.deepEqual([(await fetched("redirect output")).status, (await fetched("gone output")).status], [302, 404]);
    assert.equal((await fetched("no length")).headers.get("content-length"), null);
  });
});
