// Who may speak in Stripe's name: the contract's 45 vectors signed again for this moment, and what an attacker would try.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { enter, startShop } from "./support/money.mjs";
import { control, post, signature, webhooks } from "./support/stripe.mjs";
import { TOLERANCE_S, bodyOf, renewed, vectors } from "./support/stripe-vectors.mjs";
import { ask, until } from "./support/studio.mjs";


let stack;
let secret;
before(async () => {
  stack = await startShop();
  secret = stack.secrets.STRIPE_WEBHOOK_SECRET;
});
/** Other variables until the test has ended. */
let changed = false;
const under = (vars) => ((changed = true), stack.reload(vars));
afterEach(async () => {
  if (changed) await stack.reload();
  changed = false;
});
after(() => stack?.stop());

const now = () => Math.floor(Date.now() / 1000);
const event = (over = {}) => ({
  id: `evt_${randomBytes(12).toString("hex")}`,
  ...{ object: "event", api_version: "2026-10-28.endive", created: now(), type: "invoice.paid", livemode: false, pending_webhooks: 1 },
  ...{ request: { id: null, idempotency_key: null }, data: { object: { id: "in_none", object: "invoice", customer: "cus_none" } } },
  ...over,
});
function refused(answer, what) {
  assert.deepEqual([answer.status, answer.body.code], [401, "webhook_refused"], `${what}: ${JSON.stringify(answer.body)}`);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
}
const taken = (answer, what) => assert.deepEqual([answer.status, answer.body.received], [200, true], `${what}: ${JSON.stringify(answer.body)}`);
/** An answer to what was signed just then: one that took so long that the clock has gone on says nothing of an age, and is asked for again. */
const promptly = (asked) =>
  until(async () => {
    const begun = Date.now();
    const answer = await asked();
    return Date.now() - begun < 1000 && answer;
  }, "an answer within a second");
const inbox = () => ask(stack, `SELECT "id" FROM stripe_event`);

test("the contract's vectors, as if they had been signed now", async (t) => {
  assert.equal(vectors.length, 45);
  const groups = Map.groupBy(vectors, (vector) => vector.secret);
  const [wrong, counts] = [[], { believed: 0, refused: 0, either: 0 }];
  for (const [configured, group] of groups) {
    await under({ STRIPE_WEBHOOK_SECRET: configured });
    for (const vector of group) {
      let header;
      const answer = await promptly(() => post(stack, undefined, { body: bodyOf(vector), header: (header = renewed(vector)) }));
      if (header === vector.header && /\bt=\d/.test(header)) wrong.push(`${vector.name} was not renewed`);
      const is = (...statuses) => statuses.includes(answer.status) || wrong.push(`${vector.name}, ${header}: ${answer.status} ${JSON.stringify(answer.body)}`);
      // Ours is always on: a tolerance of none is not offered.
      const expected = vector.tolerance === TOLERANCE_S ? vector.expect_valid : false;
      counts[expected === null ? "either" : expected ? "believed" : "refused"] += 1;
      // Without a secret nobody can be believed: this route says so, or the Worker refuses to serve at all.
      if (!configured.trim()) is(401, 503);
      // A newline around what is configured is no part of the secret: the operator's slip, not an attacker's.
      else if (configured !== configured.trim()) is(200, 401);
      else if (expected === null) is(200, 400, 401);
      // Believed: what is said then is about the message, not about who sent it.
      else if (expected) is(200, 400);
      else is(401);
    }
  }
  assert.deepEqual(wrong, []);
  t.diagnostic(JSON.stringify(counts));
});

test("age: five minutes back and five minutes ahead, and not a second more", async () => {
  for (const [age, good] of [[0, true], [TOLERANCE_S - 3, true], [TOLERANCE_S + 2, false], [3600, false], [-(TOLERANCE_S - 3), true], [-(TOLERANCE_S + 3), false], [-86_400, false]]) {
    const answer = await promptly(() => post(stack, event(), { at: now() - age }));
    (good ? taken : refused)(answer, `${age} s old`);
  }
  for (const at of ["", "-5", "1e10", "99999999999999999999", "0x10", " 5"]) {
    const text = JSON.stringify(event());
    const digest = createHmac("sha256", secret).update(`${at}.${text}`).digest("hex");
    refused(await post(stack, undefined, { body: text, header: `t=${at},v1=${digest}` }), `t=${at}`);
  }
});

test("what is not signed by Stripe leaves no trace", async () => {
  const before = await inbox();
  const text = JSON.stringify(event());
  const good = signature(text, { secret });
  const [, time, digest] = /t=(\d+),v1=([0-9a-f]+)/.exec(good);
  for (const header of [
    null, "", "t=,v1=", `t=${time}`, `v1=${digest}`, `t=${time},v0=${digest}`, `t=${time},v1=${digest.slice(0, -1)}`, `t=${time},v1=${digest}0`,
    `t=${time}, v1=${digest}`, `t=${time};v1=${digest}`, `T=${time},V1=${digest}`, `t=${Number(time) + 1},v1=${digest}`, signature(text, { secret: "whsec_somebody-elses-0123456789abcdef" }),
    signature(`${text} `, { secret }), signature(text, { secret: secret.replace("whsec_", "") }), signature(text, { secret: " " }), `t=${time},v1=${digest}`.repeat(500).slice(0, 9990),
    `t=${time},${Array.from({ length: 300 }, () => `v1=${randomBytes(32).toString("hex")}`).join(",")}`,
  ]) refused(await post(stack, undefined, { body: text, header }), String(header).slice(0, 80));
  // Every nibble counts.
  const spoilt = Array.from(digest, (hex, i) => digest.slice(0, i) + (hex === "0" ? "1" : "0") + digest.slice(i + 1));
  for (const wrong of spoilt) refused(await post(stack, undefined, { body: text, header: `t=${time},v1=${wrong}` }), wrong);
  refused(await post(stack, undefined, { body: `${text}\n`, header: good }), "another body");
  assert.deepEqual(await inbox(), before);
  taken(await post(stack, undefined, { body: text, header: good }), "the true one");
});

test("while a secret is rolled, the old and the new are both believed", async () => {
  const young = `whsec_${randomBytes(24).toString("hex")}`;
  await under({ STRIPE_WEBHOOK_SECRET: `${young},${secret}` });
  const text = JSON.stringify(event());
  for (const one of [young, secret]) taken(await post(stack, event(), { secret: one }), one);
  const at = now();
  const both = [secret, young].map((one) => signature(text, { secret: one, at }).split(",")[1]);
  taken(await post(stack, undefined, { body: text, header: `t=${at},${both.join(",")}` }), "one v1 for each");
  await under({ STRIPE_WEBHOOK_SECRET: young });
  refused(await post(stack, event(), { secret }), "the old one, dropped");
  taken(await post(stack, undefined, { body: text, header: `t=${at},${both.join(",")}` }), "the second v1 fits");
  await stack.reload();
  // The vendor's own roll: it signs with both for a while.
  await control(stack, "stripe/webhooks", { secrets: [young, secret] });
  await stack.stripe.customers.create({ name: "Rolled" });
  await until(async () => (await (await fetch(`${stack.sandboxUrl}/sandbox/stripe/state`)).json()).deliveries.every(({ delivered }) => delivered), "its events to be accepted");
  await control(stack, "stripe/webhooks", { secrets: [secret] });
});

test("without a secret nothing is believed, whatever it is signed with", async () => {
  await under({ STRIPE_SECRET_KEY: "", STRIPE_WEBHOOK_SECRET: "" });
  for (const one of [secret, "undefined", "null", " "]) refused(await post(stack, event(), { secret: one }), one);
  const text = JSON.stringify(event());
  const empty = createHmac("sha256", "").update(`${now()}.${text}`).digest("hex");
  refused(await post(stack, undefined, { body: text, header: `t=${now()},v1=${empty}` }), "an empty key");
  await under({ STRIPE_WEBHOOK_SECRET: "short" });
  assert.equal((await post(stack, event(), { secret: "short" })).status, 503, "the Worker does not run with a secret that can be guessed");
  await stack.reload();
});

test("the other mode's events are answered, and nothing comes of them", async () => {
  const live = event({ livemode: true });
  const answer = await post(stack, live);
  assert.deepEqual([answer.status, answer.body], [200, { received: true, outcome: "ignored" }]);
  const trips = stack.proxy.trips.length;
  await post(stack, live);
  assert.ok(stack.proxy.trips.length - trips <= 1);
  // A true event of a sale in live mode: its object is there, and it still is not believed.
  await webhooks(stack, "mute");
  const person = await enter(stack);
  const { body } = await person.post("/api/billing/checkouts", { pack: "pack-500" });
  const session = new URL(body.url).pathname.split("/").at(-1);
  await control(stack, "stripe/pay", { session, how: "paid" });
  const object = await stack.stripe.checkout.sessions.retrieve(session);
  const lie = await post(stack, event({ type: "checkout.session.completed", livemode: true, data: { object } }));
  assert.equal(lie.body.outcome, "ignored");
  assert.equal((await ask(stack, `SELECT count(*) AS n FROM credit_grant WHERE "userId" = '${person.user.id}' AND "kind" = 'topup'`))[0].n, 0);
  await webhooks(stack, "normal");
});

test("bodies that are no events", async () => {
  for (const text of ["null", "[]", "{}", "7", '"evt"', "<html>", "{", '{"id":"evt_x"}', '{"id":7,"object":"event","type":"invoice.paid"}', JSON.stringify(event({ data: null })), JSON.stringify(event({ data: { object: null } })), "[".repeat(20_000)]) {
    const answer = await post(stack, undefined, { body: text });
    assert.ok(answer.status === 400 || (answer.status === 200 && answer.body.outcome === "ignored"), `${text.slice(0, 60)}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  const at = now();
  refused(await post(stack, undefined, { body: "", header: `t=${at},v1=${createHmac("sha256", secret).update(`${at}.`).digest("hex")}` }), "nothing at all");
  const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
  const digest = createHmac("sha256", secret).update(`${at}.`).update(bytes).digest("hex");
  assert.equal((await post(stack, undefined, { body: bytes, header: `t=${at},v1=${digest}` })).status, 400);
  const nul = await post(stack, event({ data: { object: { id: "in_\u0000", object: "invoice" } } }));
  assert.ok(nul.status < 500, JSON.stringify(nul.body));
  for (const id of ["", "../customers", "in_x?expand[]=customer", "in_x/../../refunds", "x".repeat(5000)]) {
    const answer = await post(stack, event({ data: { object: { id, object: "invoice" } } }));
    assert.ok([200, 400].includes(answer.status), `${id.slice(0, 40)}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  const { requests } = await (await fetch(`${stack.sandboxUrl}/sandbox/traffic`)).json();
  assert.ok(!requests.some(({ path }) => /\/v1\/.*(\.\.|refunds|customers\/?$)/.test(decodeURIComponent(path)) && path.includes("in_x")), "an id cannot lead elsewhere");
});

test("types that nobody asked for are answered, and thin messages too", async () => {
  for (const type of ["ping", "customer.created", "payment_method.attached", "something.new", "x".repeat(200)]) {
    const answer = await post(stack, event({ type, data: { object: { id: "x_1", object: "thing" } } }));
    assert.deepEqual([answer.status, answer.body.outcome], [200, "ignored"], type);
  }
  const thin = { id: "evt_thin", object: "v2.core.event", type: "v1.invoice.paid", created: "2026-01-01T00:00:00.000Z", livemode: false, related_object: { id: "in_1", type: "invoice", url: "/v1/invoices/in_1" } };
  const answer = await post(stack, thin);
  assert.deepEqual([answer.status, answer.body.received], [200, true]);
  assert.notEqual(answer.body.outcome, "applied");
});

test("a body larger than any event is refused by its length, before it is read", async () => {
  const { hostname, port } = new URL(stack.url);
  const announced = (length, more = "") =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`POST /webhooks/stripe HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\nstripe-signature: t=${now()},v1=00\r\n${more}content-length: ${length}\r\n\r\n`);
      });
      socket.once("data", (data) => (resolve(data.toString()), socket.destroy())).on("error", reject);
    });
  assert.match(await announced(64 * 1024 * 1024), /^HTTP\/1.1 413 /);
  // A large one that is signed is an event like any other: the vendor's may have many lines.
  const large = event({ type: "ping", pad: "é".repeat(70_000), data: { object: { id: "x_1", object: "thing" } } });
  taken(await post(stack, large), "140 kB");
});

test("other methods and addresses", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) assert.equal((await fetch(`${stack.url}/webhooks/stripe`, { method })).status, 405, method);
  for (const path of ["/webhooks/stripe/", "/webhooks/stripe/x", "/webhooks/stripe.x"]) assert.equal((await fetch(stack.url + path, { method: "POST", body: "{}" })).status, 404, path);
});
