// What money costs in round trips to the database, as a proxy before it counts them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomes, checkout, enter, startShop } from "./support/money.mjs";
import { control, follow, post, submit, webhooks } from "./support/stripe.mjs";

let stack;
const table = [];
before(async () => {
  stack = await startShop();
  await webhooks(stack, "mute");
});
after(async () => {
  const width = Math.max(...table.map(([what]) => what.length));
  console.log(`\nDatabase round trips of money\n${table.map(([what, trips, exactly]) => `  ${what.padEnd(width)}  ${trips}  of ${exactly}`).join("\n")}\n`);
  await stack?.stop();
});

const AFTERWARDS_MS = 100;

/** Counts what a deed costs, with what the Worker does after its answer, and holds it to that. */
async function costs(what, exactly, deed, expected = 200) {
  const { result, trips } = await stack.proxy.count(async () => {
    const answer = await deed();
    await new Promise((resolve) => setTimeout(resolve, AFTERWARDS_MS));
    return answer;
  });
  table.push([what, trips, exactly]);
  assert.equal(result.status, expected, `${what}: ${JSON.stringify(result.body)}`);
  assert.equal(trips, exactly, `${what} made ${trips} round trips: ${JSON.stringify(stack.proxy.trips.slice(-trips))}`);
  return result;
}
/** The same of a message that comes from outside, by the names of its statements. */
function costsOf(what, statement) {
  const trips = stack.proxy.trips.filter((names) => names.includes(statement)).length;
  table.push([what, trips, 1]);
  assert.equal(trips, 1, what);
}

test("orders: hold, settle, release", async () => {
  const person = await enter(stack);
  const ordered = await costs("POST /api/generations: hold", 1, () => person.order("a meadow"), 202);
  await person.end(ordered.body.generation.id);
  costsOf("POST /webhooks/replicate/…: settle", "GENERATION_SUCCEED");
  const failed = await person.order("a boat, fail");
  await person.end(failed.body.generation.id);
  costsOf("POST /webhooks/replicate/…: release", "GENERATION_FAIL");
  const quoted = await costs("POST /api/quotes", 0, () => person.post("/api/quotes", { model: "flux-schnell" }));
  const kept = await costs("POST /api/generations, with a quote", 1, () => person.post("/api/generations", { model: "flux-schnell", prompt: "a meadow", quote: quoted.body.quote }), 202);
  await person.end(kept.body.generation.id);
  const poor = await enter(stack);
  for (const prompt of ["one", "two", "three"]) await poor.make(prompt, { model: "flux-dev", outputs: 4 });
  await costs("POST /api/generations: too little left", 1, () => poor.order("four", { model: "flux-dev" }), 402);
});

test("looking", async () => {
  const person = await enter(stack);
  for (const path of ["/api/billing", "/api/ledger", "/api/billing/invoices", "/api/keys"]) await costs(`GET ${path}`, 1, () => person.get(path));
  await costs("GET /api/plans", 0, () => person.get("/api/plans"));
  await costs("PUT /api/spending", 1, () => person.send("PUT", "/api/spending", { json: { dayLimit: 40 } }), 204);
  const made = await costs("POST /api/keys", 1, () => person.post("/api/keys", { name: "k", dayLimit: null }), 201);
  await costs("PUT /api/keys/{id}", 1, () => person.send("PUT", `/api/keys/${made.body.id}`, { json: { dayLimit: 9 } }), 204);
  await costs("DELETE /api/keys/{id}", 1, () => person.delete(`/api/keys/${made.body.id}`), 204);
});

/** Somebody who has bought something, and what Stripe would say about it. */
async function bought(what, then = async () => {}) {
  const person = await enter(stack);
  let customer;
  const news = await follow(stack.stripe, () => customer);
  const begun = await checkout(person, what);
  ({ customer } = await stack.stripe.checkout.sessions.retrieve(begun.session));
  await submit(begun.url, { how: "paid" });
  await then(begun);
  const events = await news();
  return { person, of: (type) => events.find((event) => event.type === type) };
}

test("messages of Stripe's", async () => {
  const pack = await bought({ pack: "pack-500" }, ({ session }) => control(stack, "stripe/refund", { session, amount: 100 }));
  const plan = await bought({ plan: "studio", interval: "month" });
  for (const [name, { of }, types] of [
    ["pack", pack, ["checkout.session.completed", "invoice.paid", "charge.refunded", "refund.created", "charge.succeeded"]],
    ["plan", plan, ["customer.subscription.created", "invoice.paid", "checkout.session.completed"]],
  ]) {
    for (const type of types) {
      const { body } = await costs(`POST /webhooks/stripe: ${type} (${name})`, 1, () => post(stack, of(type)));
      assert.ok(["applied", "ignored"].includes(body.outcome), body.outcome);
    }
  }
  await becomes(pack.person, { credits: { topUp: 428 } });
  await becomes(plan.person, { credits: { plan: 1000 }, plan: { id: "studio" } });
  const again = await costs("POST /webhooks/stripe: a copy", 1, () => post(stack, plan.of("invoice.paid")));
  assert.equal(again.body.outcome, "duplicate");
  await costs("POST /webhooks/stripe: forged", 0, () => post(stack, plan.of("invoice.paid"), { secret: "whsec_forged-forged-forged-forged-forged" }), 401);
});

test("buying", async () => {
  const person = await enter(stack);
  for (const [what, most] of [["the first", 3], ["the next", 2]]) {
    const { result, trips } = await stack.proxy.count(() => checkout(person, { pack: "pack-500" }));
    table.push([`POST /api/billing/checkouts, ${what}`, trips, most]);
    assert.ok(result.url && trips <= most, `${what}: ${trips}`);
  }
});
