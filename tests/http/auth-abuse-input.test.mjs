// Malformed and giant cookies, headers and bodies, and addresses that only look like addresses: refused, never a 5xx.
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { exchange } from "./support/auth-browser.mjs";
import { sessionData, signed } from "./support/auth-codec.mjs";
import { expecting, invalid } from "./support/auth-expect.mjs";
import { PASSWORD, atelierOnly, isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, refuses, says;
before(async () => {
  subject = await startSubject({ cookieCache: true });
  ({ refuses, says } = expecting(subject));
});
after(() => subject?.stop());

/** mulberry32: the same numbers in every run. */
function dice(seed) {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

test("Auth.js GHSA-xmf8-cvqr-rfgj: a thousand header values of all kinds", async () => {
  const roll = dice(20_261_122);
  const { token } = await subject.resident();
  const good = decodeURIComponent(signed(token, subject.secret));
  const cache = sessionData({ token }, {}, subject.secret);
  const letters = [..."abcXYZ019 .,;:=\"'\\/%&?#@!()<>[]{}|~^`$*+-_\t"].concat([
    "%00",
    "%ff",
    "%E0%A4%A",
    "%u0041",
    "\u00e9",
    "\u00ff",
    "\u0080",
    "null",
    "undefined",
    "__proto__",
    "true",
    "[]",
    "{}",
    good,
    cache,
    "Bearer ",
    "Basic ",
    "=",
    ";",
    ".",
  ]);
  const nasty = () => Array.from({ length: roll(12) }, () => letters[roll(letters.length)]).join("");
  const names = ["session_token", "session_data", "session_data.0", "session_data.9", "session_data.x", "dont_remember", "state", "account_data", ""].map(
    (name) => `better-auth.${name}`,
  );
  const cookie = () => Array.from({ length: 1 + roll(4) }, () => `${roll(8) ? names[roll(names.length)] : nasty()}=${nasty()}`).join(roll(5) ? "; " : nasty());
  const paths = ["/get-session", "/list-accounts", "/list-sessions", "/ok", "/callback/google?state=x&code=y", "/delete-user/callback?token=x"];
  const tries = Array.from({ length: 1000 }, () => {
    const headers = { cookie: cookie() };
    for (const name of ["authorization", "origin", "referer", "cf-connecting-ip", "user-agent", "accept-language", "sec-fetch-site", "x-api-key"])
      if (roll(4) === 0) headers[name] = nasty();
    return [paths[roll(paths.length)], headers];
  });
  for (let i = 0; i < tries.length; i += 50) {
    await Promise.all(
      tries.slice(i, i + 50).map(async ([path, headers]) => {
        const { status, text } = await exchange(subject.url, "GET", `/api/auth${path}`, { headers });
        // A percent sign in the cookie cache makes better-auth answer 500.
        assert.ok(status < 500 || !isAtelier, `${status} ${text} for ${path} ${JSON.stringify(headers)}`);
        assert.ok(
          ![200].includes(status) || !["/list-accounts", "/list-sessions"].includes(path) || headers.cookie.includes(good),
          `let in: ${JSON.stringify(headers)}`,
        );
      }),
    );
  }
});

test("long cookies and headers", async () => {
  const { cookie } = await subject.resident();
  for (const kilobytes of [4, 8, 15]) {
    const filler = "x".repeat(kilobytes * 1024);
    for (const headers of [{ cookie: `a=${filler}; ${cookie}` }, { cookie, "user-agent": filler }, { cookie, authorization: `Bearer ${filler}` }]) {
      const answer = await exchange(subject.url, "GET", "/api/auth/get-session", { headers });
      assert.deepEqual([answer.status, answer.body !== null], [200, true], `${kilobytes} KB of ${Object.keys(headers).at(-1)}`);
    }
    const forged = await exchange(subject.url, "GET", "/api/auth/get-session", {
      headers: { cookie: `better-auth.session_token=${filler}; better-auth.session_data=${filler}` },
    });
    assert.deepEqual([forged.status, forged.body], [200, null]);
  }
  const many = Array.from({ length: 500 }, (_, i) => `better-auth.session_data.${i}=x`).join("; ");
  assert.equal((await exchange(subject.url, "GET", "/api/auth/get-session", { headers: { cookie: `${many}; ${cookie}` } })).status, 200);
  // What no server takes is refused, or the line is dropped.
  const giant = await exchange(subject.url, "GET", "/api/auth/get-session", { headers: { cookie: `a=${"x".repeat(300_000)}` } }).catch(({ code }) => ({
    status: code,
  }));
  assert.ok(!(giant.status >= 500), String(giant.status));
});

test("what a header may hold ends up in the session as text", async () => {
  const browser = subject.browser();
  const agent = "Mözilla/5.0 <script>'\";--% ".padEnd(3000, "x");
  await browser.post("/sign-up/email", { name: "Ada", email: subject.email(), password: PASSWORD }, { headers: { "user-agent": agent } });
  const { body } = await browser.get("/get-session?disableCookieCache=1");
  assert.ok(body.session.userAgent.startsWith("M") && body.session.userAgent.includes("<script>'\";--%"), body.session.userAgent);
});

/** A request whose body is bytes. */
const sendBytes = (path, bytes) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(subject.url);
    const going = request(
      {
        hostname,
        port,
        method: "POST",
        path: `/api/auth${path}`,
        headers: { "content-type": "application/json", "content-length": bytes.length, origin: subject.origin },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode, text }));
      },
    );
    going.on("error", reject);
    going.end(bytes);
  });

test("bodies that are barely JSON", atelierOnly, async () => {
  const json = (text) => Buffer.from(text);
  const bodies = [
    json("[".repeat(20_000)),
    json(`${"[".repeat(5000)}${"]".repeat(5000)}`),
    json('{"a":'.repeat(5000) + "1" + "}".repeat(5000)),
    json(`{${Array.from({ length: 3000 }, (_, i) => `"k${i}":${i}`).join()}}`),
    json('{"email":"\\ud800@b.co","password":"\\ud800\\udc00\\udfff"}'),
    json('{"email":"a@b.co","password":"\\u0000"}'),
    json("\ufeff{}"),
    json('{"email":1e400,"password":-0}'),
    json(`{"email":"${"a".repeat(60_000)}@b.co","password":"x"}`),
    json('{"__proto__":{"email":"a@b.co"},"constructor":{"prototype":{}}}'),
    json("nul"),
    json("{"),
    json('{"email":"a@b.co","password":"12345678",}'),
    json("NaN"),
    json("0x10"),
    json('"\\x"'),
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.concat([json('{"email":"'), Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80]), json('@b.co","password":"x"}')]),
    Buffer.alloc(1000),
    json("\u2028{}"),
    json("{}\u00a0"),
  ];
  for (const path of ["/sign-in/email", "/sign-up/email", "/update-user", "/sign-in/social", "/sign-out", "/reset-password"]) {
    for (const body of bodies) {
      const { status, text } = await sendBytes(path, body);
      assert.ok(status >= 200 && status < 500, `${path} ${body.subarray(0, 60)}: ${status} ${text}`);
    }
  }
});

test("texts that databases and pages choke on", async () => {
  const person = await subject.resident();
  const texts = [
    "'; DROP TABLE user; --",
    "\u202e<b>\"&'",
    "\u0001\u001f\u007f",
    "{{7*7}}${7*7}",
    "x".repeat(10_000),
    "😀".repeat(500),
    "a\r\nBcc: x@example.com",
    "\u2028\u2029",
    "ﷺ".repeat(100),
    "-0",
    "null",
  ];
  for (const name of texts) {
    assert.equal((await person.post("/update-user", { name })).status, 200, name.slice(0, 30));
    const { body } = await person.get("/get-session?disableCookieCache=1");
    assert.equal(body.user.name, name, name.slice(0, 30));
  }
  for (const value of [1, true, [], {}, ["a"], 1.5]) {
    const { status, text } = await person.post("/update-user", { name: value });
    if (isAtelier) assert.ok(status < 500, `${JSON.stringify(value)}: ${text}`);
  }
});

/** Look like the address of another, or like none. */
const lookalikes = (local) => [
  `${local}＠example.com`,
  `${local}@example。com`,
  `${local}@ｅxample.com`,
  `ａ${local}@example.com`,
  `${local}\u200b@example.com`,
  `${local}\u00ad@example.com`,
  `${local}@exam\u0440le.com`,
  `${local}@example.com\u0000`,
  `\u212a${local}@example.com`,
  `\u0130${local}@example.com`,
  `\u0131${local}@example.com`,
  `ﬁ${local}@example.com`,
  `e\u0301${local}@example.com`,
  `${local}@xn--.é.com`,
  `${local}@example.com\u2028`,
  `\ufeff${local}@example.com`,
  `"${local}"@example.com`,
  `"${local}@example.com, other"@example.com`,
  `${local}@example.com,other@example.com`,
  `${local}@example.com;other@example.com`,
  `<${local}@example.com>`,
  `Ada <${local}@example.com>`,
  `${local}@example.com\r\nBcc: other@example.com`,
  `${local}@example.com\nother@example.com`,
  `${local}%0a@example.com`,
  `${local}(x)@example.com`,
  `${local}@[127.0.0.1]`,
  `${local}@127.0.0.1`,
  `${local}@localhost`,
  `${local}@example.com.`,
  ` ${local}@example.com`,
  `${local}@example.com `,
  `\t${local}@example.com`,
  `${local} @example.com`,
  `mailto:${local}@example.com`,
  `${local}@@example.com`,
  `${local}@exam ple.com`,
  `${local}!x@example.com`,
  `${local}/x@example.com`,
];

test("Auth.js GHSA-7rqj-j65f-68wh, GHSA-5jpx-9hw9-2fx4, CVE-2022-35924: an address is plain, or is refused; no mail goes anywhere", async () => {
  const { email } = await subject.resident();
  const person = await subject.resident();
  const browser = subject.browser();
  const [local] = email.split("@");
  const issue = (field) => invalid(`[body.${field}] Invalid email address`);
  for (const address of lookalikes(local)) {
    const what = JSON.stringify(address);
    says(await browser.post("/sign-up/email", { name: "x", email: address, password: PASSWORD }), 400, issue("email"), [], what);
    refuses(await browser.post("/sign-in/email", { email: address, password: PASSWORD }), "INVALID_EMAIL", { what });
    for (const path of ["/request-password-reset", "/send-verification-email", "/sign-in/magic-link"])
      says(await browser.post(path, { email: address }), 400, issue("email"), [], `${path} ${what}`);
    says(await person.post("/change-email", { newEmail: address }), 400, issue("newEmail"), [], what);
  }
  for (const to of [email, "other@example.com"]) assert.deepEqual(await subject.mailsTo(to), []);
});

test("Auth.js GHSA-7rqj-j65f-68wh: Google's word for an address is normalised and checked as well", atelierOnly, async () => {
  // The Kelvin sign is k in lower case.
  const victim = await subject.resident({ email: subject.email("kate"), verified: true });
  for (const email of [
    victim.email.replace("k", "\u212a"),
    victim.email.replace("@", "＠"),
    ` ${victim.email}`,
    `${victim.email}\u0000`,
    "no address",
    victim.email.replace("example", "ｅxample"),
  ]) {
    const person = subject.google.person({ email });
    const answer = await subject.browser().post("/sign-in/social", { provider: "google", idToken: { token: subject.google.idToken(person) } });
    assert.ok(answer.status >= 400 && answer.status < 500, `${JSON.stringify(email)}: ${answer.status} ${answer.text}`);
    assert.deepEqual([answer.cookies, await subject.rows(`SELECT "id" FROM account WHERE "accountId" = ?`, person.sub)], [[], []]);
  }
  assert.equal((await subject.rows(`SELECT "id" FROM account WHERE "userId" = ?`, victim.id)).length, 1);
});

test("the case of an address is nobody's business", async () => {
  const email = subject.email("MiXed");
  await subject.signUp({ email });
  for (const form of [email, email.toLowerCase(), email.toUpperCase()]) {
    assert.equal((await subject.browser().post("/sign-in/email", { email: form, password: PASSWORD })).status, 200, form);
    refuses(await subject.browser().post("/sign-up/email", { name: "x", email: form, password: PASSWORD }), "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", {
      what: form,
    });
  }
});
