// People who buy and spend at a studio whose Stripe is the sandbox's.
import assert from "node:assert/strict";
import { inDays, randomId, signed } from "./auth-codec.mjs";
import { packOf, planOf } from "./shop.mjs";
import { books, control, stripeOf, submit } from "./stripe.mjs";
import { Client, ask, startStudio, until } from "./studio.mjs";

/** A studio that sells what the checkout says, with small pictures that are soon done, and the vendor's client beside it. */
export async function startShop({ vars, ...options } = {}) {
  const stack = await startStudio({ sandbox: ["--pictures", "small", "--speed", "8"], ...options, vars: { PLANS: "", ...vars } });
  return { ...stack, stripe: stripeOf(stack) };
}

/** Somebody who has signed up, made by rows and a cookie signed by hand: no hash is computed. */
export async function enter(stack) {
  const [id, token, now] = [randomId(), randomId(), inDays(0)];
  const email = `${id.toLowerCase()}@example.com`;
  await ask(
    stack,
    `INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES ('${id}', 'Ada Lovelace', '${email}', 1, '${now}', '${now}')`,
  );
  await ask(
    stack,
    `INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId") VALUES ('${randomId()}', '${inDays(7)}', '${token}', '${now}', '${now}', '', '', '${id}')`,
  );
  const person = new Client(stack);
  person.jar.set("better-auth.session_token", signed(token, stack.secrets.BETTER_AUTH_SECRET));
  // The first look brings the credits of a newcomer.
  assert.equal((await person.get("/api/generations?limit=1")).status, 200);
  return Object.assign(person, { user: { id, email } });
}

/** The part of `actual` that `wanted` speaks of. */
export function part(actual, wanted) {
  if (wanted === null || typeof wanted !== "object" || actual === null || typeof actual !== "object") return actual;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, part(actual[key], wanted[key])]));
}

export async function billing(person) {
  const { status, body } = await person.get("/api/billing");
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}
export const creditsOf = async (person) => (await billing(person)).credits;

/** Waits until what `GET /api/billing` says is as wanted, in the parts that are given. */
export async function becomes(person, wanted, { seconds = 30 } = {}) {
  const same = (body) => JSON.stringify(part(body, wanted)) === JSON.stringify(wanted);
  let last;
  try {
    return await until(async () => (same((last = await billing(person))) ? last : undefined), "the books to be right", seconds);
  } catch {
    assert.deepEqual(part(last, wanted), wanted);
    throw new Error("unreachable");
  }
}

/** Begins a purchase: `{pack}` or `{plan, interval}`. */
export async function checkout(person, what) {
  const { status, body } = await person.post("/api/billing/checkouts", what);
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual([typeof body.id, typeof body.url], ["string", "string"]);
  return { ...body, session: new URL(body.url).pathname.split("/").at(-1) };
}

/** Begins a purchase and pays for it on Stripe's page; leads back to the studio. */
export async function buy(person, what, how = "paid") {
  const begun = await checkout(person, what);
  const paid = await submit(begun.url, { how });
  assert.equal(paid.status, 303, await paid.text());
  return { ...begun, location: paid.headers.get("location") };
}

/** Waits until a purchase has come to this state, as the page that comes back from Stripe does. */
export const comesTo = (person, { id }, state) =>
  until(async () => {
    const { body } = await person.get(`/api/billing/checkouts/${id}`);
    return body.state === state ? body : undefined;
  }, `checkout ${id} to be ${state}`);

/** Buys a pack and waits for its credits. */
export async function topUp(person, pack) {
  const before = await creditsOf(person);
  const bought = await buy(person, { pack });
  await becomes(person, { credits: { topUp: before.topUp + packOf(pack).credits - Math.min(before.debt, packOf(pack).credits) } });
  return bought;
}

/** Subscribes and waits for the plan's credits; gives the subscription's id at Stripe. */
export async function subscribe(person, plan = "studio", interval = "month") {
  const bought = await buy(person, { plan, interval });
  await becomes(person, { plan: { id: plan, status: "active" }, credits: { plan: planOf(plan).credits * (interval === "year" ? 12 : 1) } });
  const { subscription, customer, invoice } = await stripeOf(person.stack).checkout.sessions.retrieve(bought.session);
  return { ...bought, subscription, customer, invoice };
}

/** The ledger from its first entry to its last, page by page, oldest first. */
export async function ledger(person, limit = 50) {
  const entries = [];
  let cursor = "";
  do {
    const { status, body } = await person.get(`/api/ledger?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    assert.equal(status, 200, JSON.stringify(body));
    entries.unshift(...body.entries.toReversed());
    cursor = body.nextCursor ?? "";
  } while (cursor);
  return entries;
}

/** Spends exactly so many credits on pictures, and waits for them. */
export async function spend(person, credits) {
  const orders = [];
  for (let left = credits; left > 0; ) {
    const dear = Math.min(4, Math.floor(left / 4));
    orders.push(dear > 0 ? { model: "flux-dev", outputs: dear } : { model: "flux-schnell", outputs: left });
    left -= dear > 0 ? dear * 4 : left;
  }
  const done = await Promise.all(orders.map((order) => person.make("a meadow", order)));
  assert.equal(done.reduce((sum, { generation }) => sum + generation.charged, 0), credits);
  return done.map(({ generation }) => generation);
}

/** The grants of a person, oldest first. */
export const grantsOf = (person) =>
  ask(person.stack, `SELECT "id", "kind", "source", "amount", "clawed", "expiresAt", "chargeRef" FROM credit_grant WHERE "userId" = '${person.user.id}' ORDER BY "createdAt", "id"`);

/** How a subscription goes on at Stripe. */
export const renew = (stack, subscription, how = "paid") => control(stack, "stripe/renew", { subscription, how });

/** A bearer of a key instead of a cookie. */
export function program(stack, key) {
  const client = new Client(stack);
  const send = client.send.bind(client);
  client.send = (method, path, options = {}) => send(method, path, { ...options, headers: { origin: undefined, authorization: `Bearer ${key}`, ...options.headers } });
  return client;
}

/** What Stripe has of a person, also what the studio may have lost sight of: customers made for the same reference, and their sessions. */
export async function atStripe(person) {
  const { customers, sessions, subscriptions } = await books(person.stack);
  const known = (await ask(person.stack, `SELECT "customerId" FROM stripe_customer WHERE "userId" = '${person.user.id}'`)).map(({ customerId }) => customerId);
  const reference = (customer) => JSON.stringify(customer.metadata);
  const references = customers.filter(({ id }) => known.includes(id)).map(reference);
  const mine = customers.filter((customer) => references.includes(reference(customer)));
  const theirs = ({ customer }) => mine.some(({ id }) => id === customer);
  return { customers: mine, sessions: sessions.filter(theirs), subscriptions: subscriptions.filter(theirs) };
}
