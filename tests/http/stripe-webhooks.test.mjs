// Webhooks that are lost, doubled, early, late, or come while Stripe itself is away: each is applied once, and none is missed for good.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { audit } from "./support/money-audit.mjs";
import { becomes, billing, buy, checkout, creditsOf, enter, grantsOf, startShop, subscribe, topUp } from "./support/money.mjs";
import { accepted, books, control, deliver, follow, outage, post, submit, webhooks } from "./support/stripe.mjs";
import { ask, until } from "./support/studio.mjs";

let stack;
before(async () => {
  stack = await startShop();
});
afterEach(async () => {
  await outage(stack, "up");
  await webhooks(stack, "normal");
});
after(() => stack?.stop());

/** Somebody, with the events of their purchases. */
async function watched() {
  const person = await enter(stack);
  let customer;
  const news = await follow(stack.stripe, () => customer);
  const begin = async (what) => {
    const begun = await checkout(person, what);
    ({ customer } = await stack.stripe.checkout.sessions.retrieve(begun.session));
    return begun;
  };
  return { person, news, begin, customer: () => customer };
}
/** Bought and paid for, while nothing that the vendor sends arrives. */
async function unheard(what = { pack: "pack-500" }) {
  await webhooks(stack, "mute");
  const who = await watched();
  const begun = await who.begin(what);
  await submit(begun.url, { how: "paid" });
  return { ...who, ...begun, events: await who.news() };
}
const of = (events, type) => events.find((event) => event.type === type);
const inboxOf = (id) => ask(stack, `SELECT "outcome", "source" FROM stripe_event WHERE "id" = '${id}'`);

test("fifty copies of one message at once are one grant", async () => {
  for (const [what, type, wanted] of [
    [{ pack: "pack-500" }, "checkout.session.completed", { topUp: 500 }],
    [{ plan: "studio", interval: "month" }, "invoice.paid", { plan: 1000 }],
  ]) {
    const { person, events } = await unheard(what);
    const event = of(events, type);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        until(async () => {
          const answer = await post(stack, event);
          return answer.status === 503 ? undefined : answer; // busy: the vendor would come again, too
        }, "an answer"),
      ),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    const outcomes = Object.groupBy(answers, ({ body }) => body.outcome);
    assert.deepEqual([outcomes.applied?.length, outcomes.duplicate?.length], [1, 49], JSON.stringify(Object.keys(outcomes)));
    await becomes(person, { credits: wanted });
    assert.equal((await grantsOf(person)).filter(({ kind }) => kind !== "promo").length, 1);
    assert.equal((await inboxOf(event.id)).length, 1);
  }
});

test("two messages with ids of their own about one sale are one grant", async () => {
  const { person, events } = await unheard();
  const event = of(events, "checkout.session.completed");
  const outcomes = await Promise.all([1, 2, 3, 4].map((n) => deliver(stack, { ...event, id: `${event.id}${n}` })));
  assert.ok(outcomes.includes("applied"), `${outcomes}`);
  await becomes(person, { credits: { topUp: 500 } });
  assert.equal((await grantsOf(person)).filter(({ kind }) => kind === "topup").length, 1);
});

for (const mode of ["twice", "two-ids", "reorder"]) {
  test(`the vendor's own delivery, ${mode}`, async () => {
    await webhooks(stack, mode);
    const [a, b] = [await enter(stack), await enter(stack)];
    await Promise.all([buy(a, { pack: "pack-500" }), buy(a, { pack: "pack-2000" }), buy(b, { plan: "studio", interval: "month" })]);
    await becomes(a, { credits: { topUp: 2500, debt: 0 } });
    await becomes(b, { credits: { plan: 1000 }, plan: { id: "studio", status: "active" } });
    await accepted(stack);
    await becomes(a, { credits: { topUp: 2500 } });
    await becomes(b, { credits: { plan: 1000 } });
    assert.equal((await grantsOf(a)).filter(({ kind }) => kind === "topup").length, 2);
  });
}

test("a message that comes before its customer is known waits, and cron does what it says", async () => {
  const { person, events, customer } = await unheard({ plan: "studio", interval: "month" });
  const rename = (from, to) => ask(stack, `UPDATE stripe_customer SET "customerId" = '${to}' WHERE "customerId" = '${from}'`);
  await rename(customer(), "cus_not_known_yet");
  assert.equal(await deliver(stack, of(events, "invoice.paid")), "parked");
  assert.equal(await deliver(stack, of(events, "invoice.paid")), "duplicate", "parked is taken in");
  assert.equal(await deliver(stack, of(events, "customer.subscription.created")), "parked");
  await becomes(person, { credits: { plan: 0 }, plan: { id: "free" } });
  await stack.runCron();
  assert.deepEqual((await inboxOf(of(events, "invoice.paid").id))[0].outcome, "parked", "it still is not known");
  await rename("cus_not_known_yet", customer());
  await until(async () => {
    await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
    await stack.runCron();
    return (await creditsOf(person)).plan === 1000;
  }, "cron to drain what was parked");
  await becomes(person, { credits: { plan: 1000 }, plan: { id: "studio", status: "active" } });
  assert.deepEqual((await inboxOf(of(events, "invoice.paid").id))[0].outcome, "applied");
});

test("what concerns a customer of somebody else's is parked, and does no harm", async () => {
  const alien = await stack.stripe.customers.create({ name: "Of another shop on the same account" });
  const object = { id: "in_alien", object: "invoice", customer: alien.id, status: "paid", lines: { data: [] } };
  for (const event of [
    { id: "evt_alien_1", type: "invoice.paid", data: { object } },
    { id: "evt_alien_2", type: "customer.subscription.created", data: { object: { id: "sub_alien", object: "subscription", customer: alien.id, status: "active" } } },
  ]) {
    const outcome = await deliver(stack, { object: "event", created: Math.floor(Date.now() / 1000), livemode: false, api_version: "2026-10-28.endive", ...event });
    assert.ok(["parked", "ignored"].includes(outcome), outcome);
  }
  for (let i = 0; i < 3; i++) {
    await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
    await stack.runCron();
  }
  assert.deepEqual(await ask(stack, `SELECT "id" FROM invoice WHERE "id" = 'in_alien'`), []);
});

test("the operator can have messages sent again", async () => {
  const { person, events } = await unheard();
  const one = await stack.runOperator(["stripe", "replay", "--event", of(events, "checkout.session.completed").id]);
  assert.equal(one.code, 0, one.output);
  assert.match(one.output, /applied/);
  await becomes(person, { credits: { topUp: 500 } });
  const other = await unheard({ plan: "studio", interval: "month" });
  const all = await stack.runOperator(["stripe", "replay", "--undelivered", "--since", "1d"]);
  assert.equal(all.code, 0, all.output);
  await becomes(other.person, { credits: { plan: 1000 }, plan: { id: "studio" } });
  const again = await stack.runOperator(["stripe", "replay", "--event", of(events, "checkout.session.completed").id]);
  assert.match(again.output, /duplicate/);
  await becomes(person, { credits: { topUp: 500 } });
  const absent = await stack.runOperator(["stripe", "replay", "--event", "evt_none"]);
  assert.notEqual(absent.code, 0, absent.output);
});

test("the page that comes back from Stripe does not wait for a message, and the message changes nothing then", async () => {
  const { person, events, id } = await unheard();
  const { body } = await person.get(`/api/billing/checkouts/${id}`);
  assert.deepEqual([body.state, body.credits, body.balance.topUp], ["paid", 500, 500], JSON.stringify(body));
  for (const event of events) await deliver(stack, event);
  await becomes(person, { credits: { topUp: 500 } });
  const plan = await unheard({ plan: "studio", interval: "month" });
  const looks = await Promise.all(Array.from({ length: 10 }, () => plan.person.get(`/api/billing/checkouts/${plan.id}`)));
  assert.ok(looks.every(({ body }) => body.state === "paid"), JSON.stringify(looks.map(({ body }) => body.state)));
  await becomes(plan.person, { credits: { plan: 1000 } });
  assert.equal((await (await enter(stack)).get(`/api/billing/checkouts/${id}`)).status, 404, "it is nobody else's");
});

test("a message of somebody who is gone", async () => {
  const { person, events, customer } = await unheard({ plan: "studio", interval: "month" });
  assert.equal((await person.post("/api/auth/delete-user", {})).status, 200);
  for (const event of events) assert.ok(["applied", "ignored", "parked"].includes(await deliver(stack, event)), event.type);
  await webhooks(stack, "normal");
  await until(async () => {
    await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
    await stack.runCron();
    return (await books(stack)).customers.find(({ id }) => id === customer())?.deleted === true;
  }, "the customer to be deleted at Stripe");
  const { subscriptions } = await books(stack);
  assert.equal(subscriptions.find((one) => one.customer === customer()).status, "canceled");
  for (const event of events) assert.equal(await deliver(stack, event), "duplicate");
  await accepted(stack);
  assert.deepEqual(await ask(stack, `SELECT * FROM checkout WHERE "userId" = '${person.user.id}'`), []);
});

const AWAY = [
  ["down", {}],
  ["throttled", {}],
  ["garbage", {}],
  ["slow", { delayMs: 45_000 }],
];
for (const [mode, more] of AWAY) {
  test(`a message while Stripe is ${mode}: it is to come again, and is applied then`, async () => {
    const { person, events } = await unheard();
    const event = of(events, "checkout.session.completed");
    await outage(stack, mode, more);
    const begun = performance.now();
    const answer = await post(stack, event);
    assert.deepEqual([answer.status, answer.body.code], [503, "unavailable"], JSON.stringify(answer.body));
    assert.ok(performance.now() - begun < 30_000, "no message is worth waiting for that long");
    assert.deepEqual(await inboxOf(event.id), [], "it is not taken for done");
    await outage(stack, "up");
    assert.equal(await deliver(stack, event), "applied");
    await becomes(person, { credits: { topUp: 500 } });
  });
}

test("the vendor comes again by itself, and then it is applied", async () => {
  const person = await enter(stack);
  const begun = await checkout(person, { pack: "pack-500" });
  await outage(stack, "down");
  await control(stack, "stripe/pay", { session: begun.session, how: "paid" });
  await until(async () => (await books(stack)).deliveries.some(({ type, status }) => type === "checkout.session.completed" && status === 503), "a refusal");
  assert.equal((await creditsOf(person)).topUp, 0);
  await outage(stack, "up");
  await becomes(person, { credits: { topUp: 500 } });
});

test("Stripe answers late, but it answers", async () => {
  const { person, events } = await unheard();
  await outage(stack, "slow", { delayMs: 2000, times: 1 });
  assert.equal(await deliver(stack, of(events, "checkout.session.completed")), "applied");
  await becomes(person, { credits: { topUp: 500 } });
});

test("the database's answer is lost: the message comes again and is a duplicate", async () => {
  for (const fault of ["lose reply", "lose request", "throttle"]) {
    const { person, events } = await unheard();
    const event = of(events, "checkout.session.completed");
    let left = 1;
    stack.proxy.break((names) => (names.some((name) => name.startsWith("STRIPE_") || name.includes("INBOX") || name.includes("EVENT")) && left-- > 0 ? fault : undefined));
    const outcome = await until(async () => {
      const { status, body } = await post(stack, event);
      return status === 200 ? body.outcome : undefined;
    }, "an answer");
    stack.proxy.break(undefined);
    assert.ok(left < 1, `${fault} never happened`);
    assert.ok(["applied", "duplicate"].includes(outcome), `${fault}: ${outcome}`);
    await becomes(person, { credits: { topUp: 500 } });
    assert.equal((await grantsOf(person)).filter(({ kind }) => kind === "topup").length, 1);
  }
});

test("an event about what Stripe no longer has", async () => {
  for (const [type, object] of [["invoice.paid", "in_gone"], ["customer.subscription.updated", "sub_gone"], ["checkout.session.completed", "cs_test_gone"], ["charge.refunded", "ch_gone"], ["charge.dispute.created", "du_gone"], ["refund.failed", "re_gone"]]) {
    const answer = await post(stack, { id: `evt_of_${object}`, object: "event", created: 1, livemode: false, type, api_version: "2026-10-28.endive", data: { object: { id: object, object: type.split(".")[0] } } });
    assert.ok(answer.status === 200 && answer.body.outcome !== "applied", `${type}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
});

test("events in another version of Stripe's are hints like any other", async () => {
  const { person, events } = await unheard();
  const event = of(events, "checkout.session.completed");
  const { id, object, customer } = event.data.object;
  // Nothing in it is believed but whose object it is about.
  const lie = { ...event, api_version: "2017-08-15", data: { object: { id, object, customer, payment_status: "unpaid", amount_total: 1, metadata: {} } } };
  assert.equal(await deliver(stack, lie), "applied");
  await becomes(person, { credits: { topUp: 500 } });
});

test("in the end everything that was lost is delivered, and nothing comes twice of it", async () => {
  const last = await enter(stack);
  await topUp(last, "pack-500");
  await subscribe(last);
  await webhooks(stack, "deliver");
  await accepted(stack);
  assert.equal((await billing(last)).credits.debt, 0);
  await audit(stack);
});

test("a vendor whose clock is almost five minutes ahead is understood, and one that is further ahead is made up for", async () => {
  await control(stack, "clock", { advanceMs: 285_000 });
  const person = await enter(stack);
  const { session } = await topUp(person, "pack-500");
  await control(stack, "stripe/refund", { session, amount: 350 });
  await becomes(person, { credits: { topUp: 250, debt: 0 } });
  await subscribe(person);
  assert.equal((await person.make("a lake")).generation.charged, 1);
  // Its messages are from the future now, and nobody believes them; whoever comes back from the page is believed by what Stripe answers.
  await control(stack, "clock", { advanceMs: 60_000 });
  const bought = await buy(person, { pack: "pack-500" });
  await until(async () => (await books(stack)).deliveries.some(({ status }) => status === 401), "a refusal");
  assert.equal((await creditsOf(person)).topUp, 250);
  assert.equal((await person.get(`/api/billing/checkouts/${bought.id}`)).body.state, "paid");
  await becomes(person, { credits: { topUp: 750 } });
});

test("and the books are right", async () => {
  await audit(stack);
});
