// The sandbox, judged by the vendor's own client: npm's `replicate`, unmodified.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import Replicate, { validateWebhook } from "replicate";

const BINARY = process.env.ATELIER_SANDBOX_BIN ?? fileURLToPath(new URL("../../target/debug/atelier-sandbox", import.meta.url));
const SECRET = "whsec_fxSqD+VWlRfTuuV6Sy3L7RWmNfg4L2Qz";
// The client turns addresses into files only when they are https, as the vendor's are. So the sandbox is told such an
// origin, and the client's `fetch` option leads from there to this machine.
const PUBLIC = "https://sandbox.invalid";
const FLUX = "black-forest-labs/flux-schnell";
const SLOWEST_MS = 20_000;

let sandbox;
let origin;
let hooks;
let replicate;

const local = (input) => String(input).replace(PUBLIC, origin);
const client = (auth = "r8_token") => new Replicate({ auth, baseUrl: `${PUBLIC}/replicate/v1`, fetch: (url, init) => fetch(local(url), init) });
const control = (path, body) => fetch(`${origin}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
const start = (listen) =>
  spawn(BINARY, ["--listen", listen, "--public-url", PUBLIC, "--replicate-token", "r8_token", "--replicate-webhook-secret", SECRET, "--speed", "8", "--pictures", "small"], {
    stdio: ["ignore", "pipe", "pipe"],
  });

/** A webhook receiver; `next(fits)` resolves with the first request, past or future, that fits. */
async function receiver() {
  const received = [];
  const waiting = new Set();
  /** Prompts whose next message is not taken. */
  const refusals = new Set();
  const server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const hook = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    hook.prediction = JSON.parse(hook.body);
    received.push(hook);
    response.writeHead(refusals.delete(hook.prediction.input?.prompt) ? 500 : 200).end();
    for (const look of waiting) look();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const next = (fits, skip = 0) =>
    new Promise((resolve) => {
      const look = () => {
        const found = received.filter(fits)[skip];
        if (found) {
          waiting.delete(look);
          resolve(found);
        }
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${server.address().port}/hook`, next, received, refusals, close: () => server.close() };
}

describe("npm's replicate against the sandbox", { timeout: SLOWEST_MS * 10 }, () => {
  before(async () => {
    sandbox = start("127.0.0.1:0");
    sandbox.stderr.pipe(process.stderr);
    const [line] = await once(createInterface({ input: sandbox.stdout }), "line");
    const ready = JSON.parse(line);
    assert.equal(ready.url, PUBLIC);
    origin = `http://${ready.listen}`;
    hooks = await receiver();
    replicate = client();
  });

  after(async () => {
    hooks.close();
    sandbox.kill("SIGTERM");
    const [code] = await once(sandbox, "exit");
    assert.equal(code, 0);
  });

  test("create, get and wait", async () => {
    const created = await replicate.predictions.create({ model: FLUX, input: { prompt: "a lake" } });
    assert.equal(created.status, "starting");
    const done = await replicate.wait(created, { interval: 20 });
    assert.equal(done.status, "succeeded");
    assert.deepEqual(await replicate.predictions.get(created.id), done);
    assert.match(done.output[0], /^https:\/\/sandbox\.invalid\/replicate\/delivery\/.+\.webp$/);
  });

  test("versions in a create", async () => {
    const model = await replicate.models.get("black-forest-labs", "flux-schnell");
    const { id } = model.latest_version;
    const created = await replicate.predictions.create({ version: id, input: { prompt: "a lake" } });
    assert.equal(created.version, id);
    assert.equal((await replicate.models.versions.get("black-forest-labs", "flux-schnell", id)).id, id);
    assert.deepEqual(model.latest_version.openapi_schema.components.schemas.Input.required, ["prompt"]);
    const deployed = await replicate.deployments.predictions.create("atelier", "flux-schnell", { input: { prompt: "a lake" } });
    assert.equal(deployed.deployment, "atelier/flux-schnell");
  });

  test("run returns files that download", async () => {
    const files = await replicate.run(FLUX, { input: { prompt: "the sea at sunset", num_outputs: 2, output_format: "png" } });
    assert.equal(files.length, 2);
    const blob = await files[0].blob();
    assert.equal(blob.type, "image/png");
    const bytes = Buffer.from(await blob.arrayBuffer());
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    const single = await replicate.run("ideogram-ai/ideogram-v3-turbo", { input: { prompt: "the sea" }, wait: { mode: "poll", interval: 20 } });
    assert.match(single.url().href, /output\.png$/);
  });

  test("run reports a failure", async () => {
    await assert.rejects(replicate.run(FLUX, { input: { prompt: "nsfw" } }), /Prediction failed: NSFW content detected/);
  });

  test("a hold that expires answers unfinished, one that does not answers the end", async () => {
    const slow = await replicate.predictions.create({ model: FLUX, input: { prompt: "forever" }, wait: 1 });
    assert.equal(slow.status, "processing");
    assert.equal((await replicate.predictions.cancel(slow.id)).status, "canceled");
    const quick = await replicate.predictions.create({ model: FLUX, input: { prompt: "a lake" }, wait: true });
    assert.equal(quick.status, "succeeded");
  });

  test("list, page by page", async () => {
    const created = [];
    for (let count = 0; count < 101; count += 1) created.unshift((await replicate.predictions.create({ model: FLUX, input: { prompt: "x" } })).id);
    const seen = [];
    for await (const page of replicate.paginate(replicate.predictions.list)) seen.push(...page.map(({ id }) => id));
    assert.deepEqual(seen.slice(0, 101), created);
    assert.equal(new Set(seen).size, seen.length);
  });

  test("files: create, get, list, delete", async () => {
    const file = await replicate.files.create(new File(["hello"], "hello.txt", { type: "text/plain" }), { from: "test" });
    assert.equal(file.size, 5);
    assert.equal(file.checksums.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert.deepEqual(file.metadata, { from: "test" });
    assert.deepEqual(await replicate.files.get(file.id), file);
    assert.ok((await replicate.files.list()).results.some(({ id }) => id === file.id));
    assert.equal(await replicate.files.delete(file.id), true);
    await assert.rejects(replicate.files.get(file.id), (error) => error.response.status === 404);
    // The client uploads files that stand in an input by itself.
    const prediction = await replicate.predictions.create({ model: "black-forest-labs/flux-dev", input: { prompt: "x", image: Buffer.from("x") } });
    assert.match(prediction.input.image, /\/replicate\/v1\/files\//);
  });

  test("pictures that the client uploads are upscaled, edited, cut out and filmed", async () => {
    const poll = { mode: "poll", interval: 20 };
    const bytes = async (file) => Buffer.from(await (await file.blob()).arrayBuffer());
    const [drawn] = await replicate.run(FLUX, { input: { prompt: "the sea", output_format: "png" } });
    const image = await bytes(drawn);
    const size = (picture) => [picture.readUInt32BE(16), picture.readUInt32BE(20)];
    const version = async (owner, name) => `${owner}/${name}:${(await replicate.models.get(owner, name)).latest_version.id}`;
    const large = await bytes(await replicate.run(await version("nightmareai", "real-esrgan"), { input: { image, scale: 2 }, wait: poll }));
    assert.deepEqual(size(large), size(image).map((side) => side * 2));
    const cut = await bytes(await replicate.run(await version("851-labs", "background-remover"), { input: { image }, wait: poll }));
    // The colour type of a PNG: with transparency.
    assert.deepEqual([cut[25], ...size(cut)], [6, ...size(image)]);
    const edited = await bytes(await replicate.run("black-forest-labs/flux-kontext-pro", { input: { prompt: "red", input_image: image }, wait: poll }));
    assert.deepEqual(size(edited), size(image));
    assert.notDeepEqual(edited, image);
    const film = await replicate.run("kwaivgi/kling-v2.1", { input: { prompt: "slow waves", start_image: image }, wait: poll });
    assert.match(film.url().href, /output\.mp4$/);
    assert.equal((await bytes(film)).toString("latin1", 4, 8), "ftyp");
    const nothing = await replicate.predictions.create({ model: "black-forest-labs/flux-dev", input: { prompt: "x", image: Buffer.from("x") } });
    await assert.rejects(replicate.wait(nothing, { interval: 20 }), { message: "Prediction failed: cannot identify image file '/tmp/image'" });
  });

  test("webhooks are valid, tried again under the same id, and say what the API says", async () => {
    const { key } = await replicate.webhooks.default.secret.get();
    assert.equal(key, SECRET);
    const filter = ["start", "completed"];
    hooks.refusals.add("a lake in the hills");
    const { id } = await replicate.predictions.create({ model: FLUX, input: { prompt: "a lake in the hills" }, webhook: hooks.url, webhook_events_filter: filter });
    const start = await hooks.next(({ prediction }) => prediction.id === id && prediction.status === "processing");
    const again = await hooks.next(({ prediction }) => prediction.id === id && prediction.status === "processing", 1);
    assert.equal(again.headers["webhook-id"], start.headers["webhook-id"]);
    const completed = await hooks.next(({ prediction }) => prediction.id === id && prediction.status === "succeeded");
    for (const { headers, body } of [start, again, completed]) {
      assert.equal(await validateWebhook({ headers, body }, key), true);
      assert.equal(await validateWebhook({ headers, body: `${body} ` }, key), false);
    }
    assert.deepEqual(completed.prediction, await replicate.predictions.get(id));
  });

  test("webhooks: twice, late by the clock, and muted", async () => {
    const create = async (prompt) => (await replicate.predictions.create({ model: FLUX, input: { prompt }, webhook: hooks.url, webhook_events_filter: ["completed"], wait: true })).id;
    const [twice, late] = [await create("twice"), await create("late webhook")];
    const of = (id) => (hook) => hook.prediction.id === id;
    assert.notEqual((await hooks.next(of(twice))).headers["webhook-id"], (await hooks.next(of(twice), 1)).headers["webhook-id"]);
    assert.equal(hooks.received.filter(of(late)).length, 0);
    await control("clock", { advanceMs: 120_000 });
    await hooks.next(of(late));
    await control("replicate/outage", { mode: "mute-webhooks" });
    const muted = await create("a lake");
    await control("replicate/outage", { mode: "deliver-webhooks" });
    await hooks.next(of(await create("a lake")));
    assert.equal(hooks.received.filter(of(muted)).length, 0);
  });

  test("errors are the vendor's", async () => {
    const create = (input, options = {}) => replicate.predictions.create({ model: FLUX, input, ...options });
    const status = (wanted) => (error) => error.name === "ApiError" && error.response.status === wanted;
    await assert.rejects(client("r8_other").accounts.current(), status(401));
    assert.equal((await replicate.accounts.current()).type, "organization");
    await assert.rejects(replicate.predictions.get("nothing"), status(404));
    await assert.rejects(create({ prompt: "x", num_outputs: 9 }), /input\.num_outputs: Must be less than or equal to 4/);
    await assert.rejects(create({ prompt: "x" }, { model: undefined, version: "0".repeat(64) }), /Invalid version or not permitted/);
    await assert.rejects(create({ prompt: "payment" }), status(402));
    await assert.rejects(create({ prompt: "throttled" }), status(429));
    await assert.rejects(create({ prompt: "broken host" }), status(500));
    await control("replicate/outage", { mode: "down" });
    await assert.rejects(create({ prompt: "x" }), status(503));
    await control("replicate/outage", { mode: "up" });
  });

  test("a lost answer drops the connection after the effect", async () => {
    await assert.rejects(replicate.predictions.create({ model: FLUX, input: { prompt: "lost answer" } }), { name: "TypeError" });
    const { results } = await replicate.predictions.list();
    assert.equal(results[0].input.prompt, "lost answer");
  });

  test("files that travel badly", async () => {
    const file = async (prompt) => {
      const { output } = await replicate.predictions.create({ model: FLUX, input: { prompt }, wait: true });
      return fetch(local(output[0]), { redirect: "manual" });
    };
    await assert.rejects((await file("truncated output")).arrayBuffer());
    const huge = await file("huge output");
    assert.ok(Number(huge.headers.get("content-length")) > 100_000_000);
    await huge.body.cancel();
    const unmeasured = await file("no length");
    assert.equal(unmeasured.headers.get("content-length"), null);
    assert.ok((await unmeasured.arrayBuffer()).byteLength > 0);
    assert.equal((await file("redirect output")).status, 302);
  });

  test("data is gone after an hour", async () => {
    const { id, output } = await replicate.predictions.create({ model: FLUX, input: { prompt: "a lake" }, wait: true });
    await control("clock", { advanceMs: 3_600_000 });
    const removed = await replicate.predictions.get(id);
    assert.equal(removed.data_removed, true);
    assert.equal(removed.output, null);
    assert.equal((await fetch(local(output[0]))).status, 404);
  });

  test("mail, traffic and health", async () => {
    const body = JSON.stringify({ from: "a@example.com", to: "b@example.com", subject: "<Hello>", text: "Hi" });
    const sent = await fetch(`${origin}/mail/emails`, { method: "POST", headers: { authorization: "Bearer re_x" }, body });
    const { id } = await sent.json();
    assert.equal((await (await fetch(`${origin}/mailbox/messages`)).json()).messages[0].id, id);
    assert.match(await (await fetch(`${origin}/mailbox`)).text(), /&lt;Hello&gt;/);
    const traffic = async () => (await (await fetch(`${origin}/sandbox/traffic`)).json()).requests;
    const last = (await traffic()).at(-1);
    assert.deepEqual([last.method, last.path, last.headers.authorization, last.body], ["POST", "/mail/emails", "Bearer re_x", body]);
    await fetch(`${origin}/sandbox/traffic`, { method: "DELETE" });
    assert.deepEqual(await traffic(), []);
    assert.equal((await (await fetch(`${origin}/sandbox/health`)).json()).status, "ok");
  });

  test("a taken port is said in one sentence", async () => {
    const second = start(new URL(origin).host);
    const [error, [code]] = await Promise.all([Array.fromAsync(second.stderr), once(second, "exit")]);
    assert.equal(code, 1);
    assert.match(Buffer.concat(error).toString(), /^127\.0\.0\.1:\d+ is taken: [^\n]+\n$/);
  });
});
