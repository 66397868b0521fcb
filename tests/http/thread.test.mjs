// The whole thread through the built Worker, with its round trips to the database.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, auditMoney, ask, balance, startStudio, traffic, until } from "./support/studio.mjs";

let stack;
const table = [];

before(async () => {
  stack = await startStudio();
});
after(async () => {
  await stack?.stop();
  console.log(`\nDatabase round trips\n${table.map(([route, trips]) => `  ${String(trips).padStart(2)}  ${route}`).join("\n")}\n`);
});

/** Notes the round trips of a route, and holds them to a limit. */
async function counted(route, most, deed) {
  const { result, trips } = await stack.proxy.count(deed);
  table.push([route, trips]);
  assert.ok(trips <= most, `${route} made ${trips} round trips, ${most} are allowed`);
  return result;
}

test("from sign-up to a deleted picture", async () => {
  const person = new Client(stack);
  await counted("POST /api/auth/sign-up/email", 2, () => person.signUp());
  assert.equal((await counted("POST /api/auth/sign-out", 1, () => person.post("/api/auth/sign-out", {}))).status, 200);
  assert.equal((await person.get("/api/generations")).status, 401);
  const signedIn = await counted("POST /api/auth/sign-in/email", 2, () => person.post("/api/auth/sign-in/email", { email: person.email, password: person.password }));
  assert.equal(signedIn.status, 200);
  const session = await counted("GET /api/auth/get-session", 1, () => person.get("/api/auth/get-session"));
  assert.equal(session.body.user.email, person.email);
  await counted("GET /api/auth/get-session (no cookie)", 0, () => new Client(stack).get("/api/auth/get-session"));

  const models = await counted("GET /api/models", 0, () => person.get("/api/models"));
  assert.equal(models.body.models[0].id, "flux-schnell");
  assert.deepEqual(await person.credits(), { available: 50, held: 0 });

  const ordered = await counted("POST /api/generations", 1, () => person.order("a red fox in the snow", { aspectRatio: "16:9", outputs: 2 }, { "idempotency-key": "one" }));
  assert.equal(ordered.status, 202, JSON.stringify(ordered.body));
  const { generation } = ordered.body;
  assert.deepEqual([generation.status, generation.price, generation.charged], ["queued", 2, null]);
  assert.deepEqual(balance(ordered.body.credits), { available: 48, held: 2 });
  assert.equal(ordered.headers.get("location"), `/api/generations/${generation.id}`);

  const done = await person.end(generation.id);
  assert.deepEqual([done.generation.status, done.generation.charged, balance(done.credits)], ["succeeded", 2, { available: 48, held: 0 }]);
  assert.equal(done.generation.outputs.length, 2);
  await counted("GET /api/generations/{id}", 1, () => person.get(`/api/generations/${generation.id}`));
  const list = await counted("GET /api/generations", 1, () => person.get("/api/generations"));
  assert.equal(list.body.generations[0].id, generation.id);
  assert.equal(list.body.nextCursor, null);
  for (const [message, statement] of [["start", "GENERATION_PROGRESS"], ["completed", "GENERATION_SUCCEED"]]) {
    const trips = stack.proxy.trips.filter((names) => names.includes(statement)).length;
    table.push([`POST /webhooks/replicate/{id}.{mac} (${message})`, trips]);
    assert.equal(trips, 1);
  }

  const [output] = done.generation.outputs;
  assert.deepEqual([output.mediaType, output.width / output.height > 1.6], ["image/webp", true]);
  const picture = await counted("GET /media/{key}", 0, () => fetch(stack.url + output.url));
  assert.equal(picture.status, 200);
  const bytes = Buffer.from(await picture.arrayBuffer());
  assert.equal(bytes.length, output.bytes);
  assert.equal(bytes.subarray(8, 12).toString(), "WEBP");
  const recorded = await ask(stack, `SELECT * FROM generation WHERE "id" = '${generation.id}'`);
  assert.ok(recorded[0].hostId && recorded[0].hostVersion && recorded[0].hostMs > 0 && recorded[0].startedAt && recorded[0].finishedAt);

  // Another person sees none of it.
  const other = await new Client(stack).signUp();
  assert.equal((await other.get(`/api/generations/${generation.id}`)).status, 404);
  assert.equal((await other.delete(`/api/generations/${generation.id}`)).status, 404);
  assert.deepEqual((await other.get("/api/generations")).body.generations, []);
  assert.equal((await person.get(`/api/generations/${generation.id}`)).status, 200);

  const deleted = await counted("DELETE /api/generations/{id}", 1, () => person.delete(`/api/generations/${generation.id}`));
  assert.equal(deleted.status, 204);
  assert.equal((await fetch(stack.url + output.url)).status, 404);
  assert.equal((await person.get(`/api/generations/${generation.id}`)).status, 404);
  assert.equal((await person.delete(`/api/generations/${generation.id}`)).status, 404);
  await auditMoney(stack);
});

test("failures release the hold and say why", async () => {
  const person = await new Client(stack).signUp();
  for (const [prompt, status, code] of [
    ["a boat, fail", "failed", "host_failed"],
    ["a boat, nsfw", "failed", "content_refused"],
    ["a boat, html output", "failed", "output_unusable"],
    ["a boat, svg output", "failed", "output_unusable"],
    ["a boat, empty output", "failed", "output_unusable"],
    ["a boat, huge output", "failed", "output_unusable"],
    ["a boat, redirect output", "failed", "output_unusable"],
    ["a boat, foreign output", "failed", "output_unusable"],
    ["a boat, gone output", "expired", "output_lost"],
  ]) {
    const { generation, credits } = await person.make(prompt);
    assert.deepEqual([prompt, generation.status, generation.failure?.code, generation.charged, balance(credits)], [prompt, status, code, 0, { available: 50, held: 0 }]);
  }
  for (const word of ["refused", "payment"]) {
    const refused = await person.order(`a boat, ${word}`);
    assert.deepEqual([refused.status, refused.body.code], [502, "host_refused"]);
    const { body } = await person.get(`/api/generations/${refused.body.generation}`);
    assert.deepEqual([body.generation.status, body.generation.failure.code, body.credits.held], ["failed", "host_refused", 0]);
  }
  const seen = await traffic(stack);
  assert.ok(!seen.some(({ path, headers }) => `${headers.host}${path}`.includes("169.254")), "no request to a private address");
  await auditMoney(stack);
});

test("files of unknown length are kept, and messages may come twice or in the wrong order", async () => {
  const person = await new Client(stack).signUp();
  for (const [prompt, format] of [["a lake, no length", "png"], ["a lake, twice", "jpg"], ["a lake, reorder", "webp"]]) {
    const { generation } = await person.make(prompt, { outputFormat: format });
    assert.deepEqual([prompt, generation.status, generation.charged], [prompt, "succeeded", 1]);
    const picture = await fetch(stack.url + generation.outputs[0].url);
    assert.equal(picture.headers.get("content-type"), { png: "image/png", jpg: "image/jpeg", webp: "image/webp" }[format]);
    assert.equal((await picture.arrayBuffer()).byteLength, generation.outputs[0].bytes);
  }
  assert.deepEqual(await person.credits(), { available: 47, held: 0 });
  await auditMoney(stack);
});

test("one key is one generation, however often and however fast it is sent", async () => {
  const person = await new Client(stack).signUp();
  const copies = await Promise.all(Array.from({ length: 20 }, () => person.order("a bridge", {}, { "idempotency-key": "same" })));
  const ids = new Set(copies.map(({ status, body }) => (assert.equal(status, 202, JSON.stringify(body)), body.generation.id)));
  assert.equal(ids.size, 1);
  assert.equal(copies.filter(({ headers }) => !headers.get("idempotency-replayed")).length, 1);
  const other = await person.order("another bridge", {}, { "idempotency-key": "same" });
  assert.deepEqual([other.status, other.body.code], [422, "idempotency_key_reused"]);
  await person.end([...ids][0]);
  const runs = (await traffic(stack)).filter(({ method, path, body }) => method === "POST" && path.endsWith("/predictions") && body.includes("a bridge"));
  assert.equal(runs.length, 1, "one run at the host");
  assert.deepEqual(await person.credits(), { available: 49, held: 0 });
});

test("parallel orders spend exactly what there is", async () => {
  const person = await new Client(stack).signUp();
  const orders = await Promise.all(Array.from({ length: 40 }, (_, i) => person.order(`wave ${i}`, { model: "flux-dev", outputs: 1 })));
  const statuses = orders.map(({ status }) => status);
  assert.deepEqual([statuses.filter((status) => status === 202).length, statuses.filter((status) => status === 402).length], [12, 28], `${statuses}`);
  const short = orders.find(({ status }) => status === 402).body;
  assert.deepEqual([short.code, short.needed, typeof short.available], ["insufficient_credits", 4, "number"]);
  await Promise.all(orders.filter(({ status }) => status === 202).map(({ body }) => person.end(body.generation.id)));
  assert.deepEqual(await person.credits(), { available: 2, held: 0 });
  await auditMoney(stack);
});

test("the answer of the database may be lost: nothing is done twice", async () => {
  const person = await new Client(stack).signUp();
  for (const fault of ["lose reply", "lose request"]) {
    let left = 1;
    stack.proxy.break((names) => (names.includes("GENERATION_INSERT") && left-- > 0 ? fault : undefined));
    const ordered = await person.order(`a tower, ${fault}`);
    assert.equal(ordered.status, 202, JSON.stringify(ordered.body));
    stack.proxy.break(undefined);
    assert.equal((await person.end(ordered.body.generation.id)).generation.status, "succeeded");
  }
  stack.proxy.break((names) => (names.includes("GENERATION_INSERT") ? "lose request" : undefined));
  const down = await person.order("a tower");
  stack.proxy.break(undefined);
  assert.deepEqual([down.status, down.body.code, Object.keys(down.body).includes("detail")], [503, "unavailable", false]);
  assert.deepEqual(await person.credits(), { available: 48, held: 0 });
  await auditMoney(stack);
});

test("a webhook that never comes is made up for by cron", async () => {
  const person = await new Client(stack).signUp();
  const ids = [];
  for (const prompt of ["a well, lost webhook", "a well, lost answer lost webhook", "a well, fail lost webhook"]) {
    const ordered = await person.order(prompt);
    assert.equal(ordered.status, 202, JSON.stringify(ordered.body));
    ids.push(ordered.body.generation.id);
  }
  // The reconciler looks first after 30 s: this moment is now.
  const ended = await until(async () => {
    await ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "finishedAt" IS NULL`);
    await stack.runCron();
    const all = await Promise.all(ids.map(async (id) => (await person.get(`/api/generations/${id}`)).body.generation));
    return all.every(({ finishedAt }) => finishedAt) ? all : undefined;
  }, "cron to end all");
  assert.deepEqual(ended.map(({ status }) => status), ["succeeded", "succeeded", "failed"]);
  assert.deepEqual(await person.credits(), { available: 48, held: 0 });
  await auditMoney(stack);
});

test("pages of the library", async () => {
  const person = await new Client(stack).signUp();
  const made = [];
  for (let i = 0; i < 5; i++) made.unshift((await person.make(`page ${i}`)).generation.id);
  const seen = [];
  let cursor = "";
  do {
    const { body } = await person.get(`/api/generations?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.generations.map(({ id }) => id));
    cursor = body.nextCursor;
  } while (cursor);
  assert.deepEqual(seen, made);
});

test("canaries: the vendors see what their lane allows, the log sees nothing", async () => {
  const person = await new Client(stack).signUp({ email: "canary.7c1f@example.com" });
  await person.make("a canary 5d09ab in a mine");
  const models = (await traffic(stack)).filter(({ path }) => path.startsWith("/replicate"));
  assert.ok(models.some(({ body }) => body.includes("5d09ab")));
  const sent = JSON.stringify(models);
  for (const secret of ["canary.7c1f", "Ada Lovelace", person.user.id, person.cookie.split("=")[1].slice(0, 32), "correct horse"]) {
    assert.ok(!sent.includes(secret), `${secret} went to the model host`);
  }
  const log = stack.log.join("\n");
  for (const secret of ["canary.7c1f", "5d09ab", "correct horse", ...Object.values(stack.secrets)]) assert.ok(!log.includes(secret), `${secret} is in the log`);
  const dump = JSON.stringify(await Promise.all(["user", "account", "session"].map((name) => ask(stack, `SELECT * FROM "${name}"`))));
  assert.ok(!dump.includes("correct horse"), "the password is only kept as a hash");
});
