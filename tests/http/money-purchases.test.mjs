// Buying: packs and plans through Stripe's own pages, and all that can become of a purchase afterwards.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { audit } from "./support/money-audit.mjs";
import { atStripe, becomes, billing, buy, checkout, comesTo, creditsOf, enter, grantsOf, part, renew, spend, startShop, subscribe, topUp } from "./support/money.mjs";
import { BOUNDLESS, SHOP, packOf } from "./support/shop.mjs";
import { books, control, outage, press, submit } from "./support/stripe.mjs";
import { ask, until } from "./support/studio.mjs";

let stack;
before(async () => {
  stack = await startShop({ vars: { PLANS: BOUNDLESS } });
});
afterEach(() => outage(stack, "up"));
after(() => stack?.stop());

/** A refusal with its code. */
function refused(answer, status, code) {
  assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
}
const portal = async (person, json) => {
  const { status, body } = await person.post("/api/billing/portal", json);
  assert.equal(status, 201, JSON.stringify(body));
  return body.url;
};
const priceOf = async (key) => (await stack.stripe.prices.list({ lookup_keys: [key] })).data[0];
/** Changes the plan on Stripe's page. */
const changeTo = async (person, key) => {
  const { id } = await priceOf(key);
  const answer = await press(await portal(person, { flow: "change" }), /^Change$/, (fields) => fields.some(([name, value]) => name === "price" && value === id));
  assert.equal(answer.status, 303);
};

test("what is sold is public, and the same for everybody", async () => {
  const plans = await (await fetch(`${stack.url}/api/plans`)).json();
  assert.deepEqual([plans.currency, plans.enabled, plans.packs], ["usd", true, SHOP.packs.map(({ id, credits, amount, months }) => ({ id, credits, amount, months }))]);
  assert.deepEqual(plans.plans.map(({ id, credits, prices }) => [id, credits, prices]), SHOP.plans.map(({ id, credits, prices }) => [id, credits, prices]));
  const person = await enter(stack);
  const mine = await billing(person);
  assert.deepEqual([mine.enabled, mine.testMode, mine.plan.id, mine.plan.status, mine.due, mine.currency], [true, true, "free", null, null, "usd"]);
  assert.deepEqual(part(mine.credits, { available: 0, held: 0, debt: 0, plan: 0, topUp: 0, given: 0 }), { available: 50, held: 0, debt: 0, plan: 0, topUp: 0, given: 50 });
  refused(await person.get("/api/billing", { headers: { cookie: "" } }), 401, "unauthenticated");
});

test("a pack: to Stripe's page, back with its name, and the credits are there", async () => {
  const person = await enter(stack);
  const begun = await checkout(person, { pack: "pack-500", returnTo: "/?prompt=a%20lake" });
  const page = await (await fetch(begun.url)).text();
  assert.match(page, /\$7\.00/);
  const paid = await press(begun.url, /card that works/);
  const back = new URL(paid.headers.get("location"));
  assert.deepEqual([back.origin, back.pathname, back.searchParams.get("prompt"), back.searchParams.get("checkout"), back.searchParams.has("canceled")], [stack.url, "/", "a lake", begun.id, false]);
  const done = await comesTo(person, begun, "paid");
  assert.deepEqual(part(done, { kind: "", item: "", credits: 0, balance: { topUp: 0, available: 0 } }), { kind: "topup", item: "pack-500", credits: 500, balance: { topUp: 500, available: 550 } });
  await becomes(person, { credits: { available: 550, topUp: 500, given: 50 }, plan: { id: "free", status: null } });
  // A year's time to use them.
  const [grant] = (await grantsOf(person)).filter(({ kind }) => kind === "topup");
  const months = (grant.expiresAt - Date.now()) / 86_400_000 / 30.4;
  assert.ok(Math.abs(months - packOf("pack-500").months) < 0.5, `${months} months`);
  assert.match(grant.source, /^(cs|in)_/);
});

test("going back without paying costs nothing, and one can go on later", async () => {
  const person = await enter(stack);
  const begun = await checkout(person, { pack: "pack-2000", returnTo: "/account?tab=plan" });
  const away = new URL((await press(begun.url, /without paying/)).headers.get("location"));
  assert.deepEqual([away.pathname, away.searchParams.get("tab"), away.searchParams.get("checkout"), away.searchParams.get("canceled")], ["/account", "plan", begun.id, "1"]);
  assert.equal((await person.get(`/api/billing/checkouts/${begun.id}`)).body.state, "open");
  assert.equal((await press(begun.url, /is declined/)).status, 402);
  await press(begun.url, /card that works/);
  await comesTo(person, begun, "paid");
  const left = await checkout(person, { pack: "pack-500" });
  await control(stack, "stripe/pay", { session: left.session, how: "expired" });
  await comesTo(person, left, "expired");
  await becomes(person, { credits: { topUp: 2000 } });
});

test("what cannot be bought", async () => {
  const person = await enter(stack);
  for (const json of [
    {}, { pack: "pack-1" }, { plan: "free", interval: "month" }, { plan: "studio", interval: "week" }, { plan: "nope", interval: "month" },
    { pack: "pack-500", plan: "studio", interval: "month" }, { pack: 500 },
    ...["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "x", `/${"x".repeat(5000)}`, "/\r\nset-cookie: a=b", 7].map((returnTo) => ({ pack: "pack-500", returnTo })),
  ]) {
    const answer = await person.post("/api/billing/checkouts", json);
    assert.ok([400, 422].includes(answer.status) && answer.body.code === "invalid_input", `${JSON.stringify(json).slice(0, 80)}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  for (const more of [{ quantity: 2 }, { amount: 1 }, { credits: 9999 }, { price: "price_x" }]) {
    const { status, body } = await person.post("/api/billing/checkouts", { pack: "pack-500", ...more });
    assert.ok(status === 400 || (await (await fetch(body.url)).text()).includes("$7.00"), `${JSON.stringify(more)}: ${status}`);
  }
  refused(await person.post("/api/billing/checkouts", { pack: "pack-500" }, { headers: { origin: "https://evil.example" } }), 403, "foreign_origin");
  refused(await person.post("/api/billing/checkouts", { pack: "pack-500" }, { headers: { cookie: "" } }), 401, "unauthenticated");
  refused(await (await enter(stack)).post("/api/billing/portal", { flow: "manage" }), 409, "no_customer");
  for (const path of ["/api/billing/checkouts/none", "/api/billing/invoices/in_none/page", "/api/billing/invoices/in_none/pdf"]) refused(await person.get(path), 404, "not_found");
});

test("whoever begins purchases by the dozen is slowed down", async () => {
  const person = await enter(stack);
  const answers = await Promise.all(Array.from({ length: 30 }, () => person.post("/api/billing/checkouts", { pack: "pack-500" })));
  const slowed = answers.filter(({ status }) => status === 429);
  assert.ok(slowed.length > 0 && answers.every(({ status }) => [201, 429, 503].includes(status)), JSON.stringify(answers.map(({ status }) => status)));
  refused(slowed[0], 429, "too_fast");
  assert.ok(Number(slowed[0].headers.get("retry-after")) >= 1);
  assert.equal((await (await enter(stack)).post("/api/billing/checkouts", { pack: "pack-500" })).status, 201, "nobody else is");
});

test("a plan: subscribed, changed in the middle, cancelled, resumed, renewed", async () => {
  const person = await enter(stack);
  const { subscription } = await subscribe(person, "studio");
  const begun = await billing(person);
  assert.deepEqual([begun.plan.name.en, begun.plan.endsAt, begun.plan.credits], ["Studio", null, 1000]);
  const days = (Date.parse(begun.plan.renewsAt) - Date.now()) / 86_400_000;
  assert.ok(days > 27 && days < 32, begun.plan.renewsAt);
  refused(await person.post("/api/billing/checkouts", { plan: "atelier", interval: "month" }), 409, "already_subscribed");

  // An upgrade brings the difference for what is left of the period, which is all of it; and only once, however often one goes to and fro.
  await changeTo(person, "atelier_atelier_month");
  const upgraded = await until(async () => {
    const { plan, credits } = await billing(person);
    return plan.id === "atelier" && credits.plan > 1000 ? credits : undefined;
  }, "the upgrade");
  assert.ok(Math.abs(upgraded.plan - 4000) <= 4, `${upgraded.plan}`);
  for (const key of ["atelier_studio_month", "atelier_atelier_month", "atelier_studio_month", "atelier_atelier_month"]) {
    const { items } = await stack.stripe.subscriptions.retrieve(subscription);
    await stack.stripe.subscriptions.update(subscription, { items: [{ id: items.data[0].id, price: (await priceOf(key)).id }], proration_behavior: "always_invoice" });
    await becomes(person, { plan: { id: key.split("_")[1] } });
  }
  assert.ok(Math.abs((await creditsOf(person)).plan - 4000) <= 8, `${(await creditsOf(person)).plan} after going to and fro`);

  const url = await portal(person, { flow: "cancel" });
  await press(url, /^Cancel/);
  const ending = await until(async () => ((await billing(person)).plan.endsAt ? billing(person) : undefined), "the cancellation");
  assert.deepEqual([ending.plan.id, ending.plan.renewsAt], ["atelier", null]);
  await press(url, /not cancel/);
  await becomes(person, { plan: { endsAt: null, status: "active" } });

  const before = (await creditsOf(person)).plan;
  await renew(stack, subscription);
  await becomes(person, { credits: { plan: before + 4000 } });
  await stack.stripe.subscriptions.cancel(subscription);
  await becomes(person, { plan: { id: "free" } });
  await checkout(person, { plan: "studio", interval: "month" });
});

test("less than before begins with the next period, since the credits of this one are paid for", async () => {
  const person = await enter(stack);
  const { subscription } = await subscribe(person, "atelier");
  await changeTo(person, "atelier_studio_month");
  await new Promise((resolve) => setTimeout(resolve, 500));
  await becomes(person, { plan: { id: "atelier" }, credits: { plan: 4000 } });
  await renew(stack, subscription);
  await becomes(person, { plan: { id: "studio" }, credits: { plan: 5000 } });
});

test("a yearly plan brings twelve months at once", async () => {
  const person = await enter(stack);
  await subscribe(person, "studio", "year");
  assert.ok(Date.parse((await billing(person)).plan.renewsAt) > Date.now() + 360 * 86_400_000);
});

test("a renewal that fails is said, and mended", async () => {
  const person = await enter(stack);
  const { subscription } = await subscribe(person, "studio");
  await renew(stack, subscription, "failed");
  const late = await becomes(person, { plan: { id: "studio", status: "past_due" }, due: { amount: 1200, currency: "usd" }, credits: { plan: 1000 } });
  assert.match(late.due.invoice, /^in_/);
  assert.ok(Date.parse(late.due.nextAttemptAt) > Date.now());
  const listed = (await person.get("/api/billing/invoices")).body.invoices.find(({ id }) => id === late.due.invoice);
  assert.deepEqual([listed.status, listed.amountDue, listed.paidAt], ["open", 1200, null]);
  const page = await person.get(`/api/billing/invoices/${late.due.invoice}/page`);
  assert.equal(page.status, 303);
  assert.equal((await submit(page.headers.get("location"), { how: "paid" })).status, 303);
  await becomes(person, { plan: { id: "studio", status: "active" }, due: null, credits: { plan: 2000 } });
  // Four times in vain, and it ends.
  for (let attempt = 0; attempt < 4; attempt++) await renew(stack, subscription, "failed");
  await becomes(person, { plan: { id: "free" }, credits: { plan: 2000 } });
});

test("a payment that takes days: pending, then paid, or not", async () => {
  const person = await enter(stack);
  const slow = await buy(person, { pack: "pack-500" }, "later");
  await comesTo(person, slow, "pending");
  await becomes(person, { credits: { topUp: 0 } });
  await control(stack, "stripe/pay", { session: slow.session, how: "settle" });
  await comesTo(person, slow, "paid");
  await becomes(person, { credits: { topUp: 500 } });
  const vain = await buy(person, { pack: "pack-500" }, "later-fails");
  await comesTo(person, vain, "pending");
  await control(stack, "stripe/pay", { session: vain.session, how: "bounce" });
  await comesTo(person, vain, "failed");
  await becomes(person, { credits: { topUp: 500 } });
});

test("money that goes back after it was spent becomes a debt, which the next credits repay first", async () => {
  const person = await enter(stack);
  const first = await topUp(person, "pack-500");
  await spend(person, 450);
  await becomes(person, { credits: { available: 100, topUp: 100, given: 0, held: 0 } });
  const { id } = await control(stack, "stripe/refund", { session: first.session });
  await becomes(person, { credits: { available: 0, topUp: 0, debt: 400 } });
  const short = await person.order("a meadow");
  refused(short, 402, "insufficient_credits");
  const second = await buy(person, { pack: "pack-2000" });
  await comesTo(person, second, "paid");
  await becomes(person, { credits: { available: 1600, topUp: 1600, debt: 0 } });
  // The bank could not pay it out: the money is ours again, and the credits are theirs.
  await control(stack, "stripe/refund", { refund: id, how: "fails" });
  await becomes(person, { credits: { available: 2100, topUp: 2100, debt: 0 } });
});

test("parts that go back are counted from the whole, not one upon the other", async () => {
  const person = await enter(stack);
  const { session } = await topUp(person, "pack-500");
  let back = 0;
  for (const amount of [1, 99, 200, 399, 1]) {
    await control(stack, "stripe/refund", { session, amount });
    back += amount;
    await becomes(person, { credits: { topUp: 500 - Math.ceil((500 * back) / 700), debt: 0 } });
  }
  assert.equal((await creditsOf(person)).topUp, 0);
});

test("disputes: the credits go when one is opened, and come back when it is won", async () => {
  const person = await enter(stack);
  const { session } = await topUp(person, "pack-500");
  const inquiry = await control(stack, "stripe/dispute", { session, how: "inquiry" });
  await control(stack, "stripe/dispute", { dispute: inquiry.id, how: "won" });
  await becomes(person, { credits: { topUp: 500 } });
  for (const [how, left] of [["won", 500], ["lost", 0], ["prevented", 500]]) {
    const other = await enter(stack);
    const bought = await topUp(other, "pack-500");
    const { id } = await control(stack, "stripe/dispute", { session: bought.session });
    await becomes(other, { credits: { topUp: 0, debt: 0 } });
    await control(stack, "stripe/dispute", { dispute: id, how });
    await becomes(other, { credits: { topUp: left, debt: 0 } });
    if (how !== "lost") continue;
    await control(stack, "stripe/dispute", { dispute: id, how: "appeal" });
    await control(stack, "stripe/dispute", { dispute: id, how: "won" });
    await becomes(other, { credits: { topUp: 500 } });
  }
});

test("invoices are listed, newest first, and lead to Stripe's own", async () => {
  const person = await enter(stack);
  await topUp(person, "pack-500");
  await new Promise((resolve) => setTimeout(resolve, 1100)); // Stripe's times are whole seconds
  const { subscription } = await subscribe(person, "atelier");
  await renew(stack, subscription);
  const invoices = await until(async () => {
    const { body } = await person.get("/api/billing/invoices");
    return body.invoices.length === 3 && body.invoices.every(({ status }) => status === "paid") ? body.invoices : undefined;
  }, "three invoices");
  assert.deepEqual(invoices.map(({ kind, total, currency, amountDue }) => [kind, total, currency, amountDue]), [["plan", 3900, "usd", 3900], ["plan", 3900, "usd", 3900], ["topup", 700, "usd", 700]]);
  const numbers = (await stack.stripe.invoices.list({ customer: (await atStripe(person)).customers[0].id })).data.map(({ number }) => number);
  assert.deepEqual(invoices.map(({ number }) => number).sort(), numbers.sort());
  const other = await enter(stack);
  for (const kind of ["page", "pdf"]) {
    const { status, headers } = await person.get(`/api/billing/invoices/${invoices[0].id}/${kind}`);
    assert.equal(status, 303);
    const there = await fetch(headers.get("location"));
    assert.equal(there.headers.get("content-type").split(";")[0], kind === "pdf" ? "application/pdf" : "text/html");
    refused(await other.get(`/api/billing/invoices/${invoices[0].id}/${kind}`), 404, "not_found");
  }
  // While Stripe is away, the address that was kept does.
  await outage(stack, "down");
  assert.equal((await person.get(`/api/billing/invoices/${invoices[0].id}/page`)).status, 303);
});

test("two tabs: one customer, and never two subscriptions", async () => {
  const person = await enter(stack);
  const packs = await Promise.all(Array.from({ length: 6 }, () => person.post("/api/billing/checkouts", { pack: "pack-500" })));
  assert.ok(packs.every(({ status }) => status === 201), JSON.stringify(packs.map(({ status, body }) => [status, body.code])));
  const plans = await Promise.all(["studio", "atelier", "studio", "atelier"].map((plan) => person.post("/api/billing/checkouts", { plan, interval: "month" })));
  assert.ok(plans.some(({ status }) => status === 201) && plans.every(({ status }) => [201, 409, 503].includes(status)), JSON.stringify(plans.map(({ status }) => status)));
  const openPlans = async () => (await atStripe(person)).sessions.filter(({ mode, status }) => mode === "subscription" && status === "open");
  assert.ok((await openPlans()).length <= 1, "two pages that are paid would be two subscriptions");
  const one = await checkout(person, { plan: "studio", interval: "month" });
  const same = await checkout(person, { plan: "studio", interval: "month" });
  assert.deepEqual([same.id, same.url], [one.id, one.url], "an open one is used again");
  const other = await checkout(person, { plan: "studio", interval: "year" });
  assert.notEqual(other.session, one.session);
  assert.deepEqual((await openPlans()).map(({ id }) => id), [other.session]);
  assert.equal((await atStripe(person)).customers.length, 1);
});

test("answers of Stripe's that are lost or late: no second customer, no second sale", async () => {
  for (const [mode, more] of [["lost-answer", { times: 1 }], ["lost-answer", { times: 2 }], ["late-answer", { times: 1, delayMs: 25_000 }], ["down", { times: 1 }], ["throttled", { times: 1 }], ["garbage", { times: 1 }]]) {
    const person = await enter(stack);
    await outage(stack, mode, more);
    const first = await person.post("/api/billing/checkouts", { pack: "pack-500" });
    assert.ok([201, 503].includes(first.status), `${mode}: ${first.status} ${JSON.stringify(first.body)}`);
    await outage(stack, "up");
    const begun = await until(async () => {
      const { status, body } = await person.post("/api/billing/checkouts", { pack: "pack-500" });
      if (status === 201) return body;
      await new Promise((resolve) => setTimeout(resolve, 3000)); // as somebody would who clicks again
      return undefined;
    }, `a checkout after ${mode}`);
    await submit(begun.url, { how: "paid" });
    await becomes(person, { credits: { topUp: 500 } });
    assert.equal((await atStripe(person)).customers.length, 1, mode);
  }
});

test("whoever leaves is charged no more, and their customer goes", async () => {
  const person = await enter(stack);
  const { subscription, customer } = await subscribe(person, "studio");
  const open = await checkout(person, { pack: "pack-500" });
  assert.equal((await person.post("/api/auth/delete-user", {})).status, 200);
  await outage(stack, "down", { times: 1 });
  await until(async () => {
    await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
    await stack.runCron();
    return (await books(stack)).customers.find(({ id }) => id === customer).deleted === true;
  }, "the customer to be deleted");
  assert.equal((await stack.stripe.subscriptions.retrieve(subscription)).status, "canceled");
  assert.notEqual((await submit(open.url, { how: "paid" })).status, 303, "what was open cannot be paid any more");
  const [row] = await ask(stack, `SELECT "deletedAt" FROM stripe_customer WHERE "customerId" = '${customer}'`);
  assert.ok(row.deletedAt > 0);
  assert.equal((await ask(stack, `SELECT count(*) AS n FROM invoice WHERE "customerId" = '${customer}'`))[0].n, 1, "invoices are kept as tax law says");
});

test("a customer whom the operator deleted at Stripe is replaced when they buy again", async () => {
  const person = await enter(stack);
  await topUp(person, "pack-500");
  const { customers } = await atStripe(person);
  await stack.stripe.customers.del(customers[0].id);
  const again = await until(async () => {
    const { status, body } = await person.post("/api/billing/checkouts", { pack: "pack-500" });
    return status === 201 ? body : undefined;
  }, "a checkout");
  await submit(again.url, { how: "paid" });
  await becomes(person, { credits: { topUp: 1000 } });
});

test("without a key of Stripe's nothing is sold, and everything else goes on", async () => {
  const person = await enter(stack);
  await stack.reload({ STRIPE_SECRET_KEY: "", STRIPE_WEBHOOK_SECRET: "" });
  const mine = await billing(person);
  assert.deepEqual([mine.enabled, mine.credits.available], [false, 50]);
  assert.equal((await (await fetch(`${stack.url}/api/plans`)).json()).enabled, false);
  refused(await person.post("/api/billing/checkouts", { pack: "pack-500" }), 409, "billing_off");
  refused(await person.post("/api/billing/portal", { flow: "manage" }), 409, "billing_off");
  assert.equal((await person.make("a lake")).generation.charged, 1);
  await stack.runCron();
  await stack.reload();
});

test("and the books are right", () => audit(stack));
