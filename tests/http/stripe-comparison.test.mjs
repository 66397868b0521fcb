// Messages that never come: cron looks through Stripe's own list of events and does what the lost ones would have done.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit } from "./support/money-audit.mjs";
import { becomes, buy, comesTo, enter, startShop, subscribe } from "./support/money.mjs";
import { accepted, books, control, outage, webhooks } from "./support/stripe.mjs";
import { ask, until } from "./support/studio.mjs";

/** What is younger may still be on its way: the studio does not look for it yet. */
const YOUNG_MS = 125_000;

let stack;
let people;
let lostAt;
before(async () => {
  stack = await startShop();
  people = Object.fromEntries(await Promise.all(["pack", "plan", "refunded", "ended", "bounced", "gone"].map(async (name) => [name, await enter(stack)])));
  const { subscription } = await subscribe(people.ended, "studio");
  await accepted(stack);
  await webhooks(stack, "mute");
  people.pack.bought = await buy(people.pack, { pack: "pack-500" });
  await buy(people.plan, { plan: "atelier", interval: "year" });
  const { session } = await buy(people.refunded, { pack: "pack-2000" });
  await control(stack, "stripe/refund", { session, amount: 600 });
  await stack.stripe.subscriptions.cancel(subscription);
  people.bounced.bought = await buy(people.bounced, { pack: "pack-500" }, "later-fails");
  await control(stack, "stripe/pay", { session: people.bounced.bought.session, how: "bounce" });
  const gone = await buy(people.gone, { plan: "studio", interval: "month" });
  assert.equal((await people.gone.post("/api/auth/delete-user", {})).status, 200);
  assert.ok(gone.id);
  lostAt = Date.now();
});
after(() => stack?.stop());

const cron = async () => {
  await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
  await stack.runCron();
};
const found = async () => (await ask(stack, `SELECT count(*) AS n FROM stripe_event WHERE "source" = 'comparison'`))[0].n;

test("what is young is left alone: its message may still be on its way", async () => {
  await cron();
  assert.equal(await found(), 0);
  await becomes(people.pack, { credits: { topUp: 0 } });
});

test("what is lost is found, while Stripe is away later, and in the end all of it", async () => {
  await new Promise((resolve) => setTimeout(resolve, lostAt + YOUNG_MS - Date.now()));
  for (const mode of ["down", "garbage", "throttled"]) {
    await outage(stack, mode);
    await cron().catch(() => {});
    assert.equal(await found(), 0, mode);
  }
  await outage(stack, "up");
  const comes = (person, wanted) =>
    until(async () => {
      await cron();
      return await becomes(person, wanted, { seconds: 0 }).catch(() => undefined);
    }, `cron to make ${JSON.stringify(wanted)} true`);
  await comes(people.pack, { credits: { topUp: 500 } });
  await comes(people.plan, { credits: { plan: 48_000 }, plan: { id: "atelier", status: "active" } });
  await comes(people.refunded, { credits: { topUp: 1500, debt: 0 } });
  await comes(people.ended, { credits: { plan: 1000 }, plan: { id: "free" } });
  await until(async () => (await cron(), (await people.bounced.get(`/api/billing/checkouts/${people.bounced.bought.id}`)).body.state === "failed"), "the debit to have failed");
  assert.ok((await found()) >= 5);
  const { customers } = await books(stack);
  const [{ customerId }] = await ask(stack, `SELECT "customerId" FROM stripe_customer WHERE "userId" = '${people.gone.user.id}'`);
  assert.equal(customers.find(({ id }) => id === customerId).deleted, true);
});

test("when they come after all, nothing more comes of them, and nothing is found twice", async () => {
  await webhooks(stack, "deliver");
  await accepted(stack);
  await becomes(people.pack, { credits: { topUp: 500 } });
  await becomes(people.plan, { credits: { plan: 48_000 } });
  await becomes(people.refunded, { credits: { topUp: 1500 } });
  await comesTo(people.pack, people.pack.bought, "paid");
  const before = await found();
  await cron();
  assert.equal(await found(), before);
  await audit(stack);
});
