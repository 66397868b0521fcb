// The vendor's messages come in any order, several times, and late: whatever happens, the end is the same.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chance, permutations, pool } from "./support/chance.mjs";
import { audit } from "./support/money-audit.mjs";
import { billing, checkout, enter, grantsOf, startShop } from "./support/money.mjs";
import { control, deliver, follow, submit, webhooks } from "./support/stripe.mjs";
import { ask } from "./support/studio.mjs";

const AT_ONCE = 4;
const SHUFFLES = Number(process.env.SHUFFLES ?? 200);
const SEED = Number(process.env.SEED ?? 4);
/** All 720 orders of six messages as well: some five minutes. */
const EXHAUSTIVE = process.env.EXHAUSTIVE === "1";

let stack;
let prices;
before(async () => {
  stack = await startShop();
  const { data } = await stack.stripe.prices.list({ active: true, limit: 100 });
  prices = Object.fromEntries(data.map((price) => [price.lookup_key, price]));
  // Nothing arrives but what the tests bring.
  await webhooks(stack, "mute");
});
after(() => stack?.stop());

const pay = (how) => ({ url }) => submit(url, { how });
const debit = (how) => ({ session }) => control(stack, "stripe/pay", { session, how });
const refund = (amount) => async (tale) => (tale.refund = (await control(stack, "stripe/refund", { session: tale.session, amount })).id);
const refundFails = ({ refund }) => control(stack, "stripe/refund", { refund, how: "fails" });
const contest = async (tale) => (tale.dispute = (await control(stack, "stripe/dispute", { session: tale.session })).id);
const ruling = (how) => ({ dispute }) => control(stack, "stripe/dispute", { dispute, how });
const subscriptionOf = async ({ session }) => (await stack.stripe.checkout.sessions.retrieve(session)).subscription;
const renewal = async (tale) => control(stack, "stripe/renew", { subscription: await subscriptionOf(tale), how: "paid" });
const end = async (tale) => stack.stripe.subscriptions.cancel(await subscriptionOf(tale));
const change = (lookupKey) => async (tale) => {
  const id = await subscriptionOf(tale);
  const { items } = await stack.stripe.subscriptions.retrieve(id);
  await stack.stripe.subscriptions.update(id, { items: [{ id: items.data[0].id, price: prices[lookupKey].id }], proration_behavior: "always_invoice" });
};
const pack = { pack: "pack-500" };
const plan = { plan: "studio", interval: "month" };

/** What is bought, what happens, which of its messages arrive, and what there is at last besides the credits of a newcomer. */
const FOUR = [
  { name: "a pack", what: pack, steps: [pay("paid")], types: ["checkout.session.completed", "invoice.paid", "invoice_payment.paid", "charge.succeeded"], credits: { topUp: 500, debt: 0 } },
  {
    name: "a debit that takes its time",
    what: pack,
    steps: [pay("later"), debit("settle")],
    types: ["checkout.session.completed", "checkout.session.async_payment_succeeded", "invoice.paid", "payment_intent.succeeded"],
    credits: { topUp: 500, debt: 0 },
  },
  {
    name: "a debit that fails",
    what: pack,
    steps: [pay("later"), debit("bounce")],
    types: ["checkout.session.completed", "checkout.session.async_payment_failed", "payment_intent.payment_failed"],
    credits: { topUp: 0, debt: 0 },
  },
  { name: "a refund", what: pack, steps: [pay("paid"), refund(300)], types: ["checkout.session.completed", "invoice.paid", "refund.created", "charge.refunded"], credits: { topUp: 285, debt: 0 } },
  {
    name: "a refund that comes back",
    what: pack,
    steps: [pay("paid"), refund(300), refundFails],
    types: ["checkout.session.completed", "charge.refunded", "refund.updated", "refund.failed"],
    credits: { topUp: 500, debt: 0 },
  },
  {
    name: "a dispute that is won",
    what: pack,
    steps: [pay("paid"), contest, ruling("won")],
    types: ["checkout.session.completed", "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"],
    credits: { topUp: 500, debt: 0 },
  },
  {
    name: "a dispute that is lost",
    what: pack,
    steps: [pay("paid"), contest, ruling("lost")],
    types: ["checkout.session.completed", "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"],
    credits: { topUp: 0, debt: 0 },
  },
  {
    name: "a subscription",
    what: plan,
    steps: [pay("paid")],
    types: ["customer.subscription.created", "invoice.paid", "invoice_payment.paid", "checkout.session.completed"],
    credits: { plan: 1000, debt: 0 },
    plan: "studio",
  },
  {
    name: "a subscription that ends",
    what: plan,
    steps: [pay("paid"), end],
    types: ["customer.subscription.created", "invoice.paid", "checkout.session.completed", "customer.subscription.deleted"],
    credits: { plan: 1000, debt: 0 },
    plan: "free",
  },
];
const SIX = [
  {
    name: "a plan's whole life",
    what: plan,
    steps: [pay("paid"), renewal, change("atelier_atelier_month"), end],
    types: ["checkout.session.completed", "customer.subscription.created", "invoice.paid", "customer.subscription.deleted"],
    credits: { debt: 0 },
    plan: "free",
  },
  {
    name: "money that goes to and fro",
    what: pack,
    steps: [pay("paid"), refund(100), refund(200), refundFails, contest, ruling("won")],
    types: ["checkout.session.completed", "charge.refunded", "refund.failed", "charge.dispute.created", "charge.dispute.closed"],
    credits: { topUp: 428, debt: 0 },
  },
];

/** Somebody begins to buy. */
async function begin({ what }) {
  const person = await enter(stack);
  let customer;
  const news = await follow(stack.stripe, () => customer);
  const tale = { person, ...(await checkout(person, what)) };
  customer = (await stack.stripe.checkout.sessions.retrieve(tale.session)).customer;
  return { tale, news };
}

/** What there is, without the names and times that differ from person to person. */
async function state({ person }) {
  const of = (table, columns) => ask(stack, `SELECT ${columns} FROM ${table} WHERE "userId" = '${person.user.id}' ORDER BY ${columns}`);
  const { credits, plan, due } = await billing(person);
  const { expiring, ...amounts } = credits;
  // A second more or less of a period is a credit more or less.
  const about = (amount) => Math.round(amount / 10) * 10;
  return JSON.stringify({
    credits: Object.fromEntries(Object.entries(amounts).map(([kind, amount]) => [kind, kind === "plan" || kind === "available" ? about(amount) : amount])),
    plan: [plan.id, plan.status, plan.endsAt === null],
    due,
    accounts: (await ask(stack, `SELECT "kind", sum("balance") AS balance FROM ledger_account WHERE "userId" = '${person.user.id}' GROUP BY 1 ORDER BY 1`)).map(({ kind, balance }) => [
      kind,
      about(balance),
    ]),
    grants: (await grantsOf(person)).map(({ kind, amount, clawed }) => [kind, about(amount), clawed]).sort(),
    subscriptions: await of("subscription", `"status", "plan", "endedAt" IS NULL`),
    checkouts: await of("checkout", `"kind", "item", "credits", "state"`),
  });
}

/** Distinct ends, with an example of how each was come to. */
const ends = (told) => [...Map.groupBy(told, ({ end }) => end)].map(([end, [{ how }]]) => `${end} by ${how}`);

async function check(story, told) {
  assert.equal(new Set(told.map(({ end }) => end)).size, 1, `${story.name}: ${ends(told).join("\n")}`);
  const { credits, plan } = await billing(told[0].person);
  for (const [kind, amount] of Object.entries(story.credits)) assert.equal(credits[kind], amount, `${story.name}: ${JSON.stringify(credits)}`);
  assert.equal(plan.id, story.plan ?? "free", story.name);
}

for (const story of EXHAUSTIVE ? [...FOUR, ...SIX] : FOUR) {
  test(`${story.name}: every order of its messages, some of them twice`, async () => {
    const orders = permutations([...Array(SIX.includes(story) ? 6 : story.types.length).keys()]);
    const told = await pool(orders, AT_ONCE, async (order, i) => {
      const { below } = chance(SEED * 1000 + i);
      const { tale, news } = await begin(story);
      for (const step of story.steps) await step(tale);
      const happened = (await news()).filter(({ type }) => story.types.includes(type));
      assert.equal(happened.length, order.length, `${happened.map(({ type }) => type)}`);
      const sent = order.map((place) => happened[place]);
      for (let copies = 2; copies > 0; copies--) sent.splice(below(sent.length + 1), 0, happened[below(happened.length)]);
      for (const event of sent) await deliver(stack, event);
      return { end: await state(tale), how: sent.map(({ type }) => type).join(", "), person: tale.person };
    });
    await check(story, told);
  });
}

for (const story of SIX) {
  test(`${story.name}: ${SHUFFLES / SIX.length} ways for six messages to arrive while it goes on, with copies`, async () => {
    const told = await pool([...Array(SHUFFLES / SIX.length).keys()], AT_ONCE, async (i) => {
      const { next, below } = chance(SEED * 1_000_000 + i);
      const { tale, news } = await begin(story);
      const [way, sent] = [[], []];
      const waiting = [];
      const bring = async () => {
        const [event] = waiting.splice(below(waiting.length), 1);
        way.push(event.type);
        sent.push(event);
        await deliver(stack, event);
        // A copy of something that was there before, now and then.
        if (next() < 0.3) await deliver(stack, sent[below(sent.length)]);
      };
      for (const [place, step] of story.steps.entries()) {
        await step(tale);
        way.push(`[${place + 1}]`);
        waiting.push(...(await news()).filter(({ type }) => story.types.includes(type)));
        while (waiting.length > 0 && next() < 0.4) await bring();
      }
      while (waiting.length > 0) await bring();
      assert.equal(sent.length, 6, way.join(" "));
      return { end: await state(tale), how: `seed ${SEED}, ${i}: ${way.join(" ")}`, person: tale.person };
    });
    await check(story, told);
  });
}

test("several messages of one purchase at the same moment", async () => {
  for (const story of [FOUR[0], FOUR[7], FOUR[5]]) {
    const told = await pool([...Array(10).keys()], 2, async (i) => {
      const { tale, news } = await begin(story);
      for (const step of story.steps) await step(tale);
      const events = (await news()).filter(({ type }) => story.types.includes(type));
      await Promise.all([...events, ...events].map((event) => deliver(stack, event)));
      return { end: await state(tale), how: `round ${i}`, person: tale.person };
    });
    await check(story, told);
  }
});

test("and the books are right", () => audit(stack));
