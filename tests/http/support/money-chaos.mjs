// A town of people who buy, spend, contest and come back, by chance that can be repeated, while something else breaks what lies between the
// studio, its database and Stripe. When it is over everything is mended, has time to settle, and is counted.
import assert from "node:assert/strict";
import { chance } from "./chance.mjs";
import { audit, passOver } from "./money-audit.mjs";
import { enter } from "./money.mjs";
import { SHOP, packOf } from "./shop.mjs";
import { books, submit } from "./stripe.mjs";
import { ask, until } from "./studio.mjs";

/** What is ordered; only a few runs that nobody hears of, for cron looks after twenty at a time. */
const PROMPTS = [
  ...Array(30).fill("a meadow"),
  ...["a lake, twice", "a lake, twice", "a lake, reorder", "a lake, reorder", "a boat, fail", "a boat, fail", "a boat, fail", "a boat, refused"],
  ...["a well, lost webhook", "a well, lost answer lost webhook", "a well, fail lost webhook"],
];
const CRON_EVERY_MS = 1000;
/** Everything that can be heard of is heard of by then; and a little more than the life of a generation. */
const HEARD_MS = 20_000;
const LIFE_MS = 91 * 60_000;
const TRIES = 4;
/** What the studio may answer while everything around it breaks. */
const ALLOWED = new Set([200, 201, 202, 204, 303, 402, 404, 409, 429, 502, 503]);

/** How often each deed is done, of so many. */
const DEEDS = { order: 30, look: 35, buy: 10, subscribe: 4, change: 3, renew: 3, refund: 4, refundFails: 2, contest: 2, rule: 2, debit: 2, end: 1, limit: 1, weather: 1 };

export class Town {
  /** @param {{seed: number, people: number}} options */
  static async found(stack, { seed, people }) {
    const town = new Town(stack, seed);
    for (let i = 0; i < people; i++) town.people.push(Object.assign(await enter(stack), { sessions: [], refunds: [], disputes: [] }));
    const { data } = await stack.stripe.prices.list({ active: true, limit: 100 });
    town.plans = data.filter(({ recurring }) => recurring?.interval === "month");
    return town;
  }

  constructor(stack, seed) {
    Object.assign(this, { stack, people: [], told: new Map(), strange: [], chance: chance(seed) });
  }

  note(what) {
    this.told.set(what, (this.told.get(what) ?? 0) + 1);
  }

  /** A request of a person's; undefined when there was no answer. */
  async ask(person, what, send) {
    try {
      const answer = await send();
      this.note(`${what} ${answer.status}`);
      if (!ALLOWED.has(answer.status)) this.strange.push(`${what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
      return answer;
    } catch {
      this.note(`${what} no answer`);
      return undefined;
    }
  }

  /** One of the sandbox's controls, which may well refuse. */
  async control(path, body) {
    const answer = await fetch(`${this.stack.sandboxUrl}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
    this.note(`${path} ${answer.status}`);
    return answer.ok ? answer.json() : undefined;
  }

  /** So many at once do one deed after the other. */
  async live({ workers, enough }) {
    const names = Object.entries(DEEDS).flatMap(([name, often]) => Array(often).fill(name));
    const worker = async () => {
      while (!enough()) {
        const [person, deed] = [this.chance.among(this.people), this.chance.among(names)];
        await this[deed](person).catch((error) => {
          // What is no longer possible at Stripe, or a wire that was cut.
          if (!error.type?.startsWith("Stripe") && !(error instanceof TypeError && error.message === "fetch failed")) throw error;
          this.note(`${deed} not possible`);
        });
      }
    };
    const cron = async () => {
      while (!enough()) {
        await new Promise((resolve) => setTimeout(resolve, CRON_EVERY_MS));
        // A minute has passed: what is open is due, and the run before has ended, whatever became of it.
        for (const sql of [`UPDATE generation SET "checkAt" = 0 WHERE "finishedAt" IS NULL`, `UPDATE lease SET "expiresAt" = 0`]) await ask(this.stack, sql).catch(() => {});
        await this.stack.runCron().then(() => this.note("cron"), () => this.note("cron failed"));
      }
    };
    await Promise.all([...Array.from({ length: workers }, worker), cron()]);
  }

  async order(person) {
    const { chance } = this;
    const [prompt, model] = [chance.among(PROMPTS), chance.among(["flux-schnell", "flux-schnell", "flux-dev"])];
    const key = `k-${chance.below(2 ** 31)}`;
    const outputs = 1 + chance.below(4);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const answer = await this.ask(person, "order", () => person.order(prompt, { model, outputs }, { "idempotency-key": key }));
      if (answer && answer.status !== 503) return;
    }
  }

  async checkout(person, what) {
    const answer = await this.ask(person, "checkout", () => person.post("/api/billing/checkouts", what));
    if (answer?.status !== 201) return undefined;
    const begun = { id: answer.body.id, url: answer.body.url, session: new URL(answer.body.url).pathname.split("/").at(-1), ...what };
    person.sessions.push(begun);
    return begun;
  }

  async buy(person) {
    const begun = await this.checkout(person, { pack: this.chance.among(SHOP.packs).id });
    const how = this.chance.among(["paid", "paid", "paid", "paid", "later", "later-fails", "cancel"]);
    if (begun) await submit(begun.url, { how });
  }

  async subscribe(person) {
    const begun = await this.checkout(person, { plan: this.chance.among(["studio", "atelier"]), interval: this.chance.among(["month", "month", "year"]) });
    if (begun) await submit(begun.url, { how: "paid" });
  }

  /** The person's subscription that lives, as Stripe has it. */
  async subscription(person) {
    const plan = person.sessions.findLast((one) => one.plan);
    if (!plan) return undefined;
    const { subscription } = await this.stack.stripe.checkout.sessions.retrieve(plan.session);
    if (!subscription) return undefined;
    const found = await this.stack.stripe.subscriptions.retrieve(subscription);
    return found.ended_at === null ? found : undefined;
  }

  async change(person) {
    const found = await this.subscription(person);
    const price = this.chance.among(this.plans).id;
    if (!found || found.items.data[0].price.id === price) return;
    await this.stack.stripe.subscriptions.update(found.id, { items: [{ id: found.items.data[0].id, price }], proration_behavior: "always_invoice" });
    this.note("change");
  }

  async renew(person) {
    const found = await this.subscription(person);
    if (found) await this.control("stripe/renew", { subscription: found.id, how: this.chance.among(["paid", "paid", "failed"]) });
  }

  async end(person) {
    const found = await this.subscription(person);
    if (found) await this.stack.stripe.subscriptions.cancel(found.id).then(() => this.note("end"), () => {});
  }

  async refund(person) {
    const sold = person.sessions.filter(({ pack }) => pack);
    if (sold.length === 0) return;
    const { session, pack } = this.chance.among(sold);
    const amount = 1 + this.chance.below(packOf(pack).amount);
    const made = await this.control("stripe/refund", { session, amount });
    if (made) person.refunds.push(made.id);
  }

  async refundFails(person) {
    const refund = person.refunds.pop();
    if (refund) await this.control("stripe/refund", { refund, how: "fails" });
  }

  async contest(person) {
    const sold = person.sessions.filter(({ pack }) => pack);
    if (sold.length === 0) return;
    const made = await this.control("stripe/dispute", { session: this.chance.among(sold).session, how: this.chance.among(["open", "open", "inquiry"]) });
    if (made) person.disputes.push(made.id);
  }

  async rule(person) {
    if (person.disputes.length > 0) await this.control("stripe/dispute", { dispute: this.chance.among(person.disputes), how: this.chance.among(["review", "won", "lost", "appeal", "prevented"]) });
  }

  async debit(person) {
    const begun = person.sessions.length > 0 && this.chance.among(person.sessions);
    if (begun) await this.control("stripe/pay", { session: begun.session, how: this.chance.among(["settle", "settle", "bounce"]) });
  }

  async look(person) {
    const begun = person.sessions.length > 0 && this.chance.among(person.sessions);
    const paths = ["/api/billing", "/api/ledger", "/api/billing/invoices", "/api/generations", ...(begun ? [`/api/billing/checkouts/${begun.id}`] : [])];
    await this.ask(person, "look", () => person.get(this.chance.among(paths)));
  }

  async limit(person) {
    await this.ask(person, "limit", () => person.send("PUT", "/api/spending", { json: { dayLimit: this.chance.among([null, null, 5_000]) } }));
  }

  /** How webhooks travel changes now and then. */
  async weather() {
    await this.control("stripe/webhooks", { mode: this.chance.among(["normal", "normal", "twice", "two-ids", "reorder", "mute", "deliver"]) });
  }

  /** Nothing is broken any more: everything that is under way comes to its end. */
  async settle({ seconds = 180 } = {}) {
    const { stack } = this;
    await this.control("stripe/webhooks", { mode: "deliver" });
    for (const { session } of this.people.flatMap(({ sessions }) => sessions)) await this.control("stripe/pay", { session, how: "settle" });
    let last;
    const giveUp = Date.now() + HEARD_MS;
    await until(
      async () => {
        await passOver(stack);
        // Cron looks through 500 of the host's runs: one that nobody heard of, and that lies further back here than it ever would, is given up in the end.
        if (Date.now() > giveUp) await ask(stack, `UPDATE generation SET "sentAt" = "sentAt" - ${LIFE_MS} WHERE "finishedAt" IS NULL AND "hostId" IS NULL AND "sentAt" > ${Date.now() - LIFE_MS}`);
        for (const sql of [`UPDATE generation SET "checkAt" = 0 WHERE "finishedAt" IS NULL`, `UPDATE lease SET "expiresAt" = 0`]) await ask(stack, sql);
        await stack.runCron().catch(() => {});
        const [counts] = await ask(
          stack,
          `SELECT (SELECT count(*) FROM generation WHERE "finishedAt" IS NULL) AS generations, (SELECT count(*) FROM credit_hold WHERE "state" = 'open') AS holds,
            (SELECT count(*) FROM stripe_event WHERE "outcome" = 'parked') AS parked`,
        );
        const { deliveries } = await books(stack);
        last = { ...counts, undelivered: deliveries.filter(({ delivered }) => !delivered).length };
        if (last.undelivered > 0) await this.control("stripe/webhooks", { mode: "deliver" });
        return Object.values(last).every((count) => count === 0);
      },
      "the town to come to rest",
      seconds,
    ).catch(async (error) => {
      const left = await ask(stack, `SELECT "id", "status", "hostId", "sentAt", "checkAt" FROM generation WHERE "finishedAt" IS NULL LIMIT 5`);
      assert.fail(`${error.message}: ${JSON.stringify(last)}, ${JSON.stringify(left)}, ${this.stack.log.slice(-5)}`);
    });
    // Once more with nothing left to hear of, and everything is read from Stripe again, as it is some minutes later: a few things in each run of cron.
    const read = ["subscription", "invoice", "payment"];
    for (const table of read) await ask(stack, `UPDATE ${table} SET "checkAt" = 0 WHERE "checkAt" IS NOT NULL`);
    const left = read.map((table) => `SELECT "id" FROM ${table} WHERE "checkAt" = 0`).join(" UNION ALL ");
    await until(
      async () => {
        await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
        await stack.runCron();
        return (await ask(stack, left)).length === 0;
      },
      "everything to be read again",
      seconds,
    );
  }

  /** Counts everything; what was strange on the way is a failure, too. */
  async count() {
    await audit(this.stack);
    assert.deepEqual(this.strange.slice(0, 10), []);
    const [ledger] = await ask(
      this.stack,
      `SELECT (SELECT count(*) FROM ledger_op) AS operations, (SELECT count(*) FROM ledger_entry) AS entries, (SELECT count(*) FROM credit_grant) AS grants,
        (SELECT count(*) FROM generation) AS generations, (SELECT count(*) FROM stripe_event) AS events,
        (SELECT count(*) FROM ledger_op WHERE "kind" = 'claw') AS reversals, (SELECT count(*) FROM ledger_entry e JOIN ledger_account a ON a."id" = e."src" WHERE a."kind" = 'debt') AS debts,
        (SELECT -coalesce(sum("balance"), 0) FROM ledger_account WHERE "kind" = 'debt') AS owed`,
    );
    return { ledger, deeds: Object.fromEntries([...this.told].sort()) };
  }
}
