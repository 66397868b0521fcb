// The sandbox, judged by the vendor's own client: npm's `stripe`, unmodified.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import Stripe from "stripe";
import { formsOf, press, submit } from "./support/stripe.mjs";

const BINARY = process.env.ATELIER_SANDBOX_BIN ?? fileURLToPath(new URL("../../target/debug/atelier-sandbox", import.meta.url));
const KEY = "sk_test_atelier";
const SECRET = "whsec_test_atelier";
const SUCCESS = "http://127.0.0.1:8787/billing?session={CHECKOUT_SESSION_ID}";
const CANCEL = "http://127.0.0.1:8787/billing";
const SLOWEST_MS = 20_000;
const MONTH_MS = 31 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;

let sandbox;
let origin;
let hooks;
let stripe;
let shop;

const client = (key = KEY, options = {}) => {
  const { hostname: host, port } = new URL(origin);
  return new Stripe(key, { host, port, protocol: "http", maxNetworkRetries: 0, telemetry: false, ...options });
};
const control = async (path, body) => {
  const answer = await fetch(`${origin}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.status === 204 ? undefined : answer.json();
};
const advance = (advanceMs) => control("clock", { advanceMs });
const nowS = async () => Math.floor(Date.parse((await (await fetch(`${origin}/sandbox/health`)).json()).now) / 1_000);

/** A webhook receiver; `next(fits)` resolves with the first event, past or future, that fits. */
async function receiver() {
  const received = [];
  const waiting = new Set();
  /** Names of customers whose next event is not taken. */
  const refusals = new Set();
  const server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const hook = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    hook.event = JSON.parse(hook.body);
    received.push(hook);
    response.writeHead(refusals.delete(hook.event.data?.object.name) ? 500 : 200).end();
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

/** The event of a type about an object. */
const about = (type, id) => ({ event }) => event.type === type && event.data?.object.id === id;

async function makeShop() {
  const plan = await stripe.products.create({ name: "Studio", metadata: { kind: "plan" } });
  const pack = await stripe.products.create({ name: "500 credits" });
  const monthly = (lookup_key, unit_amount) =>
    stripe.prices.create({ product: plan.id, currency: "eur", unit_amount, recurring: { interval: "month" }, lookup_key, metadata: { credits: "1000" } });
  return {
    studio: await monthly("studio_monthly", 1900),
    pro: await monthly("pro_monthly", 4900),
    credits: await stripe.prices.create({ product: pack.id, currency: "eur", unit_amount: 900, lookup_key: "credits_500" }),
  };
}

const buy = (mode, price, more = {}) =>
  stripe.checkout.sessions.create({ mode, line_items: [{ price: price.id, quantity: 1 }], success_url: SUCCESS, cancel_url: CANCEL, ...more });

async function subscribed() {
  const customer = await stripe.customers.create({ email: "zoe@example.com", metadata: { user_id: "usr_1" } });
  const open = await buy("subscription", shop.studio, { customer: customer.id, subscription_data: { metadata: { user_id: "usr_1" } } });
  await submit(open.url, { how: "paid" });
  const session = await stripe.checkout.sessions.retrieve(open.id);
  return { customer, session, id: session.subscription };
}

async function charged() {
  const customer = await stripe.customers.create({ email: "zoe@example.com" });
  const session = await buy("payment", shop.credits, { customer: customer.id, invoice_creation: { enabled: true } });
  await submit(session.url, { how: "paid" });
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent"] });
  return { session: paid, intent: paid.payment_intent, charge: paid.payment_intent.latest_charge };
}

describe("npm's stripe against the sandbox", { timeout: SLOWEST_MS * 10 }, () => {
  before(async () => {
    hooks = await receiver();
    const options = ["--stripe-secret-key", KEY, "--stripe-webhook-secret", SECRET, "--stripe-webhook-url", hooks.url];
    sandbox = spawn(BINARY, ["--listen", "127.0.0.1:0", ...options], { stdio: ["ignore", "pipe", "pipe"] });
    sandbox.stderr.pipe(process.stderr);
    const [line] = await once(createInterface({ input: sandbox.stdout }), "line");
    origin = JSON.parse(line).url;
    stripe = client();
    shop = await makeShop();
  });

  beforeEach(async () => {
    await control("stripe/outage", { mode: "up" });
    await control("stripe/webhooks", { mode: "normal" });
  });

  after(async () => {
    hooks.close();
    sandbox.kill("SIGTERM");
    const [code] = await once(sandbox, "exit");
    assert.equal(code, 0);
  });

  test("it speaks the client's version, and no other", async () => {
    assert.equal((await stripe.accounts.retrieve()).object, "account");
    assert.equal((await stripe.balance.retrieve()).livemode, false);
    const listed = await stripe.products.list({ limit: 1 });
    assert.equal(listed.lastResponse.apiVersion, Stripe.API_VERSION);
    assert.match(listed.lastResponse.requestId, /^req_/);
    await assert.rejects(client(KEY, { apiVersion: "2025-03-31.basil" }).balance.retrieve(), /Invalid Stripe API version/);
  });

  test("customers: create, read, update, unset, list, delete", async () => {
    const made = await stripe.customers.create({ email: "zoe@example.com", name: "Zoë van Dijk", metadata: { user_id: "usr_1", gone: "x" } });
    assert.equal(made.name, "Zoë van Dijk");
    const changed = await stripe.customers.update(made.id, { name: "", metadata: { gone: "", plan: "pro" } });
    assert.equal(changed.name, null);
    assert.deepEqual({ ...changed.metadata }, { user_id: "usr_1", plan: "pro" });
    assert.deepEqual((await stripe.customers.list({ email: "zoe@example.com" })).data[0].id, made.id);
    assert.equal((await stripe.customers.del(made.id)).deleted, true);
    const gone = await stripe.customers.retrieve(made.id);
    assert.deepEqual([gone.id, gone.deleted], [made.id, true]);
    await hooks.next(about("customer.deleted", made.id));
  });

  test("lists, page by page", async () => {
    const made = [];
    for (let count = 0; count < 12; count += 1) made.unshift((await stripe.products.create({ name: `P${count}`, metadata: { list: "1" } })).id);
    const seen = [];
    for await (const product of stripe.products.list({ limit: 5 })) seen.push(product.id);
    assert.deepEqual(seen.slice(0, 12), made);
    assert.equal(new Set(seen).size, seen.length);
    const prices = await stripe.prices.list({ lookup_keys: ["pro_monthly", "studio_monthly"], active: true, expand: ["data.product"] });
    assert.deepEqual(prices.data.map(({ product }) => product.name), ["Studio", "Studio"]);
    assert.equal(prices.data[0].unit_amount_decimal.toString(), "4900");
  });

  test("the same key is the same answer", async () => {
    const options = { idempotencyKey: `cus:${Date.now()}` };
    const [one, two] = [await stripe.customers.create({ name: "A" }, options), await stripe.customers.create({ name: "A" }, options)];
    assert.equal(one.id, two.id);
    assert.equal(two.lastResponse.headers["idempotent-replayed"], "true");
    await assert.rejects(stripe.customers.create({ name: "B" }, options), { type: "StripeIdempotencyError", statusCode: 400 });
    await control("stripe/outage", { mode: "late-answer", delayMs: 2_000, times: 1 });
    const late = { idempotencyKey: `late:${Date.now()}` };
    const first = stripe.customers.create({ name: "C" }, late);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await assert.rejects(stripe.customers.create({ name: "C" }, late), { statusCode: 409 });
    const { id } = await first;
    assert.equal((await stripe.customers.create({ name: "C" }, late)).id, id);
  });

  test("a lost answer is found again under its key", async () => {
    await control("stripe/outage", { mode: "lost-answer", times: 1 });
    const retrying = client(KEY, { maxNetworkRetries: 2 });
    const made = await retrying.customers.create({ name: "Lost" });
    assert.equal(made.lastResponse.headers["idempotent-replayed"], "true");
  });

  test("every write is replayed under its key, and what was refused uses none up", async () => {
    const made = (key) => buyUnder(key, { client_reference_id: "co_1", metadata: { n: "1" } });
    const buyUnder = (idempotencyKey, more, price = shop.credits.id) =>
      stripe.checkout.sessions.create({ mode: "payment", line_items: [{ price, quantity: 1 }], success_url: SUCCESS, ...more }, { idempotencyKey });
    const key = `co:${Date.now()}`;
    const all = await Promise.all(Array.from({ length: 10 }, () => made(key)));
    assert.deepEqual([new Set(all.map(({ id }) => id)).size, new Set(all.map(({ url }) => url)).size], [1, 1]);
    assert.equal(all.filter(({ lastResponse }) => lastResponse.headers["idempotent-replayed"] === "true").length, 9);
    await submit(all[0].url, { how: "paid" });
    assert.equal((await made(key)).status, "open", "the first answer, though the session is complete since");
    await assert.rejects(buyUnder(key, { client_reference_id: "co_2" }), { type: "StripeIdempotencyError" });

    const refused = `${key}:refused`;
    await assert.rejects(buyUnder(refused, {}, "price_none"), { type: "StripeInvalidRequestError", statusCode: 400 });
    assert.equal((await buyUnder(refused, {})).status, "open");
    const { charge } = await charged();
    const back = () => stripe.refunds.create({ charge, amount: 100 }, { idempotencyKey: `${key}:refund` });
    assert.equal((await back()).id, (await back()).id);
    assert.equal((await stripe.charges.retrieve(charge)).amount_refunded, 100);
  });

  test("errors are the vendor's", async () => {
    await assert.rejects(client("sk_test_other").balance.retrieve(), { type: "StripeAuthenticationError", statusCode: 401 });
    await assert.rejects(stripe.customers.retrieve("cus_none"), { type: "StripeInvalidRequestError", code: "resource_missing", statusCode: 404, param: "id" });
    await assert.rejects(buy("payment", shop.studio), { type: "StripeInvalidRequestError", param: "line_items" });
    await assert.rejects(buy("payment", shop.credits, { payment_method_types: ["card"] }), { code: "parameter_unknown" });
    await assert.rejects(buy("payment", shop.credits, { success_url: "javascript:alert(1)" }), { code: "url_invalid", param: "success_url" });
    for (const [mode, expected] of [
      ["throttled", { type: "StripeRateLimitError" }],
      ["down", { type: "StripeAPIError" }],
      ["garbage", { type: "StripeAPIError" }],
    ]) {
      await control("stripe/outage", { mode });
      await assert.rejects(stripe.balance.retrieve(), expected, mode);
    }
    await control("stripe/outage", { mode: "slow", delayMs: 3_000 });
    await assert.rejects(client(KEY, { timeout: 200 }).balance.retrieve(), { type: "StripeConnectionError" });
  });

  test("webhooks are valid, tried again under the same id with a fresh signature", async () => {
    hooks.refusals.add("Hook");
    const { id } = await stripe.customers.create({ name: "Hook" });
    const first = await hooks.next(about("customer.created", id));
    const second = await hooks.next(about("customer.created", id), 1);
    assert.equal(first.event.id, second.event.id);
    const [one, two] = [first, second].map(({ headers }) => headers["stripe-signature"]);
    assert.notEqual(one, two);
    for (const { headers, body } of [first, second]) {
      const event = stripe.webhooks.constructEvent(body, headers["stripe-signature"], SECRET);
      assert.equal(event.data.object.id, id);
      assert.throws(() => stripe.webhooks.constructEvent(`${body} `, headers["stripe-signature"], SECRET), { type: "StripeSignatureVerificationError" });
    }
    const { api_version: version, livemode, request } = first.event;
    assert.deepEqual([version, livemode, typeof request.id, typeof request.idempotency_key], [Stripe.API_VERSION, false, "string", "string"]);
    assert.deepEqual((await stripe.events.retrieve(first.event.id)).data.object.id, id);
  });

  test("thin messages carry the same signature, and are no events", async () => {
    const thin = JSON.stringify({ id: "evt_thin", object: "v2.core.event", type: "v1.invoice.paid", created: "2026-01-01T00:00:00.000Z", livemode: false, related_object: null });
    await control("stripe/emit", { event: { id: "evt_thin", type: "v1.invoice.paid" }, body: thin });
    const { body, headers } = await hooks.next(({ event }) => event.id === "evt_thin");
    assert.throws(() => stripe.webhooks.constructEvent(body, headers["stripe-signature"], SECRET), /thin event notification/);
    assert.equal(stripe.parseEventNotification(body, headers["stripe-signature"], SECRET).type, "v1.invoice.paid");
    await assert.rejects(stripe.webhooks.constructEventAsync(body, "t=1,v1=00", SECRET), { type: "StripeSignatureVerificationError" });
  });

  test("webhooks: rolled secrets, twice, reordered, two ids, muted and delivered", async () => {
    const create = async (name) => (await stripe.customers.create({ name })).id;
    await control("stripe/webhooks", { secrets: ["whsec_new", SECRET] });
    const rolled = await hooks.next(about("customer.created", await create("rolled")));
    for (const secret of ["whsec_new", SECRET]) stripe.webhooks.constructEvent(rolled.body, rolled.headers["stripe-signature"], secret);
    await control("stripe/webhooks", { secrets: [SECRET] });

    await control("stripe/webhooks", { mode: "twice" });
    const twice = about("customer.created", await create("twice"));
    assert.equal((await hooks.next(twice)).event.id, (await hooks.next(twice, 1)).event.id);

    await control("stripe/webhooks", { mode: "reorder" });
    const [one, two] = [await create("one"), await create("two")];
    await hooks.next(about("customer.created", one));
    const order = hooks.received.map(({ event }) => event.data?.object.id);
    assert.ok(order.indexOf(two) < order.indexOf(one));

    await control("stripe/webhooks", { mode: "two-ids" });
    const double = about("customer.created", await create("double"));
    assert.notEqual((await hooks.next(double)).event.id, (await hooks.next(double, 1)).event.id);

    await control("stripe/webhooks", { mode: "mute" });
    const muted = await create("muted");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const undelivered = await stripe.events.list({ delivery_success: false, types: ["customer.created"] });
    assert.equal(undelivered.data[0].data.object.id, muted);
    await control("stripe/webhooks", { mode: "deliver" });
    await hooks.next(about("customer.created", muted));
  });

  test("events that nobody sent: wrong secret, old, live", async () => {
    const event = { type: "invoice.paid", data: { object: { id: "in_forged", object: "invoice" } } };
    const forged = async (more) => {
      const { id } = await control("stripe/emit", { event, ...more });
      return hooks.next((hook) => hook.event.id === id);
    };
    const verify = ({ body, headers }) => stripe.webhooks.constructEvent(body, headers["stripe-signature"], SECRET);
    assert.equal(verify(await forged({ livemode: true })).livemode, true);
    const old = await forged({ ageSeconds: 600 });
    assert.throws(() => verify(old), /Timestamp outside the tolerance zone/);
    const wrong = await forged({ secret: "whsec_wrong" });
    assert.throws(() => verify(wrong), { type: "StripeSignatureVerificationError" });
  });

  test("a subscription: checkout, renewal, upgrade, dunning, end", async () => {
    const { customer, session, id } = await subscribed();
    assert.deepEqual([session.status, session.payment_status, session.mode], ["complete", "paid", "subscription"]);
    const completed = await hooks.next(about("checkout.session.completed", session.id));
    assert.equal(completed.event.data.object.subscription, id);
    const begun = await stripe.subscriptions.retrieve(id, { expand: ["latest_invoice.payments", "customer"] });
    assert.deepEqual([begun.status, begun.customer.id, begun.latest_invoice.billing_reason], ["active", customer.id, "subscription_create"]);
    const intent = begun.latest_invoice.payments.data[0].payment.payment_intent;
    const payments = await stripe.invoicePayments.list({ payment: { type: "payment_intent", payment_intent: intent } });
    assert.equal(payments.data[0].invoice, begun.latest_invoice.id);

    await advance(MONTH_MS);
    const renewed = await hooks.next(({ event }) => event.type === "customer.subscription.updated" && event.data.object.id === id && event.data.previous_attributes.latest_invoice);
    await advance(HOUR_MS);
    const invoice = renewed.event.data.object.latest_invoice;
    const paid = await hooks.next(about("invoice.paid", invoice));
    assert.deepEqual([paid.event.data.object.billing_reason, paid.event.data.object.parent.subscription_details.metadata.user_id], ["subscription_cycle", "usr_1"]);

    const item = begun.items.data[0].id;
    const pro = await stripe.subscriptions.update(id, { items: [{ id: item, price: shop.pro.id }], proration_behavior: "always_invoice", expand: ["latest_invoice"] });
    assert.deepEqual([pro.items.data[0].price.id, pro.latest_invoice.billing_reason], [shop.pro.id, "subscription_update"]);

    await control("stripe/renew", { subscription: id, how: "failed" });
    assert.equal((await stripe.subscriptions.retrieve(id)).status, "past_due");
    await control("stripe/renew", { subscription: id, how: "paid" });
    assert.equal((await stripe.subscriptions.retrieve(id)).status, "active");
    const ends = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    assert.equal(ends.cancel_at, ends.items.data[0].current_period_end);
    assert.equal((await stripe.subscriptions.cancel(id)).status, "canceled");
    await hooks.next(about("customer.subscription.deleted", id));
    assert.equal((await stripe.invoices.list({ subscription: id })).data.length, 4);
  });

  test("a pack: paid, declined, cancelled, delayed, expired", async () => {
    const { session, intent } = await charged();
    assert.deepEqual([session.payment_status, intent.status, intent.amount_received], ["paid", "succeeded", 900]);
    const invoice = await stripe.invoices.retrieve(session.invoice);
    assert.deepEqual([invoice.status, invoice.parent, invoice.billing_reason], ["paid", null, "manual"]);
    assert.equal((await fetch(invoice.invoice_pdf)).headers.get("content-type"), "application/pdf");
    assert.equal((await stripe.checkout.sessions.listLineItems(session.id)).data[0].price.id, shop.credits.id);

    const open = await buy("payment", shop.credits, { expires_at: (await nowS()) + 3_600 });
    assert.equal((await submit(open.url, { how: "cancel" })).headers.get("location"), CANCEL);
    assert.equal((await submit(open.url, { how: "declined" })).status, 402);
    const later = await submit(open.url, { how: "later" });
    assert.equal(later.headers.get("location"), SUCCESS.replace("{CHECKOUT_SESSION_ID}", open.id));
    assert.equal((await stripe.checkout.sessions.retrieve(open.id)).payment_status, "unpaid");
    await advance(60_000);
    await hooks.next(about("checkout.session.async_payment_succeeded", open.id));

    const bounced = await buy("payment", shop.credits);
    await submit(bounced.url, { how: "later-fails" });
    await advance(60_000);
    await hooks.next(about("checkout.session.async_payment_failed", bounced.id));
    const expired = await buy("payment", shop.credits);
    assert.equal((await stripe.checkout.sessions.expire(expired.id)).status, "expired");
    await hooks.next(about("checkout.session.expired", expired.id));
  });

  test("refunds, one of which comes back, and a dispute that is won", async () => {
    const { charge, intent } = await charged();
    const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 300 });
    assert.equal(part.charge, charge);
    const refunded = await hooks.next(about("charge.refunded", charge));
    assert.deepEqual([refunded.event.data.object.amount_refunded, refunded.event.data.object.refunded], [300, false]);
    await assert.rejects(stripe.refunds.create({ charge, amount: 601 }), { param: "amount" });
    await control("stripe/refund", { refund: part.id, how: "fails" });
    await hooks.next(about("refund.failed", part.id));
    assert.equal((await stripe.charges.retrieve(charge)).amount_refunded, 0);
    const { id } = await control("stripe/dispute", { charge });
    await hooks.next(about("charge.dispute.funds_withdrawn", id));
    await assert.rejects(stripe.refunds.create({ charge }), { code: "charge_disputed" });
    await control("stripe/dispute", { dispute: id, how: "won" });
    await hooks.next(about("charge.dispute.funds_reinstated", id));
    assert.equal((await stripe.disputes.list({ charge })).data[0].status, "won");
  });

  test("the portal, by plain forms", async () => {
    const { customer, id } = await subscribed();
    const { url } = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: CANCEL });
    const page = await fetch(url);
    assert.match(await page.text(), /Renews on/);
    assert.equal((await submit(url, { action: "change", price: shop.pro.id })).status, 303);
    await submit(url, { action: "cancel", subscription: id });
    const changed = await stripe.subscriptions.retrieve(id);
    assert.deepEqual([changed.items.data[0].price.id, changed.cancel_at_period_end], [shop.pro.id, true]);
    await submit(url, { action: "resume" });
    await submit(url, { action: "card-fails" });
    await control("stripe/renew", { subscription: id, how: "failed" });
    assert.equal((await stripe.subscriptions.retrieve(id)).status, "past_due");
    assert.equal((await submit(url, { action: "return" })).headers.get("location"), CANCEL);
    await stripe.customers.del(customer.id);
    await hooks.next(about("customer.subscription.deleted", id));
  });

  test("the pages, read and pressed as a browser does", async () => {
    const open = await buy("subscription", shop.studio, { customer_email: "pressed@example.com" });
    const [{ fields, buttons }] = formsOf(await (await fetch(open.url)).text());
    assert.deepEqual([fields, buttons.length], [[["email", "pressed@example.com"]], 5]);
    assert.equal((await press(open.url, /declined/)).status, 402);
    assert.equal((await press(open.url, /without paying/)).headers.get("location"), CANCEL);
    assert.equal((await press(open.url, /card that works/)).headers.get("location"), SUCCESS.replace("{CHECKOUT_SESSION_ID}", open.id));
    const { customer, subscription, customer_details: details } = await stripe.checkout.sessions.retrieve(open.id);
    assert.equal(details.email, "pressed@example.com");
    const { url } = await stripe.billingPortal.sessions.create({ customer, return_url: CANCEL });
    await press(url, /^Change$/, (fields) => fields.some(([name, value]) => name === "price" && value === shop.pro.id));
    await press(url, /^Cancel/);
    const changed = await stripe.subscriptions.retrieve(subscription);
    assert.deepEqual([changed.items.data[0].price.id, changed.cancel_at_period_end], [shop.pro.id, true]);
    await press(url, /card that is declined/);
    await assert.rejects(press(url, /Pay now/), /there is no button/);
  });

  test("an auditor sees what was paid, and what was delivered", async () => {
    const state = await (await fetch(`${origin}/sandbox/stripe/state`)).json();
    assert.ok(state.charges.length > 0 && state.invoices.length > 0 && state.subscriptions.length > 0);
    assert.ok(state.deliveries.some(({ type, delivered }) => type === "invoice.paid" && delivered));
    const endpoint = await stripe.webhookEndpoints.create({ url: "https://a.test/hook", enabled_events: ["invoice.paid"], api_version: Stripe.API_VERSION });
    assert.match(endpoint.secret, /^whsec_/);
    assert.equal((await stripe.webhookEndpoints.list()).data[0].id, endpoint.id);
    await stripe.webhookEndpoints.del(endpoint.id);
  });
});
