// Stripe as this machine has it, from outside: the vendor's own client, its pages read and pressed as a browser does, the sandbox's controls,
// and webhooks that a test posts by its own hand.
import assert from "node:assert/strict";
import Stripe from "stripe";
import { until } from "./studio.mjs";

/** npm's client, unmodified. */
export function stripeOf(stack, options = {}) {
  const { hostname: host, port } = new URL(stack.sandboxUrl);
  return new Stripe(stack.secrets.STRIPE_SECRET_KEY, { host, port, protocol: "http", maxNetworkRetries: 0, telemetry: false, ...options });
}

/** One of the sandbox's controls. */
export async function control(stack, path, body) {
  const answer = await fetch(`${stack.sandboxUrl}/sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${path} ${JSON.stringify(body)}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** What is wrong with Stripe from now on; `more` may hold `times` and `delayMs`. */
export const outage = (stack, mode, more = {}) => control(stack, "stripe/outage", { mode, ...more });
/** How its webhooks travel from now on. */
export const webhooks = (stack, mode) => control(stack, "stripe/webhooks", { mode });
/** Everything that the vendor knows, by kind. */
export const books = async (stack) => (await fetch(`${stack.sandboxUrl}/sandbox/stripe/state`)).json();

/** Posts a form's fields, and follows nobody. */
export const submit = (url, fields) => fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
const attribute = (tag, name) => unescape(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "");

/** The forms of a page: what each would send by itself, and its buttons. */
export function formsOf(html) {
  return [...html.matchAll(/<form\b[^>]*>([\s\S]*?)<\/form>/g)].map(([, inside]) => ({
    fields: [...inside.matchAll(/<input\b[^>]*>/g)].map(([tag]) => [attribute(tag, "name"), attribute(tag, "value")]),
    buttons: [...inside.matchAll(/<button\b[^>]*>([\s\S]*?)<\/button>/g)].map(([tag, label]) => ({
      name: attribute(tag, "name"),
      value: attribute(tag, "value"),
      label: unescape(label),
    })),
  }));
}

/**
 * Opens a page and presses one of its buttons.
 * @param {RegExp} label
 * @param {(fields: [string, string][]) => boolean} [among] which of several forms with such a button
 */
export async function press(url, label, among = () => true) {
  const page = await fetch(url);
  const html = await page.text();
  for (const { fields, buttons } of formsOf(html)) {
    const button = buttons.find((button) => label.test(button.label));
    if (button && among(fields)) return submit(url, [...fields, [button.name, button.value]]);
  }
  throw new Error(`there is no button ${label} at ${url}: ${page.status} ${html.slice(0, 2000)}`);
}

const inTextOf = (event) => (typeof event === "string" ? event : JSON.stringify(event, null, 2));

/** The signature of a body, made by the vendor's own library. `at` in seconds. */
export const signature = (payload, { secret, at = Math.floor(Date.now() / 1000), scheme } = {}) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: at, ...(scheme && { scheme }) });

/**
 * Brings an event, or any text, to the studio as the vendor would.
 * @returns {Promise<{status: number, headers: Headers, body: any}>}
 */
export async function post(stack, event, { secret = stack.secrets.STRIPE_WEBHOOK_SECRET, at, header, body, headers = {} } = {}) {
  const text = body ?? inTextOf(event);
  const signed = header === undefined ? signature(text, { secret, at }) : header;
  const answer = await fetch(`${stack.url}/webhooks/stripe`, {
    method: "POST",
    body: text,
    headers: { "content-type": "application/json; charset=utf-8", ...(signed !== null && { "stripe-signature": signed }), ...headers },
  });
  const read = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  return { status: answer.status, headers: answer.headers, body: isJson && read ? JSON.parse(read) : read };
}

/** The same, insisting on an answer of 200; gives what became of it. */
export async function deliver(stack, event, options) {
  const { status, body } = await post(stack, event, options);
  assert.deepEqual([status, body.received], [200, true], `${event.type}: ${status} ${JSON.stringify(body)}`);
  return body.outcome;
}

/**
 * What happens at the vendor from now on to a customer, as its list of events tells it: each call gives what is new, oldest first.
 * @param {() => string} customer its id, which may come to be known later
 */
export async function follow(stripe, customer) {
  let cursor = (await stripe.events.list({ limit: 1 })).data[0]?.id;
  const known = new Set();
  const mine = (event) => {
    known.add(customer());
    const { object } = event.data;
    const names = [object.id, object.customer, object.charge, object.payment_intent, object.invoice, object.latest_charge, object.payment?.payment_intent].filter(Boolean);
    if (!names.some((name) => known.has(name))) return false;
    for (const name of names) known.add(name);
    return true;
  };
  return async () => {
    const news = [];
    for (;;) {
      const { data, has_more: more } = await stripe.events.list({ limit: 100, ...(cursor && { ending_before: cursor }) });
      news.push(...data.toReversed());
      cursor = data[0]?.id ?? cursor;
      if (!more) return news.filter(mine);
    }
  };
}

/** Resolves when the studio has accepted everything that the vendor has sent; what was lost on the way was not. */
export const accepted = (stack) =>
  until(async () => (await books(stack)).deliveries.every(({ delivered, forged, attempts }) => delivered || forged || attempts === 0), "every webhook to be accepted");
