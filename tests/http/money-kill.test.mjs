// SIGKILL of the database and of the runtime while people buy and spend, and faults on every wire: afterwards no credit is lost or minted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Town } from "./support/money-chaos.mjs";
import { audit } from "./support/money-audit.mjs";
import { atStripe, buy, becomes, checkout, enter, grantsOf, startShop } from "./support/money.mjs";
import { DEAR } from "./support/shop.mjs";
import { soak } from "./support/money-soak.mjs";
import { books, control, follow, post, submit, webhooks } from "./support/stripe.mjs";
import { ask, until } from "./support/studio.mjs";

const KILLS = ["sqld", "workerd", "sqld", "workerd", "both", "sqld", "workerd", "both"];
const FAULTS = Number(process.env.FAULTS ?? 400);
const SEED = Number(process.env.SEED ?? 7);
const BETWEEN_MS = 2500;

test("killed again and again while the town lives", async (t) => {
  const stack = await startShop({ vars: { PLANS: DEAR } });
  let over = false;
  try {
    const town = await Town.found(stack, { seed: SEED, people: 8 });
    const life = town.live({ workers: 6, enough: () => over });
    for (const part of KILLS) {
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
      await Promise.all((part === "both" ? ["sqld", "workerd"] : [part]).map((one) => stack.kill(one)));
      await stack.ready();
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    over = true;
    await life;
    await town.settle();
    t.diagnostic(JSON.stringify(await town.count()));
  } finally {
    over = true;
    await stack.stop();
  }
});

test("killed at every point of a purchase", async () => {
  const stack = await startShop();
  try {
    for (const part of ["sqld", "workerd"]) {
      for (const moment of ["lose request", "lose reply"]) {
        for (const type of ["checkout.session.completed", "invoice.paid", "customer.subscription.created"]) {
          const what = `${part}, ${moment}, ${type}`;
          await webhooks(stack, "mute");
          const person = await enter(stack);
          let customer;
          const news = await follow(stack.stripe, () => customer);
          const begun = await checkout(person, type === "checkout.session.completed" ? { pack: "pack-500" } : { plan: "studio", interval: "month" });
          ({ customer } = await stack.stripe.checkout.sessions.retrieve(begun.session));
          await submit(begun.url, { how: "paid" });
          const event = (await news()).find((one) => one.type === type);
          let died;
          stack.proxy.break((names) => {
            if (died || names.length === 0) return undefined;
            died = stack.kill(part);
            return moment;
          });
          // The vendor comes again until it is told that the message has arrived.
          await until(async () => (await post(stack, event).catch(() => ({}))).status === 200, `an answer: ${what}`);
          stack.proxy.break(undefined);
          assert.ok(died, what);
          await died;
          await stack.ready();
          assert.equal((await post(stack, event)).body.outcome, "duplicate", what);
          await webhooks(stack, "deliver");
          await becomes(person, type === "checkout.session.completed" ? { credits: { topUp: 500 } } : { credits: { plan: 1000 }, plan: { id: "studio" } });
          assert.equal((await grantsOf(person)).filter(({ kind }) => kind !== "promo").length, 1, what);
        }
      }
    }
    // And before the purchase itself: whoever clicks again buys once, as one customer.
    for (const part of ["sqld", "workerd"]) {
      for (const moment of ["lose request", "lose reply"]) {
        const person = await enter(stack);
        let died;
        stack.proxy.break((names) => {
          if (died || names.length === 0) return undefined;
          died = stack.kill(part);
          return moment;
        });
        const begun = await until(async () => {
          const { status, body } = await person.post("/api/billing/checkouts", { pack: "pack-500" }).catch(() => ({}));
          return status === 201 ? body : undefined;
        }, `a checkout: ${part}, ${moment}`);
        stack.proxy.break(undefined);
        await died;
        await stack.ready();
        await submit(begun.url, { how: "paid" });
        await becomes(person, { credits: { topUp: 500 } });
        assert.equal((await atStripe(person)).customers.length, 1);
      }
    }
    await audit(stack);
  } finally {
    await stack.stop();
  }
});

test("the vendor forgets everything, as after a change of accounts: what was bought stays, and one can buy again", async () => {
  const stack = await startShop();
  try {
    const person = await enter(stack);
    await buy(person, { pack: "pack-500" });
    await becomes(person, { credits: { topUp: 500 } });
    await stack.kill("sandbox");
    await stack.ready();
    await stack.runCron();
    assert.deepEqual((await books(stack)).sessions, []);
    const begun = await until(async () => {
      const { status, body } = await person.post("/api/billing/checkouts", { pack: "pack-500" });
      return status === 201 ? body : undefined;
    }, "a checkout");
    await control(stack, "stripe/pay", { session: new URL(begun.url).pathname.split("/").at(-1), how: "paid" });
    await becomes(person, { credits: { topUp: 1000 } });
    assert.ok((await ask(stack, `SELECT count(*) AS n FROM stripe_customer WHERE "userId" = '${person.user.id}' AND "deletedAt" IS NULL`))[0].n <= 1);
  } finally {
    await stack.stop();
  }
});

test(`${FAULTS} faults on the wires to the database and to Stripe`, async (t) => {
  const { told, seconds, ledger } = await soak({ faults: FAULTS, seed: SEED, people: 8 });
  t.diagnostic(`${JSON.stringify(told)} in ${seconds} s; ${JSON.stringify(ledger)}`);
});
