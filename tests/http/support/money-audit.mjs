// What has to be true of money when everything has come to rest: by the operator's own audit, by the studio's tables, and by comparing them
// with the vendor's books, which know nothing of credits but the metadata of prices.
import assert from "node:assert/strict";
import { books } from "./stripe.mjs";
import { ask, auditMoney, until } from "./studio.mjs";

/** `npm run ledger:audit`, which has to be clean. */
export async function auditByOperator(stack) {
  const { code, output } = await stack.runOperator(["ledger", "audit"]);
  assert.equal(code, 0, output);
  return output;
}

const byKey = (rows, key) => Map.groupBy(rows, (row) => row[key]);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** What each invoice is worth by the metadata of its prices, and how far rounding may lead. */
function worth(invoice, prices) {
  const lines = invoice.lines.data.map((line) => {
    const price = prices.get(line.pricing.price_details.price);
    return (Number(price.metadata.atelier_credits) * line.amount) / price.unit_amount;
  });
  return { credits: sum(lines), slack: lines.length };
}

/** Allowances of a subscription: what its invoices came to at most, period by period, in the order in which they were paid. */
function allowance(all, prices) {
  const paidAt = ({ status_transitions: { paid_at: at } }) => at;
  const invoices = all.toSorted((a, b) => paidAt(a) - paidAt(b));
  const periods = byKey(invoices.map((invoice) => ({ invoice, end: Math.max(...invoice.lines.data.map(({ period }) => period.end)) })), "end");
  return [...periods.values()].reduce(
    (total, period) => {
      let [run, most] = [0, 0];
      for (const { invoice } of period) {
        const { credits, slack } = worth(invoice, prices);
        run += credits;
        total.slack += slack;
        most = Math.max(most, run);
      }
      return { credits: total.credits + most, slack: total.slack };
    },
    { credits: 0, slack: 0 },
  );
}

const COUNTS_NOTHING = /^(won|prevented|warning_.*)$/;

/** What went back of each payment. */
function reversals({ charges, refunds, disputes }) {
  const taken = new Map();
  for (const charge of charges.filter(({ status }) => status === "succeeded")) {
    const back = refunds.filter((refund) => refund.charge === charge.id && !["failed", "canceled"].includes(refund.status));
    const contested = disputes.filter((dispute) => dispute.charge === charge.id && !COUNTS_NOTHING.test(dispute.status));
    const reversed = Math.min(charge.amount, sum([...back, ...contested].map(({ amount }) => amount)));
    taken.set(charge.payment_intent, { charged: charge.amount, reversed });
  }
  return taken;
}

/** Every grant is a sale of the vendor's, every sale a grant, and what went back of the money went back of the credits. */
export async function compareWithStripe(stack) {
  const vendor = await books(stack);
  const prices = new Map(vendor.prices.map((price) => [price.id, price]));
  const users = new Map((await ask(stack, `SELECT "customerId", "userId" FROM stripe_customer`)).map(({ customerId, userId }) => [customerId, userId]));
  const grants = byKey(await ask(stack, `SELECT * FROM credit_grant WHERE "kind" IN ('plan', 'topup')`), "userId");
  const paid = byKey(
    vendor.invoices.filter(({ status, customer }) => status === "paid" && users.has(customer)).map((invoice) => ({ ...invoice, user: users.get(invoice.customer) })),
    "user",
  );
  const living = new Set((await ask(stack, `SELECT "id" FROM "user"`)).map(({ id }) => id));
  for (const user of new Set([...grants.keys(), ...paid.keys()])) {
    if (!living.has(user)) continue; // what is paid for by somebody who has left is theirs no more
    const [mine, theirs] = [grants.get(user) ?? [], paid.get(user) ?? []];
    const amounts = (kind) => mine.filter((grant) => grant.kind === kind).map(({ amount }) => amount);
    const sales = theirs.filter(({ parent }) => !parent).map((invoice) => worth(invoice, prices).credits);
    const ascending = (a, b) => a - b;
    assert.deepEqual(amounts("topup").sort(ascending), sales.sort(ascending), `packs of ${user}`);
    const subscriptions = byKey(theirs.filter(({ parent }) => parent).map((one) => ({ ...one, of: one.parent.subscription_details.subscription })), "of");
    const promised = [...subscriptions.values()].map((invoices) => allowance(invoices, prices));
    const [granted, wanted, slack] = [sum(amounts("plan")), sum(promised.map(({ credits }) => credits)), sum(promised.map((one) => one.slack))];
    const told = () => theirs.map((one) => [one.id, one.status_transitions.paid_at, ...one.lines.data.map(({ amount, period, pricing }) => `${amount} of ${prices.get(pricing.price_details.price).lookup_key} until ${period.end}`)]);
    assert.ok(Math.abs(granted - wanted) <= slack, `plans of ${user}: ${granted} granted, ${wanted} paid for by ${JSON.stringify(told())}, granted by ${JSON.stringify(mine)}`);
  }
  const taken = reversals(vendor);
  for (const { id, chargeRef, amount, clawed } of [...grants.values()].flat()) {
    const { charged, reversed } = taken.get(chargeRef) ?? { charged: 1, reversed: 0 };
    assert.equal(clawed, Math.ceil((amount * reversed) / charged), `${id}: ${reversed} of ${charged} went back of ${amount} credits`);
  }
}

/** An order that the host never heard of: five minutes later nobody expects it to. */
export async function passOver(stack) {
  const predictions = await (await fetch(`${stack.sandboxUrl}/sandbox/replicate/predictions`)).text();
  for (const { id } of await ask(stack, `SELECT "id" FROM generation WHERE "finishedAt" IS NULL`)) {
    if (!predictions.includes(id)) await ask(stack, `UPDATE generation SET "createdAt" = "createdAt" - 360000, "sentAt" = "sentAt" - 360000 WHERE "id" = '${id}' AND "sentAt" > ${Date.now() - 300_000}`);
  }
}

/** Runs cron until no generation is open any more. */
export const comesToRest = (stack, { seconds = 60 } = {}) =>
  until(async () => {
    await passOver(stack);
    await ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "finishedAt" IS NULL`);
    await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
    await stack.runCron().catch(() => {});
    const [{ open }] = await ask(stack, `SELECT count(*) AS open FROM generation WHERE "finishedAt" IS NULL`);
    return open === 0;
  }, "every generation to end", seconds);

/** All of them. */
export async function audit(stack) {
  await auditMoney(stack);
  await compareWithStripe(stack);
  return auditByOperator(stack);
}
