// A stack with a counting proxy before its database, and a client that keeps cookies as a browser does.
import assert from "node:assert/strict";
import { freePort } from "../../../scripts/lib/ports.mjs";
import { startStack } from "../../../scripts/lib/stack.mjs";
import { countingProxy } from "./proxy.mjs";
import { BOUNDLESS } from "./shop.mjs";

/**
 * Plans limit nobody here, unless the variables say so.
 * @param {import("../../../scripts/lib/stack.mjs").StackOptions} [options]
 */
export async function startStudio({ vars, ...options } = {}) {
  const sqldPort = await freePort();
  const proxy = await countingProxy(sqldPort);
  const log = [];
  const settings = { sqldPort, databaseUrlForWorker: proxy.url, log: (source, line) => log.push(`${source}: ${line}`), ...options, vars: { PLANS: BOUNDLESS, ...vars } };
  const stack = await startStack(settings).catch(async (error) => {
    await proxy.close();
    throw error;
  });
  return {
    ...stack,
    proxy,
    log,
    async stop() {
      await stack.stop();
      await proxy.close();
    },
  };
}

let people = 0;

/** A client of the studio's API with its own cookies. */
export class Client {
  constructor(stack) {
    this.stack = stack;
    this.jar = new Map();
  }
  get cookie() {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }
  /** @returns {Promise<{status: number, headers: Headers, body: any}>} */
  async send(method, path, { json, body, headers = {}, redirect = "manual" } = {}) {
    const sent = { origin: this.stack.url, ...(this.jar.size ? { cookie: this.cookie } : {}), ...headers };
    if (json !== undefined) sent["content-type"] ??= "application/json";
    for (const name of Object.keys(sent)) if (sent[name] === undefined) delete sent[name];
    const response = await fetch(this.stack.url + path, { method, headers: sent, body: json === undefined ? body : JSON.stringify(json), redirect });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair, ...attributes] = cookie.split("; ");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (attributes.includes("Max-Age=0")) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
  }
  get = (path, options) => this.send("GET", path, options);
  post = (path, json, options) => this.send("POST", path, { json, ...options });
  delete = (path, options) => this.send("DELETE", path, options);

  async signUp({ email = `person${++people}.${process.pid}@example.com`, password = "correct horse battery" } = {}) {
    const answer = await this.post("/api/auth/sign-up/email", { name: "Ada Lovelace", email, password });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    Object.assign(this, { email, password, user: answer.body.user });
    return this;
  }
  async order(prompt, more = {}, headers = {}) {
    return this.post("/api/generations", { model: "flux-schnell", prompt, ...more }, { headers });
  }
  /** Orders, and waits for the end. */
  async make(prompt, more = {}) {
    const ordered = await this.order(prompt, more);
    assert.equal(ordered.status, 202, JSON.stringify(ordered.body));
    return this.end(ordered.body.generation.id);
  }
  async end(id) {
    return until(async () => {
      const { body } = await this.get(`/api/generations/${id}`);
      return body.generation?.finishedAt ? body : undefined;
    }, `generation ${id} to end`);
  }
  async credits() {
    return balance((await this.get("/api/generations?limit=1")).body.credits);
  }
}

/** What can be spent, and what is held. */
export const balance = ({ available, held }) => ({ available, held });

/** Waits until `look` gives something: asks again and again, with a limit that only a failure reaches. */
export async function until(look, what, seconds = 120) {
  const limit = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > limit) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** Moves the vendor's clock. */
export const advance = (stack, ms) => fetch(`${stack.sandboxUrl}/sandbox/clock`, { method: "POST", body: JSON.stringify({ advanceMs: ms }), headers: { "content-type": "application/json" } });

/** Everything that the vendors have received. */
export async function traffic(stack) {
  return (await (await fetch(`${stack.sandboxUrl}/sandbox/traffic`)).json()).requests;
}

/** A query straight to the database. */
export async function ask(stack, sql) {
  const response = await fetch(`${stack.databaseUrl}/v3/pipeline`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ baton: null, requests: [{ type: "execute", stmt: { sql, want_rows: true } }, { type: "close" }] }),
  });
  const { results } = await response.json();
  assert.equal(results[0].type, "ok", JSON.stringify(results[0]));
  const { cols, rows } = results[0].response.result;
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [cols[i].name, cell.type === "integer" ? Number(cell.value) : (cell.value ?? null)])));
}

/** The checks of the ledger that must bring back nothing, whatever happened. */
export async function auditMoney(stack) {
  for (const sql of [
    `SELECT a."id" FROM ledger_account a WHERE a."balance" <> (SELECT coalesce(sum("amount"), 0) FROM ledger_entry WHERE "dst" = a."id") - (SELECT coalesce(sum("amount"), 0) FROM ledger_entry WHERE "src" = a."id")`,
    `SELECT "userId" FROM ledger_account GROUP BY "userId" HAVING sum("balance") <> 0`,
    `SELECT a."userId" FROM ledger_account a WHERE a."kind" = 'held' AND a."balance" <> (SELECT coalesce(sum("amount"), 0) FROM credit_hold h WHERE h."userId" = a."userId" AND h."state" = 'open')`,
    `SELECT g."id" FROM generation g JOIN credit_hold h ON h."id" = g."id" WHERE (h."state" = 'open') <> (g."finishedAt" IS NULL) OR coalesce(g."charged", 0) <> h."captured"`,
    `SELECT g."id" FROM generation g WHERE (g."status" = 'succeeded') <> EXISTS (SELECT 1 FROM generation_output o WHERE o."generationId" = g."id")`,
  ]) {
    assert.deepEqual(await ask(stack, sql), [], sql);
  }
}
