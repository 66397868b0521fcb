// The sandbox's fal.ai, judged by the vendor's own client: npm's `@fal-ai/client`, unmodified.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ApiError, ValidationError, createFalClient } from "@fal-ai/client";

const BINARY = process.env.ATELIER_SANDBOX_BIN ?? fileURLToPath(new URL("../../target/debug/atelier-sandbox", import.meta.url));
const KEY = "fal_test:secret";
const USER = "github|1234567";
const FLUX = "fal-ai/flux/dev";
const SLOWEST_MS = 20_000;
// The client knows its hosts by heart; its `requestMiddleware` option leads from them to this machine. (`proxyUrl` sends
// everything to one address with the true one in a header, which is no use here.)
const HOSTS = { "https://queue.fal.run": "queue", "https://fal.run": "run", "https://rest.fal.ai": "rest" };

let sandbox;
let origin;
let hooks;
let fal;

const local = (url) => {
  const { origin: host, pathname, search } = new URL(url);
  assert.ok(host in HOSTS, `the client asks ${host}`);
  return `${origin}/fal/${HOSTS[host]}${pathname}${search}`;
};
const client = (credentials = KEY) => createFalClient({ credentials, requestMiddleware: async (request) => ({ ...request, url: local(request.url) }) });
const control = async (path, body = {}) => (await fetch(`${origin}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) })).text();
const audit = async () => (await (await fetch(`${origin}/sandbox/fal/requests`)).json()).requests;
const jwks = async () => (await (await fetch(`${origin}/fal/rest/.well-known/jwks.json`)).json()).keys;
// What the client would try again for seconds is asked for without it.
const plain = (path, prompt) =>
  fetch(`${origin}/fal/queue/${path}`, { method: "POST", headers: { authorization: `Key ${KEY}` }, body: JSON.stringify({ prompt }) });
const subscribe = (model, input, options = {}) => fal.subscribe(model, { input, pollInterval: 20, ...options });

/** The verdict of the vendor's recipe: the message that was signed, with any of the published keys. */
function valid(hook, keys) {
  const header = (name) => hook.headers[`x-fal-webhook-${name}`];
  const digest = createHash("sha256").update(hook.body).digest("hex");
  const message = Buffer.from([header("request-id"), header("user-id"), header("timestamp"), digest].join("\n"));
  const signature = Buffer.from(header("signature"), "hex");
  return keys.some((jwk) => verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature));
}

/** A webhook receiver; `next(id)` resolves with the first request, past or future, about that id. */
async function receiver() {
  const received = [];
  const waiting = new Set();
  const answers = [];
  const server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const hook = { headers: request.headers, body: Buffer.concat(chunks).toString(), at: performance.now() };
    hook.event = JSON.parse(hook.body);
    received.push(hook);
    response.writeHead(answers.shift() ?? 200).end();
    for (const look of waiting) look();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const next = (id, skip = 0) =>
    new Promise((resolve) => {
      const look = () => {
        const found = received.filter(({ event }) => event.request_id === id)[skip];
        if (found) {
          waiting.delete(look);
          resolve(found);
        }
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${server.address().port}/hook?a=1&b=2`, next, received, answers, close: () => server.close() };
}

describe("npm's @fal-ai/client against the sandbox", { timeout: SLOWEST_MS * 10 }, () => {
  before(async () => {
    sandbox = spawn(BINARY, ["--listen", "127.0.0.1:0", "--fal-key", KEY, "--fal-user", USER, "--speed", "20", "--pictures", "small"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    sandbox.stderr.pipe(process.stderr);
    const [line] = await once(createInterface({ input: sandbox.stdout }), "line");
    origin = JSON.parse(line).url;
    hooks = await receiver();
    fal = client();
  });

  after(async () => {
    hooks.close();
    sandbox.kill("SIGTERM");
    const [code] = await once(sandbox, "exit");
    assert.equal(code, 0);
  });

  test("submit, status, result, one by one", async () => {
    const queued = await fal.queue.submit(FLUX, { input: { prompt: "a lake, slow", seed: 7 } });
    const { request_id: requestId } = queued;
    assert.deepEqual([queued.status, queued.queue_position], ["IN_QUEUE", 0]);
    assert.equal(queued.response_url, `${origin}/fal/queue/fal-ai/flux/requests/${requestId}`);
    await assert.rejects(fal.queue.result(FLUX, { requestId }), { name: "ApiError", status: 400 });
    const seen = [];
    await fal.queue.subscribeToStatus(FLUX, { requestId, logs: true, pollInterval: 20, onQueueUpdate: (update) => seen.push(update) });
    const states = [...new Set(seen.map(({ status }) => status))];
    assert.deepEqual(states.slice(-2), ["IN_PROGRESS", "COMPLETED"]);
    assert.equal(seen.at(-1).logs[0].message, "Using seed: 7");
    assert.ok(seen.at(-1).metrics.inference_time > 0.5);
    const { data, requestId: answered } = await fal.queue.result(FLUX, { requestId });
    assert.equal(answered, requestId);
    assert.deepEqual([data.seed, data.prompt, data.has_nsfw_concepts], [7, "a lake, slow", [false]]);
    const file = await fetch(data.images[0].url);
    assert.equal(file.headers.get("content-type"), data.images[0].content_type);
    assert.deepEqual([...Buffer.from(await file.arrayBuffer()).subarray(0, 3)], [0xff, 0xd8, 0xff]);
  });

  test("subscribe, by polling, by streaming, and a direct run", async () => {
    const { data } = await subscribe("fal-ai/nano-banana", { prompt: "the sea", num_images: 2, output_format: "webp" });
    assert.equal(data.images.length, 2);
    assert.match(data.images[0].url, /\/fal\/media\/files\/.+\.webp$/);
    const states = [];
    const streamed = await subscribe("fal-ai/recraft/v3/text-to-image", { prompt: "the sea" }, { mode: "streaming", onQueueUpdate: ({ status }) => states.push(status) });
    assert.equal(streamed.data.images.length, 1);
    assert.deepEqual(states, ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
    const direct = await fal.run("fal-ai/flux/schnell", { input: { prompt: "the sea", sync_mode: true, output_format: "png" } });
    assert.match(direct.data.images[0].url, /^data:image\/png;base64,/);
    assert.match(direct.requestId, /^[0-9a-f-]{36}$/);
  });

  test("videos: the file says that it is one, durations are strings", async () => {
    const { data } = await subscribe("fal-ai/bytedance/seedance/v1/pro/text-to-video", { prompt: "waves", duration: "5" });
    assert.equal(data.video.content_type, "video/mp4");
    const film = await fetch(data.video.url);
    assert.equal(film.headers.get("content-type"), "video/mp4");
    assert.equal(Buffer.from(await film.arrayBuffer()).toString("latin1", 4, 8), "ftyp");
    const number = subscribe("fal-ai/bytedance/seedance/v1/pro/text-to-video", { prompt: "waves", duration: 5 });
    await assert.rejects(number, (error) => error instanceof ValidationError && error.getFieldErrors("duration")[0].type === "literal_error");
  });

  test("uploads: by hand, inside an input, and in parts", async () => {
    const picture = await fetch((await subscribe(FLUX, { prompt: "a lake", output_format: "png" })).data.images[0].url);
    const bytes = await picture.arrayBuffer();
    const url = await fal.storage.upload(new File([bytes], "a lake.png", { type: "image/png" }), { lifecycle: { expiresIn: "1h" } });
    assert.ok(url.startsWith(`${origin}/fal/media/files/`));
    const kept = await fetch(url);
    assert.equal(kept.headers.get("content-type"), "image/png");
    assert.deepEqual(Buffer.from(await kept.arrayBuffer()), Buffer.from(bytes));
    const { data } = await subscribe("fal-ai/esrgan", { image_url: new Blob([bytes], { type: "image/png" }), scale: 2 });
    assert.equal(data.image.content_type, "image/png");
    const large = new Uint8Array(91 * 1_024 * 1_024).map((_, index) => index % 251);
    const whole = await fetch(await fal.storage.upload(new File([large], "large.bin")));
    assert.equal(whole.headers.get("content-length"), String(large.length));
    assert.deepEqual(createHash("sha256").update(Buffer.from(await whole.arrayBuffer())).digest("hex"), createHash("sha256").update(large).digest("hex"));
    await control("clock", { advanceMs: 3_600_000 });
    assert.equal((await fetch(url)).status, 404);
    await assert.rejects(subscribe("fal-ai/esrgan", { image_url: url }), (error) => error.body.detail[0].type === "file_download_error");
  });

  test("pictures elsewhere are fetched and used", async () => {
    const made = async (prompt) => (await subscribe(FLUX, { prompt, output_format: "png" })).data.images[0].url;
    const [sea, city] = [await made("the sea"), await made("a city at night")];
    const server = createServer(async (request, response) => {
      const source = { "/sea": sea, "/city": city }[request.url];
      if (!source) return response.writeHead(404).end();
      response.writeHead(200, { "content-type": "image/png" }).end(Buffer.from(await (await fetch(source)).arrayBuffer()));
    });
    server.listen(0, "127.0.0.1").unref();
    await once(server, "listening");
    const elsewhere = `http://127.0.0.1:${server.address().port}`;
    const file = async (model, input) => {
      const { data } = await subscribe(model, input);
      const { url } = data.image ?? data.video ?? data.images[0];
      return Buffer.from(await (await fetch(url)).arrayBuffer()).toString("base64");
    };
    for (const [model, input] of [
      ["fal-ai/flux-pro/kontext", { prompt: "red", seed: 1 }],
      ["fal-ai/birefnet/v2", {}],
      ["fal-ai/kling-video/v2.5-turbo/pro/image-to-video", { prompt: "slow waves" }],
    ]) {
      const [one, other] = [await file(model, { ...input, image_url: `${elsewhere}/sea` }), await file(model, { ...input, image_url: `${elsewhere}/city` })];
      assert.ok(one.length > 100 && one !== other, model);
    }
    const missing = subscribe("fal-ai/nano-banana/edit", { prompt: "x", image_urls: [`${elsewhere}/sea`, `${elsewhere}/nothing`] });
    await assert.rejects(missing, (error) => {
      assert.deepEqual([error.fieldErrors[0].loc, error.fieldErrors[0].type], [["body", "image_urls", 1], "file_download_error"]);
      return error instanceof ValidationError;
    });
  });

  test("cancel: queued, running, ended, unknown", async () => {
    const submit = async (prompt) => (await fal.queue.submit(FLUX, { input: { prompt } })).request_id;
    const queued = await submit("long queue");
    await fal.queue.cancel(FLUX, { requestId: queued });
    await assert.rejects(fal.queue.result(FLUX, { requestId: queued }), { status: 499 });
    await assert.rejects(fal.queue.cancel(FLUX, { requestId: queued }), (error) => error.status === 400 && error.body.status === "ALREADY_COMPLETED");
    const running = await submit("forever");
    let status;
    do status = await fal.queue.status(FLUX, { requestId: running });
    while (status.status === "IN_QUEUE");
    await fal.queue.cancel(FLUX, { requestId: running });
    status = await fal.queue.subscribeToStatus(FLUX, { requestId: running, pollInterval: 20 });
    assert.equal(status.error_type, "client_cancelled");
    await assert.rejects(fal.queue.cancel(FLUX, { requestId: "nothing" }), (error) => error.status === 404 && error.body.status === "NOT_FOUND");
    const bills = (await audit()).filter(({ id }) => [queued, running].includes(id)).map(({ billed }) => billed);
    assert.deepEqual(bills, [false, false]);
  });

  test("webhooks are signed with a published key, before and after a rotation", async () => {
    const submit = async (prompt) => (await fal.queue.submit(FLUX, { input: { prompt }, webhookUrl: hooks.url })).request_id;
    const requestId = await submit("a lake");
    const hook = await hooks.next(requestId);
    const keys = await jwks();
    assert.equal(keys.length, 2);
    assert.ok(valid(hook, keys));
    assert.ok(!valid({ ...hook, body: `${hook.body} ` }, keys));
    assert.ok(!valid({ ...hook, headers: { ...hook.headers, "x-fal-webhook-user-id": "github|1" } }, keys));
    assert.equal(hook.headers["x-fal-webhook-request-id"], requestId);
    assert.equal(hook.headers["x-fal-webhook-user-id"], USER);
    assert.match(hook.headers["x-fal-webhook-signature"], /^[0-9a-f]{128}$/);
    assert.deepEqual(hook.event, { request_id: requestId, gateway_request_id: requestId, status: "OK", payload: (await fal.queue.result(FLUX, { requestId })).data });
    assert.deepEqual(JSON.parse(await control("fal/rotate")), { current: keys[1].kid, next: (await jwks())[1].kid });
    const rotated = await hooks.next(await submit("a lake"));
    assert.ok(valid(rotated, [keys[1]]) && valid(rotated, await jwks()) && !valid(rotated, [keys[0]]));
  });

  test("webhooks of failures, twice, early, late by the clock, tried again, muted", async () => {
    const submit = async (prompt) => (await fal.queue.submit(FLUX, { input: { prompt }, webhookUrl: hooks.url })).request_id;
    const refused = (await hooks.next(await submit("nsfw"))).event;
    assert.deepEqual([refused.status, refused.error, refused.payload.detail[0].type], ["ERROR", "Invalid status code: 422", "content_policy_violation"]);
    const twice = await submit("twice");
    assert.equal((await hooks.next(twice)).body, (await hooks.next(twice, 1)).body);
    const early = await submit("reorder");
    const answered = performance.now();
    assert.ok((await hooks.next(early)).at < answered);
    const late = await submit("late webhook");
    await fal.queue.subscribeToStatus(FLUX, { requestId: late, pollInterval: 20 });
    assert.equal(hooks.received.filter(({ event }) => event.request_id === late).length, 0);
    await control("clock", { advanceMs: 120_000 });
    await hooks.next(late);
    hooks.answers.push(503);
    const again = await submit("a lake");
    const first = await hooks.next(again);
    const clock = async () => (await fetch(`${origin}/sandbox/clock`, { method: "POST", body: '{"advanceMs":7000}' })).ok;
    // The receiver has answered; the sandbox may not have heard it yet, so the clock moves until the next attempt is due.
    const second = hooks.next(again, 1);
    let done = false;
    second.then(() => (done = true));
    while (!done) assert.ok(await clock());
    assert.deepEqual((await second).event, first.event);
    assert.ok(valid(await second, await jwks()));
    assert.ok(Number((await second).headers["x-fal-webhook-timestamp"]) > Number(first.headers["x-fal-webhook-timestamp"]));
    await control("fal/outage", { mode: "mute-webhooks" });
    const muted = await submit("a lake");
    await fal.queue.subscribeToStatus(FLUX, { requestId: muted, pollInterval: 20 });
    await control("fal/outage", { mode: "deliver-webhooks" });
    await hooks.next(await submit("a lake"));
    assert.equal(hooks.received.filter(({ event }) => event.request_id === muted).length, 0);
  });

  test("errors are the vendor's", async () => {
    const status = (wanted) => (error) => error instanceof ApiError && error.status === wanted;
    await assert.rejects(client("fal_test:other").queue.submit(FLUX, { input: { prompt: "x" } }), status(401));
    await assert.rejects(fal.queue.submit("fal-ai/no-such-app", { input: { prompt: "x" } }), status(404));
    await assert.rejects(fal.queue.submit(FLUX, { input: { prompt: "payment" } }), (error) => /Exhausted balance/.test(error.body.detail) && status(403)(error));
    await assert.rejects(fal.queue.submit(FLUX, { input: { prompt: "broken host" } }), status(500));
    await assert.rejects(subscribe(FLUX, { prompt: "fail" }), (error) => error.body.error_type === "runner_server_error" && status(500)(error));
    await assert.rejects(subscribe(FLUX, { prompt: "nsfw" }), (error) => error instanceof ValidationError && error.fieldErrors[0].type === "content_policy_violation");
    await assert.rejects(fal.run(FLUX, { input: { prompt: 7, num_images: 9 } }), (error) => error instanceof ValidationError && error.fieldErrors.length === 2);
    const late = subscribe(FLUX, { prompt: "long queue" }, { startTimeout: 1.2 });
    await assert.rejects(late, (error) => error.isUserTimeout && error.requestId.length === 36);
    const throttled = await plain(FLUX, "throttled");
    assert.deepEqual([throttled.status, throttled.headers.get("retry-after")], [429, "2"]);
    await control("fal/outage", { mode: "down" });
    assert.equal((await plain(FLUX, "x")).status, 503);
    await control("fal/outage", { mode: "up" });
  });

  test("a lost answer drops the connection after the effect", async () => {
    const before = (await audit()).length;
    await assert.rejects(plain(FLUX, "lost answer"), { name: "TypeError" });
    const after = await audit();
    assert.equal(after.length, before + 1);
    assert.equal(after.at(-1).model, FLUX);
  });

  test("files that travel badly", async () => {
    const file = async (prompt) => fetch((await subscribe(FLUX, { prompt })).data.images[0].url, { redirect: "manual" });
    await assert.rejects((await file("truncated output")).arrayBuffer());
    const huge = await file("huge output");
    assert.ok(Number(huge.headers.get("content-length")) > 100_000_000);
    await huge.body.cancel();
    const unmeasured = await file("no length");
    assert.equal(unmeasured.headers.get("content-length"), null);
    assert.ok((await unmeasured.arrayBuffer()).byteLength > 0);
    assert.equal((await file("redirect output")).status, 302);
    assert.equal((await file("gone output")).status, 404);
  });

  test("the auditor sees what is billed; files and results are gone in time", async () => {
    const { data, requestId } = await subscribe(FLUX, { prompt: "a lake", num_images: 2 });
    const entry = (await audit()).find(({ id }) => id === requestId);
    assert.deepEqual([entry.status, entry.result, entry.files, entry.billed, entry.webhook], ["COMPLETED", 200, 2, true, null]);
    await control("clock", { advanceMs: 7 * 86_400_000 });
    assert.equal((await fetch(data.images[0].url)).status, 404);
    assert.deepEqual((await fal.queue.result(FLUX, { requestId })).data, data);
    await control("clock", { advanceMs: 24 * 86_400_000 });
    await assert.rejects(fal.queue.result(FLUX, { requestId }), { status: 404 });
    assert.equal((await audit()).find(({ id }) => id === requestId).dataRemoved, true);
  });
});
