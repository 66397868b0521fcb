// Spending: exact to the credit however many do it at once, within the limits that people and plans set, at the price that was promised.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { audit, comesToRest } from "./support/money-audit.mjs";
import { becomes, billing, creditsOf, enter, ledger, part, program, spend, startShop, subscribe, topUp } from "./support/money.mjs";
import { BOUNDLESS, SHOP, shopWith } from "./support/shop.mjs";
import { Client, ask, until } from "./support/studio.mjs";

let stack;
let changed = false;
before(async () => {
  stack = await startShop({ vars: { PLANS: BOUNDLESS } });
});
/** Other variables until the test has ended. */
const under = (vars) => ((changed = true), stack.reload(vars));
afterEach(async () => {
  if (changed) await stack.reload();
  changed = false;
});
after(() => stack?.stop());

function refused(answer, status, code, more = {}) {
  assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
  assert.deepEqual(part(answer.body, more), more);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
}
const limit = async (person, dayLimit) => {
  const answer = await person.send("PUT", "/api/spending", { json: { dayLimit } });
  assert.equal(answer.status, 204, JSON.stringify(answer.body));
};
const newKey = async (person, json = {}) => {
  const { status, body } = await person.post("/api/keys", { name: "My program", dayLimit: null, ...json });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const quote = async (person, json) => {
  const { status, body } = await person.post("/api/quotes", { model: "flux-schnell", ...json });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
/** A quote of the studio's, changed and signed again: with the studio's secret it is one that the studio could have made. */
function quoteOf(stack, text, change, secret = stack.secrets.MEDIA_SIGNING_SECRET) {
  const said = JSON.parse(Buffer.from(text.split(".")[0], "base64url"));
  change(said);
  const again = Buffer.from(JSON.stringify(said)).toString("base64url");
  const key = createHmac("sha256", secret).update("atelier:quote:1\x01").digest();
  return `${again}.${createHmac("sha256", key).update(again).digest("base64url")}`;
}
/** Credits that wait for nothing but to be spent: a grant by the operator. */
const give = async (person, credits) => {
  const { code, output } = await stack.runOperator(["credits", "grant", "--user", person.user.id, "--credits", String(credits), "--kind", "goodwill", "--key", `test-${person.user.id}-${credits}`]);
  assert.equal(code, 0, output);
};

test("a thousand orders at once on one account: as many are taken as there are credits", async (t) => {
  const person = await enter(stack);
  await give(person, 100);
  await becomes(person, { credits: { available: 150 } });
  const begun = performance.now();
  // Whoever finds the studio busy repeats the same order, as the page does.
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      until(async () => {
        const answer = await person.order(`wave ${i}`, {}, { "idempotency-key": `wave-${i}` }).catch(() => undefined);
        return answer && answer.status !== 503 && answer.status !== 429 ? answer : undefined;
      }, `order ${i}`, 600),
    ),
  );
  t.diagnostic(`${Math.round(performance.now() - begun)} ms for 1,000 orders`);
  const by = Object.groupBy(answers, ({ status }) => status);
  assert.deepEqual([by[202]?.length, by[402]?.length], [150, 850], JSON.stringify(Object.entries(by).map(([status, list]) => [status, list.length])));
  for (const answer of by[402]) refused(answer, 402, "insufficient_credits", { needed: 1 });
  assert.equal(new Set(by[202].map(({ body }) => body.generation.id)).size, 150);
  // Where the host's answer or its message was lost in the crowd, cron asks.
  await comesToRest(stack, { seconds: 300 });
  const [{ spent }] = await ask(stack, `SELECT sum("captured" - "refunded") AS spent FROM credit_hold WHERE "userId" = '${person.user.id}'`);
  // What never reached the host in the crowd is not charged.
  const { available, held, debt } = await creditsOf(person);
  assert.deepEqual([spent + available, held, debt], [150, 0, 0]);
  assert.ok(spent > 0, `${spent}`);
  await audit(stack);
});

test("what is short is said to the credit, with what would do instead", async () => {
  const person = await enter(stack);
  await spend(person, 40);
  const dear = await person.order("a meadow", { model: "flux-dev", outputs: 4 });
  refused(dear, 402, "insufficient_credits", { needed: 16, available: 10, shortfall: 6, cheaper: { model: "flux-schnell", price: 4 } });
  await spend(person, 9);
  const last = await person.order("a meadow", { outputs: 2 });
  refused(last, 402, "insufficient_credits", { needed: 2, available: 1, shortfall: 1, cheaper: null });
  assert.equal((await person.order("a meadow", { outputs: 1 })).status, 202);
});

test("a limit for the day holds before anything is spent, and says so at four fifths", async () => {
  const person = await enter(stack);
  await limit(person, 10);
  assert.deepEqual((await billing(person)).spending, { dayLimit: 10, spentToday: 0, alert: false });
  const seven = await person.order("a meadow", { outputs: 4 });
  assert.deepEqual(seven.body.spending, { dayLimit: 10, spentToday: 4, alert: false });
  const eight = await person.order("a meadow", { outputs: 4 });
  assert.deepEqual(eight.body.spending, { dayLimit: 10, spentToday: 8, alert: true });
  const over = await person.order("a meadow", { outputs: 3 });
  refused(over, 402, "spending_limit", { scope: "account", limit: 10 });
  const midnight = new Date(over.body.resetsAt);
  assert.ok(midnight > new Date() && midnight.getUTCHours() === 0 && midnight - Date.now() <= 86_400_000, over.body.resetsAt);
  assert.deepEqual(part((await billing(person)).spending, { alert: 0 }), { alert: true });
  assert.equal((await person.order("a meadow", { outputs: 2 })).status, 202);
  // What comes to nothing does not count.
  await person.end(seven.body.generation.id);
  const other = await enter(stack);
  await limit(other, 2);
  assert.equal((await other.make("a boat, fail", { outputs: 2 })).generation.charged, 0);
  assert.equal((await other.make("a boat", { outputs: 2 })).generation.charged, 2);
  await limit(other, null);
  assert.equal((await other.make("a boat", { outputs: 2 })).generation.charged, 2);
  for (const dayLimit of [0, -1, 1.5, "7", true, 2 ** 53]) {
    const wrong = await other.send("PUT", "/api/spending", { json: { dayLimit } });
    assert.ok([400, 422].includes(wrong.status), `${dayLimit}: ${wrong.status}`);
  }
  // At once: never more than the limit.
  const racer = await enter(stack);
  await limit(racer, 20);
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => racer.order(`race ${i}`)));
  assert.deepEqual(Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, list]) => [status, list.length]), [["202", 20], ["402", 20]]);
});

test("keys for programs: shown once, limited by themselves, and gone when they are taken away", async () => {
  const person = await enter(stack);
  const made = await newKey(person, { dayLimit: 3 });
  assert.match(made.key, /^atk_/);
  assert.deepEqual(part(made, { name: "", dayLimit: 0, spentToday: 0, lastUsedAt: null }), { name: "My program", dayLimit: 3, spentToday: 0, lastUsedAt: null });
  assert.equal(made.hint.replace("…", ""), made.key.slice(-4));
  const client = program(stack, made.key);
  const ordered = await client.order("a meadow", { outputs: 2 });
  assert.equal(ordered.status, 202, JSON.stringify(ordered.body));
  const { generation } = await until(async () => {
    const { body } = await client.get(`/api/generations/${ordered.body.generation.id}`);
    return body.generation?.finishedAt ? body : undefined;
  }, "its end");
  assert.deepEqual([generation.status, generation.charged], ["succeeded", 2]);
  assert.equal((await person.get(`/api/generations/${generation.id}`)).status, 200, "what it made is the person's");
  refused(await client.order("a meadow", { outputs: 2 }), 402, "spending_limit", { scope: "key", limit: 3 });
  assert.equal((await person.order("a meadow", { outputs: 4 })).status, 202, "the person is not limited by it");
  const [listed] = (await person.get("/api/keys")).body.keys;
  assert.deepEqual([listed.id, listed.spentToday, "key" in listed, Date.parse(listed.lastUsedAt) > Date.now() - 60_000], [made.id, 2, false, true]);
  const rows = JSON.stringify(await ask(stack, `SELECT * FROM api_key`));
  assert.ok(!rows.includes(made.key) && !rows.includes(made.key.slice(4)), "only a hash is kept");

  assert.equal((await person.send("PUT", `/api/keys/${made.id}`, { json: { dayLimit: 4 } })).status, 204);
  assert.equal((await client.order("a meadow", { outputs: 2 })).status, 202);
  for (const path of ["/api/billing", "/api/ledger", "/api/keys", "/api/account"]) assert.equal((await client.get(path)).status, 401, path);
  assert.equal((await client.post("/api/keys", { name: "x", dayLimit: null })).status, 401, "a key makes no keys");
  assert.equal((await client.post("/api/quotes", { model: "flux-schnell" })).status, 200);
  const other = await enter(stack);
  for (const answer of [await other.delete(`/api/keys/${made.id}`), await other.send("PUT", `/api/keys/${made.id}`, { json: { dayLimit: 1 } })]) assert.equal(answer.status, 404);
  for (const wrong of ["", "atk_", `${made.key}x`, made.key.slice(0, -1), "atk_\u0000", made.id]) {
    const answer = await program(stack, wrong).order("a meadow").catch(() => ({ status: 401, body: {} }));
    assert.equal(answer.status, 401, wrong);
  }
  assert.equal((await person.delete(`/api/keys/${made.id}`)).status, 204);
  refused(await client.order("a meadow"), 401, "unauthenticated");
  // Twenty and no more, however fast.
  const many = await Promise.all(Array.from({ length: 30 }, (_, i) => person.post("/api/keys", { name: `key ${i}`, dayLimit: null })));
  assert.equal(many.filter(({ status }) => status === 201).length, 20, JSON.stringify(many.map(({ status }) => status)));
});

test("a quote is kept, whatever prices become", async () => {
  const person = await enter(stack);
  const promised = await quote(person, { outputs: 2, aspectRatio: "16:9" });
  assert.deepEqual([promised.model, promised.price, Date.parse(promised.expiresAt) > Date.now()], ["flux-schnell", 2, true]);
  const { trips } = await stack.proxy.count(() => quote(person, { outputs: 3, prompt: "it may be there, and is not read" }));
  assert.equal(trips, 0, "no database");
  await under({ PLANS: JSON.stringify({ ...JSON.parse(BOUNDLESS), prices: { "flux-schnell": 7 } }) });
  const order = (json) => person.post("/api/generations", { model: "flux-schnell", prompt: "a meadow", aspectRatio: "16:9", ...json });
  const kept = await order({ outputs: 2, quote: promised.quote });
  assert.deepEqual([kept.status, kept.body.generation?.price], [202, 2], JSON.stringify(kept.body));
  assert.equal((await person.end(kept.body.generation.id)).generation.charged, 2);
  assert.equal((await order({ outputs: 2 })).body.generation.price, 14);
  // About another request, by another, or made up: it is worth nothing.
  for (const json of [{ outputs: 3 }, { outputs: 1 }, { outputs: 2, model: "flux-dev" }]) refused(await order({ ...json, quote: promised.quote }), 422, "quote_refused");
  const flipped = [...promised.quote];
  flipped[10] = flipped[10] === "A" ? "B" : "A";
  for (const wrong of ["", "x", flipped.join(""), `${promised.quote}x`, promised.quote.slice(0, -2), "a.b", "x".repeat(5000)]) refused(await order({ outputs: 2, quote: wrong }), 422, "quote_refused");
  for (const wrong of [7, {}, []]) assert.ok([400, 422].includes((await order({ outputs: 2, quote: wrong })).status));
  const over = quoteOf(stack, promised.quote, (said) => (said[3] = Date.now() - 1));
  refused(await order({ outputs: 2, quote: over }), 422, "quote_expired");
  refused(await order({ outputs: 2, quote: quoteOf(stack, promised.quote, (said) => (said[2] = 1), "another-secret-of-more-than-32-characters") }), 422, "quote_refused");
  // Cheaper meanwhile: today's price counts.
  const dear = await quote(person, { outputs: 1 });
  assert.equal(dear.price, 7);
  await under({ PLANS: BOUNDLESS });
  assert.equal((await person.post("/api/generations", { model: "flux-schnell", prompt: "a meadow", outputs: 1, quote: dear.quote })).body.generation.price, 1);
  const bad = await person.post("/api/quotes", { model: "nope" });
  assert.equal(bad.status, 400);
});

test("a plan's limits: how fast, how many at once, which models", async () => {
  const person = await enter(stack);
  await under({ PLANS: shopWith({ plan: { perMinute: 3, concurrent: 100 } }) });
  const quick = await Promise.all(Array.from({ length: 8 }, (_, i) => person.order(`quick ${i}`)));
  const slow = quick.filter(({ status }) => status === 429);
  assert.deepEqual([quick.filter(({ status }) => status === 202).length, slow.length], [3, 5], JSON.stringify(quick.map(({ status, body }) => [status, body.code])));
  refused(slow[0], 429, "too_fast", { limit: 3 });
  const wait = Number(slow[0].headers.get("retry-after"));
  assert.ok(wait >= 1 && wait <= 60, `${wait}`);

  const other = await enter(stack);
  await under({ PLANS: shopWith({ plan: { perMinute: 1000, concurrent: 2, waiting: 0 } }) });
  const orders = await Promise.all(Array.from({ length: 6 }, (_, i) => other.order(`slow, long queue, ${i}`)));
  assert.deepEqual(orders.map(({ status }) => status).sort(), [202, 202, 429, 429, 429, 429]);
  refused(orders.find(({ status }) => status === 429), 429, "too_many_open", { limit: 2 });
  await Promise.all(orders.filter(({ status }) => status === 202).map(({ body }) => other.end(body.generation.id)));
  assert.equal((await other.order("and on")).status, 202);
  assert.equal((await creditsOf(other)).available, 47, "what was refused costs nothing");

  const third = await enter(stack);
  const shop = JSON.parse(BOUNDLESS);
  shop.plans[0].models = ["flux-schnell"];
  await under({ PLANS: JSON.stringify(shop) });
  refused(await third.order("a meadow", { model: "flux-dev" }), 403, "model_not_in_plan", { plan: "free", model: "flux-dev" });
  assert.equal((await third.order("a meadow")).status, 202);
  assert.deepEqual((await billing(third)).plan.limits.models, ["flux-schnell"]);
  await subscribe(third, "studio");
  assert.equal((await third.order("a meadow", { model: "flux-dev" })).status, 202, "the plan that was bought has it");
});

test("the shop has to be in order, or the Worker does not serve", async () => {
  for (const PLANS of ["{", "[]", JSON.stringify({ ...SHOP, plans: [] }), JSON.stringify({ ...SHOP, prices: { "flux-schnell": 0 } }), JSON.stringify({ ...SHOP, surprise: 1 })]) {
    await under({ PLANS });
    assert.equal((await fetch(`${stack.url}/api/health`)).status, 503, PLANS.slice(0, 40));
  }
});

test("the ledger tells all of it, each entry with what it is about", async () => {
  const person = await enter(stack);
  await topUp(person, "pack-500");
  const [picture] = await spend(person, 4);
  await person.make("a boat, fail");
  const { subscription } = await subscribe(person, "studio");
  await person.delete(`/api/generations/${picture.id}`);
  const entries = await ledger(person, 2);
  const told = entries.map(({ kind, amount, grant }) => [kind, amount, grant]);
  assert.deepEqual(told, [
    ["grant", 50, "promo"], ["grant", 500, "topup"], ["hold", -4, null], ["settle", 0, null], ["hold", -1, null], ["void", 1, null], ["grant", 1000, "plan"],
  ]);
  assert.equal(entries.reduce((sum, { amount }) => sum + amount, 0), (await creditsOf(person)).available);
  const [, pack, hold, settle, , , plan] = entries;
  assert.deepEqual([hold.generation, hold.model, settle.generation, settle.charged], [picture.id, null, picture.id, 4], "a deleted one is still named");
  assert.ok(Date.parse(pack.expiresAt) > Date.now() && Date.parse(plan.expiresAt) > Date.now());
  const invoices = (await person.get("/api/billing/invoices")).body.invoices.map(({ id }) => id);
  assert.ok(invoices.includes(plan.invoice) && invoices.includes(pack.invoice), `${pack.invoice} ${plan.invoice} in ${invoices}`);
  assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
  assert.ok(subscription);
  for (const query of ["limit=0", "limit=1000", "limit=x", "cursor=x", "cursor=' OR 1=1"]) refused(await person.get(`/api/ledger?${query}`), 400, "invalid_input");
  assert.deepEqual((await (await enter(stack)).get("/api/ledger")).body.entries.map(({ kind }) => kind), ["grant"]);
  refused(await new Client(stack).get("/api/ledger"), 401, "unauthenticated");
});

test("what expires sooner is spent first, and what has expired is gone", async () => {
  const person = await enter(stack);
  await topUp(person, "pack-500");
  await subscribe(person, "studio");
  await spend(person, 60);
  await becomes(person, { credits: { given: 0, plan: 990, topUp: 500 } });
  const soon = Date.now() + 5 * 86_400_000;
  await ask(stack, `UPDATE credit_grant SET "expiresAt" = ${soon} WHERE "userId" = '${person.user.id}' AND "kind" = 'plan'`);
  assert.deepEqual((await creditsOf(person)).expiring, { amount: 990, at: new Date(soon).toISOString() });
  await ask(stack, `UPDATE credit_grant SET "expiresAt" = ${Date.now() - 1000} WHERE "userId" = '${person.user.id}' AND "kind" = 'plan'`);
  assert.deepEqual(part(await creditsOf(person), { available: 0, plan: 0, topUp: 0, expiring: null }), { available: 500, plan: 0, topUp: 500, expiring: null });
  await until(async () => {
    await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
    await stack.runCron();
    return (await ledger(person)).some(({ kind, amount }) => kind === "expire" && amount === -990);
  }, "the sweep");
  assert.equal((await creditsOf(person)).available, 500);
});

test("what the operator gives back", async () => {
  const person = await enter(stack);
  const [picture] = await spend(person, 4);
  const refund = () => stack.runOperator(["credits", "refund", "--generation", picture.id, "--credits", "3", "--key", "complaint-7"]);
  for (const { code, output } of [await refund(), await refund()]) assert.equal(code, 0, output);
  await becomes(person, { credits: { available: 49, given: 49 } });
  const more = await stack.runOperator(["credits", "refund", "--generation", picture.id, "--credits", "2", "--key", "complaint-8"]);
  assert.notEqual(more.code, 0, "never more than was charged");
  const { code, output } = await stack.runOperator(["margin", "--json"]);
  assert.equal(code, 0, output);
});

test("and the books are right", () => audit(stack));
