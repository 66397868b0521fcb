// Whether an answer is like a recorded one: ids, tokens and moments differ from run to run, everything else may not. What differs
// is bound when it is first seen, and must be the same wherever the record has the same.
import assert from "node:assert/strict";
import { readSessionData, unsigned } from "./auth-codec.mjs";
import { parseCookie } from "./auth-browser.mjs";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const PASSWORD_HASH = /^[0-9a-f]{32}:[0-9a-f]{128}$/;
const CIPHERTEXT = /^[0-9a-f]{100,}$/;
/** Ids, tokens, states, verifiers, challenges. */
const RANDOM = /([A-Za-z0-9_-]{20,})/;
/** Lifetimes are compared to the second, give or take what a request takes. */
const SLACK_MS = 3000;

const sorted = (value) =>
  value && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, sorted(item)]),
      )
    : value;

export class Likeness {
  /**
   * @param {string} secret signs the subject's cookies
   * @param {Record<string, string>} known recorded texts and what stands for them
   */
  constructor(secret, known) {
    this.secret = secret;
    this.live = new Map(Object.entries(known));
  }

  bind(recorded, live) {
    if (this.live.has(recorded)) assert.equal(live, this.live.get(recorded), `what the record calls ${recorded}`);
    this.live.set(recorded, live);
  }

  /** A recorded text with everything known put in. */
  translate(text) {
    const known = [...this.live].sort(([a], [b]) => b.length - a.length);
    let result = text;
    for (const [recorded, live] of known) {
      result = result.replaceAll(recorded, live).replaceAll(encodeURIComponent(recorded), encodeURIComponent(live));
    }
    return result;
  }

  /** A recorded request body, with everything known put in. */
  translateAll(value) {
    if (typeof value === "string") return this.translate(value);
    if (Array.isArray(value)) return value.map((item) => this.translateAll(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.translateAll(item)]));
  }

  /** Asserts that two values are alike, keys in the same order. */
  same(recorded, live, where) {
    if (typeof recorded === "string") return this.sameText(recorded, live, where);
    if (typeof recorded !== "object" || recorded === null) return assert.equal(live, recorded, where);
    assert.ok(live && typeof live === "object" && Array.isArray(live) === Array.isArray(recorded), `${where} is ${JSON.stringify(live)}`);
    assert.deepEqual(Object.keys(live), Object.keys(recorded), `keys of ${where}`);
    for (const key of Object.keys(recorded)) {
      // Milliseconds, in states and cookie caches.
      if (typeof recorded[key] === "number" && /At$/.test(key)) assert.ok(Math.abs(Date.now() - live[key]) < 3_600_000, `${where}.${key}`);
      else this.same(recorded[key], live[key], `${where}.${key}`);
    }
    if (MOMENT.test(recorded.expiresAt) && MOMENT.test(recorded.updatedAt)) {
      const lifetime = (row) => Date.parse(row.expiresAt) - Date.parse(row.updatedAt);
      assert.ok(Math.abs(lifetime(recorded) - lifetime(live)) < SLACK_MS, `the lifetime of ${where} is ${lifetime(live)} ms`);
    }
  }

  sameText(recorded, live, where) {
    assert.equal(typeof live, "string", where);
    for (const form of [MOMENT, PASSWORD_HASH, CIPHERTEXT]) {
      if (form.test(recorded)) return assert.ok(form.test(live) && live.length === recorded.length, `${where} is ${live}`);
    }
    // JSON inside a row: whoever reads it does not mind the order.
    if (recorded.startsWith("{")) return this.same(sorted(JSON.parse(recorded)), sorted(JSON.parse(live)), where);
    const expected = this.translate(recorded);
    if (expected === live) return;
    const [wanted, got] = [expected.split(RANDOM), live.split(RANDOM)];
    assert.equal(got.length, wanted.length, `${where} is ${live}, in the record ${expected}`);
    wanted.forEach((part, i) => {
      if (part === got[i]) return;
      const isRandom = i % 2 === 1 && /[a-z]/.test(part) && /[A-Z0-9]/.test(part) && !this.isKnown(part);
      assert.ok(isRandom && part.length === got[i].length, `${where} is ${live}, in the record ${expected}`);
      this.bind(part, got[i]);
    });
  }

  isKnown = (text) => [...this.live.values()].includes(text);

  /** Asserts that two Set-Cookie headers are alike, and that the live one is signed as it should be. */
  sameCookie(recorded, live) {
    const [wanted, got] = [parseCookie(recorded), parseCookie(live)];
    assert.deepEqual([got.name, got.attributes], [wanted.name, wanted.attributes]);
    if (wanted.value === "" || got.value === "") return assert.equal(got.value, wanted.value, got.name);
    if (wanted.name.includes("session_data")) {
      const { session } = JSON.parse(Buffer.from(wanted.value, "base64url"));
      const { expiresAt, ...cached } = readSessionData(got.value, this.secret) ?? {};
      this.same(session, cached, got.name);
      assert.ok(expiresAt > Date.now(), got.name);
    } else {
      const value = unsigned(got.value, this.secret);
      assert.ok(value, `${got.name} is not signed: ${got.value}`);
      this.sameText(decodeURIComponent(wanted.value).replace(/\.[^.]*$/, ""), value, got.name);
    }
    this.live.set(wanted.value, got.value);
  }
}
