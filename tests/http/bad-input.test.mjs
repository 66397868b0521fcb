// Everything unexpected gets a clear answer, never a 5xx and never a hang.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { Client, advance, startStudio, traffic } from "./support/studio.mjs";

let stack, person, made;

before(async () => {
  stack = await startStudio();
  person = await new Client(stack).signUp();
  made = (await person.make("a lighthouse")).generation;
});
after(() => stack?.stop());

function problem(answer, status, code) {
  assert.deepEqual([answer.status, answer.body.code, answer.body.status], [status, code, status], JSON.stringify(answer.body));
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.ok(answer.body.requestId && answer.body.requestId === answer.headers.get("x-request-id"));
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
}

const raw = (body, headers = { "content-type": "application/json" }) => person.send("POST", "/api/generations", { body, headers });
const order = (json) => person.post("/api/generations", json);
const plain = { model: "flux-schnell", prompt: "a fox" };

test("bodies", async () => {
  problem(await raw(undefined), 400, "invalid_json");
  problem(await raw(""), 400, "invalid_json");
  problem(await raw("{"), 400, "invalid_json");
  problem(await raw("[1]"), 400, "invalid_json");
  problem(await raw("null"), 400, "invalid_json");
  problem(await raw(Buffer.from([0xff, 0xfe, 0x7b])), 400, "invalid_json");
  problem(await raw("[".repeat(30_000)), 400, "invalid_json");
  problem(await raw(`{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`), 400, "invalid_json");
  problem(await raw(JSON.stringify(plain), { "content-type": "text/plain" }), 415, "unsupported_media_type");
  problem(await raw("model=flux-schnell&prompt=x", { "content-type": "application/x-www-form-urlencoded" }), 415, "unsupported_media_type");
  problem(await raw(`{"prompt":"${"x".repeat(70_000)}"}`), 413, "body_too_large");
  let left = 5; // a little over the limit: what the Worker does not read on fits the socket's buffers
  const unmeasured = new ReadableStream({ pull: (controller) => (left-- > 0 ? controller.enqueue(Buffer.alloc(16_384, 120)) : controller.close()) });
  const answer = await fetch(`${stack.url}/api/generations`, {
    method: "POST", duplex: "half", body: unmeasured, headers: { "content-type": "application/json", cookie: person.cookie, origin: stack.url },
  });
  assert.equal(answer.status, 413, "without a length it is cut off while it comes");
});

test("inputs", async () => {
  const refused = async (more, field, code = "invalid_input") => {
    const answer = await order({ ...plain, ...more });
    problem(answer, 400, code);
    assert.equal(answer.body.field, field);
  };
  await refused({ model: undefined }, "model");
  await refused({ model: "nope" }, "model", "unknown_model");
  await refused({ model: 7 }, "model", "unknown_model");
  await refused({ prompt: undefined }, "prompt");
  await refused({ prompt: "" }, "prompt");
  await refused({ prompt: " \n\t" }, "prompt");
  await refused({ prompt: ["a"] }, "prompt");
  await refused({ prompt: "x".repeat(4001) }, "prompt");
  await refused({ aspectRatio: "7:5" }, "aspectRatio");
  await refused({ outputs: 0 }, "outputs");
  await refused({ outputs: 5 }, "outputs");
  await refused({ outputs: 1.5 }, "outputs");
  await refused({ outputs: "2" }, "outputs");
  await refused({ seed: -1 }, "seed");
  await refused({ seed: 2 ** 53 }, "seed");
  await refused({ outputFormat: "svg" }, "outputFormat");
  for (const name of ["credits", "balance", "role", "userId", "tier", "price", "charged", "status", "createdAt", "webhook", "__proto__x"]) await refused({ [name]: 1 }, name);
  assert.deepEqual(await person.credits(), { available: 49, held: 0 });
});

test("words that look like code are words", async () => {
  for (const prompt of ["'; DROP TABLE generation; --", "{{7*7}} ${7*7} <script>alert(1)</script>", "\u202e rtl \u0000 nul \ud83d\ude00", "x".repeat(4000)]) {
    const ordered = await order({ ...plain, prompt });
    assert.equal(ordered.status, 202, JSON.stringify(ordered.body));
    assert.equal(ordered.body.generation.prompt, prompt);
    const sent = (await traffic(stack)).findLast(({ path }) => path.endsWith("/predictions"));
    assert.equal(JSON.parse(sent.body).input.prompt, prompt);
    await person.end(ordered.body.generation.id);
  }
});

test("idempotency keys", async () => {
  for (const key of ["x".repeat(256), "with space", "tab\there"]) {
    const answer = await person.order("a fox", {}, { "idempotency-key": key });
    problem(answer, 400, "invalid_input");
    assert.equal(answer.body.field, "Idempotency-Key");
  }
});

test("sessions", async () => {
  const nobody = new Client(stack);
  for (const [method, path] of [["GET", "/api/generations"], ["POST", "/api/generations"], ["GET", `/api/generations/${made.id}`], ["DELETE", `/api/generations/${made.id}`]]) {
    const json = method === "POST" ? plain : undefined;
    problem(await nobody.send(method, path, { json }), 401, "unauthenticated");
    for (const cookie of ["better-auth.session_token=forged.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D", "better-auth.session_token=%", `x=${"y".repeat(10_000)}`, "\u00ff=;;=", person.cookie.slice(0, -6)]) {
      problem(await nobody.send(method, path, { json, headers: { cookie } }), 401, "unauthenticated");
    }
  }
  const leaver = await new Client(stack).signUp();
  const { cookie } = leaver;
  await leaver.post("/api/auth/sign-out", {});
  problem(await nobody.send("GET", "/api/generations", { headers: { cookie } }), 401, "unauthenticated");
  problem(await nobody.send("POST", "/api/generations", { json: plain, headers: { cookie } }), 401, "unauthenticated");
});

test("other sites", async () => {
  for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { origin: undefined, "sec-fetch-site": "cross-site" }, { origin: undefined, "sec-fetch-site": "same-site" }]) {
    problem(await person.post("/api/generations", plain, { headers }), 403, "foreign_origin");
    problem(await person.delete(`/api/generations/${made.id}`, { headers }), 403, "foreign_origin");
  }
  assert.equal((await person.get(`/api/generations/${made.id}`)).status, 200);
});

test("paths and methods", async () => {
  for (const path of ["/api/nope", "/api/models/", "/api//models", "/api/generations/short", `/api/generations/${made.id}/x`, `/api/generations/${made.id.toUpperCase()}`, "/api/generations/%2e%2e", "/webhooks/replicate/"]) {
    problem(await person.get(path), 404, "not_found");
  }
  problem(await person.get(`/api/generations/${"0".repeat(26)}`), 404, "not_found");
  assert.ok((await person.get("/API/models")).body.startsWith("<!doctype html>"), "a path outside of /api/ is the page's");
  for (const method of ["PUT", "PATCH", "OPTIONS", "DELETE"]) {
    const answer = await person.send(method, "/api/generations");
    problem(answer, 405, "method_not_allowed");
    assert.equal(answer.headers.get("allow"), "POST, GET");
  }
  for (const query of ["limit=0", "limit=101", "limit=x", "limit=-1", "cursor=x", "cursor=' OR 1=1"]) problem(await person.get(`/api/generations?${query}`), 400, "invalid_input");
});

test("a generation that runs cannot be deleted", async () => {
  const { body } = await person.order("slow tide");
  problem(await person.delete(`/api/generations/${body.generation.id}`), 409, "generation_open");
  await person.end(body.generation.id);
  assert.equal((await person.delete(`/api/generations/${body.generation.id}`)).status, 204);
});

test("media addresses", async () => {
  const { url } = made.outputs[0];
  const good = new URL(url, stack.url);
  const get = async (path, headers) => {
    const response = await fetch(stack.url + path, { headers });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const left = Number(good.searchParams.get("exp")) - Date.now() / 1000;
  const whole = await get(url);
  assert.equal(whole.status, 200);
  assert.match(whole.headers.get("cache-control"), /^private, max-age=(\d+), immutable$/);
  const age = Number(whole.headers.get("cache-control").match(/\d+/)[0]);
  assert.ok(age <= 86_400 && age <= left + 1, `${age} ${left}`);
  assert.equal(whole.headers.get("x-content-type-options"), "nosniff");
  assert.match(whole.headers.get("content-security-policy"), /default-src 'none'.*sandbox/);

  const part = await get(url, { range: "bytes=10-19" });
  assert.deepEqual([part.status, part.headers.get("content-range"), part.bytes.equals(whole.bytes.subarray(10, 20))], [206, `bytes 10-19/${whole.bytes.length}`, true]);
  const last = await get(url, { range: "bytes=-5" });
  assert.ok(last.status === 206 && last.bytes.equals(whole.bytes.subarray(-5)));
  assert.deepEqual([(await get(url, { range: `bytes=${whole.bytes.length}-` })).status, (await get(url, { range: "bytes=0-1,3-4" })).status], [416, 200]);
  const etag = whole.headers.get("etag");
  assert.match(etag, /^"[0-9a-f]+"$/);
  assert.deepEqual([(await get(url, { "if-none-match": etag })).status, (await get(url, { "if-none-match": '"other"' })).status], [304, 200]);
  const head = await fetch(stack.url + url, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length"), (await head.arrayBuffer()).byteLength], [200, String(whole.bytes.length), 0]);

  const exp = good.searchParams.get("exp");
  const sig = good.searchParams.get("sig");
  const refused = [
    good.pathname, `${good.pathname}?exp=${exp}`, `${good.pathname}?sig=${sig}`, `${good.pathname}?sig=${sig}&exp=${exp}`, `${url}&x=1`, `${url}&exp=${exp}`,
    `${good.pathname}?exp=${Number(exp) + 1}&sig=${sig}`, `${good.pathname}?exp=-1&sig=${sig}`, `${good.pathname}?exp=1e20&sig=${sig}`, `${good.pathname}?exp=${exp}&sig=`,
    url.replace("/0?", "/1?"), url.replace("/0?", "%2F0?"), url.replace("/media/", "/media//"), url.replace("?exp=", "?exp=0"), url.toUpperCase().replace("/MEDIA", "/media"),
  ];
  for (let i = 0; i < sig.length; i++) refused.push(url.replace(sig, sig.slice(0, i) + (sig[i] === "A" ? "B" : "A") + sig.slice(i + 1)));
  for (const path of refused) {
    const answer = await get(path);
    assert.deepEqual([path, answer.status, JSON.parse(answer.bytes).code], [path, 403, "media_refused"]);
  }
  // Signed by us, but over: with the secret that the stack prints.
  const key = createHmac("sha256", stack.secrets.MEDIA_SIGNING_SECRET).update("atelier:media:1\x01").digest();
  const sign = (at) => `${good.pathname}?exp=${at}&sig=${createHmac("sha256", key).update(`${good.pathname.slice(7)}\n${at}`).digest("base64url")}`;
  const now = Math.floor(Date.now() / 1000);
  assert.deepEqual([(await get(sign(now + 60))).status, (await get(sign(now - 1))).status, (await get(sign(now + 90_000))).status], [200, 403, 403]);
});

test("webhooks", async () => {
  const created = (await traffic(stack)).findLast(({ path }) => path.endsWith("/predictions"));
  const address = new URL(JSON.parse(created.body).webhook);
  const body = JSON.stringify({ id: "gm3qorzdhgbfurvjtvhg6dckhu", status: "processing", output: null, error: null });
  const sign = (text, { at = Math.floor(Date.now() / 1000), secret = stack.secrets.REPLICATE_WEBHOOK_SECRET, id = "msg_1" } = {}) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": `v1,${createHmac("sha256", key).update(`${id}.${at}.${text}`).digest("base64")}` };
  };
  const nobody = new Client(stack);
  const send = (text, headers, path = address.pathname) => nobody.send("POST", path, { body: text, headers: { "content-type": "application/json", origin: undefined, ...headers } });
  assert.equal((await send(body, sign(body))).status, 200);
  assert.equal((await send(body, sign(body))).status, 200, "a message that comes again is taken again, and changes nothing");
  const now = Math.floor(Date.now() / 1000);
  for (const headers of [
    {}, sign(body, { at: now - 400 }), sign(body, { at: now + 400 }), sign(`${body} `), sign(body, { secret: `whsec_${Buffer.alloc(32).toString("base64")}` }),
    { ...sign(body), "webhook-id": "msg_2" }, { ...sign(body), "webhook-timestamp": String(now - 1) }, { ...sign(body), "webhook-timestamp": "soon" },
    { ...sign(body), "webhook-signature": sign(body)["webhook-signature"].replace("v1,", "v2,") }, { ...sign(body), "webhook-signature": "v1," },
  ]) problem(await send(body, headers), 401, "webhook_refused");
  const other = `/webhooks/replicate/${made.id}.${address.pathname.split(".")[1]}`;
  for (const path of [other, address.pathname.slice(0, -1), `${address.pathname}x`, "/webhooks/replicate/x", `/webhooks/replicate/${made.id}`]) problem(await send(body, sign(body), path), 401, "webhook_refused");
  // A true message of the host's, replayed at another generation's address.
  const wrong = JSON.stringify({ ...JSON.parse(body), webhook: "https://elsewhere.example/x" });
  problem(await send(wrong, sign(wrong)), 401, "webhook_refused");
  for (const text of ["", "null", "[]", "{}", "<html>", '{"id":"x","status":7}']) problem(await send(text, sign(text)), 400, "invalid_input");
  // Refused by its announced length, before any of it is read.
  const { hostname, port } = new URL(stack.url);
  const answer = await new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`POST ${address.pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${9 * 1024 * 1024}\r\n\r\n`);
    });
    socket.once("data", (data) => (resolve(data.toString()), socket.destroy())).on("error", reject);
  });
  assert.match(answer, /^HTTP\/1.1 413 /);
});

test("a client that goes away does not hang the Worker", async () => {
  const { hostname, port } = new URL(stack.url);
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        const text = JSON.stringify(plain);
        const cut = i % 2 ? text.slice(0, 5) : text;
        socket.write(`POST /api/generations HTTP/1.1\r\nhost: ${hostname}:${port}\r\norigin: ${stack.url}\r\ncookie: ${person.cookie}\r\ncontent-type: application/json\r\nidempotency-key: gone-${i % 10}\r\ncontent-length: ${text.length}\r\n\r\n${cut}`, () => socket.destroy());
      });
      socket.on("close", resolve).on("error", resolve);
    })),
  );
  assert.equal((await person.get("/api/generations")).status, 200);
  assert.equal((await person.get("/api/health")).status, 200);
});

test("the vendor's clock does not matter to what is kept", async () => {
  await advance(stack, 61 * 60_000);
  const { body } = await person.get(`/api/generations/${made.id}`);
  assert.equal((await fetch(stack.url + body.generation.outputs[0].url)).status, 200);
});

test("headers of every answer", async () => {
  for (const path of ["/api/health", "/api/nope", "/api/generations", "/api/openapi.json"]) {
    const answer = await person.get(path);
    assert.equal(answer.headers.get("cache-control"), "no-store", path);
    assert.ok(answer.headers.get("x-request-id") && answer.headers.get("content-security-policy").includes("default-src 'none'"), path);
  }
  const page = await fetch(stack.url);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /script-src 'self'(;|$)/);
  assert.ok(!page.headers.get("content-security-policy").includes("unsafe"));
});
