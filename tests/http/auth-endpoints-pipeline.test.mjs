// The way of a request before its endpoint: route, body, origin, redirect targets, validation, guard; in this order, the first wins.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { exchange } from "./support/auth-browser.mjs";
import { expected, expecting, invalid } from "./support/auth-expect.mjs";
import { startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses, leads;
before(async () => {
  subject = await startSubject();
  ({ says, refuses, leads } = expecting(subject));
});
after(() => subject?.stop());

const JSON_TYPE = { "content-type": "application/json" };
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
const raw = (method, path, headers = {}, body) => exchange(subject.url, method, `/api/auth${path}`, { headers, body });
const post = (path, json) => subject.browser().post(path, json);

const POSTS = [
  ...["/sign-up/email", "/sign-in/email", "/sign-in/social", "/sign-in/magic-link", "/sign-out", "/reset-password", "/request-password-reset"],
  ...["/send-verification-email", "/revoke-session", "/revoke-sessions", "/revoke-other-sessions", "/update-session", "/update-user"],
  ...["/change-email", "/change-password", "/verify-password", "/link-social", "/unlink-account", "/delete-user"],
];
const GETS = ["/ok", "/error", "/list-sessions", "/list-accounts", "/verify-email", "/delete-user/callback", "/magic-link/verify", "/reset-password/x"];
const TAKE_FORMS = ["/sign-up/email", "/sign-in/email"];

test("a path or method that is not there: 404 and nothing else", async () => {
  const misses = [
    ...GETS.flatMap((path) => ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"].map((method) => [method, path])),
    ...POSTS.flatMap((path) => ["GET", "PUT", "OPTIONS"].map((method) => [method, path])),
    ...[
      "",
      "/",
      "//ok",
      "/ok/",
      "/OK",
      "/Ok",
      "/%6fk",
      "/ok%2f",
      "/ok;x",
      "/nope",
      "/reset-password/",
      "/reset-password/a/b?callbackURL=/",
      "/callback",
      "/callback/",
      "/callback/google/",
    ].map((path) => ["GET", path]),
    ...[
      "/sign-in",
      "/sign-in/email/",
      "//sign-in/email",
      "/Sign-In/Email",
      "/sign-in//email",
      "/set-password",
      "/forget-password",
      "/forget-password/email",
    ].map((path) => ["POST", path]),
  ];
  for (const [method, path] of misses) {
    const answer = await raw(method, path, { ...JSON_TYPE, origin: subject.origin }, method === "POST" ? "{}" : undefined);
    says(answer, 404, "", [], `${method} ${path}`);
  }
});

test("the address is parsed once: dots before routing, percent signs never", async () => {
  for (const path of ["/ok?", "/ok?x=1", "/./ok", "/x/../ok"]) says(await raw("GET", path), 200, { ok: true }, [], path);
  // Outside of /api/auth/, so the page's; not an answer of ours in any case.
  assert.ok([307, 404].includes((await exchange(subject.url, "GET", "//api/auth/ok")).status));
});

test("the type of a body", async () => {
  for (const path of POSTS) {
    const allowed = TAKE_FORMS.includes(path) ? "application/x-www-form-urlencoded, application/json" : "application/json";
    const wrong = (type) => ({ message: `Content-Type "${type}" is not allowed. Allowed types: ${allowed}`, code: "UNSUPPORTED_MEDIA_TYPE" });
    for (const type of ["text/plain", "application/jsonx", "multipart/form-data; boundary=x", "Text/Plain;charset=UTF-8"]) {
      says(await raw("POST", path, { "content-type": type }, "{}"), 415, wrong(type), [], path);
    }
    if (!TAKE_FORMS.includes(path)) says(await raw("POST", path, FORM_TYPE, "a=b"), 415, wrong(FORM_TYPE["content-type"]), [], path);
    const untyped = await raw("POST", path, {}, "{}");
    says(untyped, 415, { message: `Content-Type is required. Allowed types: ${allowed}`, code: "UNSUPPORTED_MEDIA_TYPE" }, [], path);
    for (const body of ['{"email":', "   ", "{}{}", "undefined", '{"a":1,}', "'x'", "\u0000"]) {
      says(await raw("POST", path, JSON_TYPE, body), 400, { message: "Invalid JSON in request body", code: "BAD_REQUEST" }, [], `${path} ${body}`);
    }
  }
  for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"]) {
    says(await raw("POST", "/verify-password", { "content-type": type }, "{}"), 400, invalid(expected("body.password", "string", "undefined")), [], type);
  }
});

test("a POST with any cookie needs a trusted origin, before validation", async () => {
  const { origin } = subject;
  const other = new URL(origin);
  other.port = String((Number(other.port) + 1) % 65536);
  for (const path of POSTS) {
    const send = (headers) => raw("POST", path, { ...JSON_TYPE, cookie: "theme=dark", ...headers }, "[]");
    for (const headers of [{}, { origin: "null" }]) refuses(await send(headers), "MISSING_OR_NULL_ORIGIN", { what: path });
    const foreign = [
      "https://evil.example",
      origin.replace("http:", "https:"),
      "http://127.0.0.1",
      other.origin,
      "evil",
      `${origin}.evil.example`,
      `${origin}@evil.example`,
      "javascript:",
      "/x",
    ];
    for (const foe of foreign) refuses(await send({ origin: foe }), "INVALID_ORIGIN", { what: `${path} ${foe}` });
    refuses(await send({ referer: "https://evil.example/x" }), "INVALID_ORIGIN", { what: path });
    for (const headers of [{ origin }, { referer: `${origin}/x?y` }, { origin: `${origin}/` }]) assert.notEqual((await send(headers)).status, 403, path);
    // Malformed JSON is noticed before the origin.
    assert.equal((await raw("POST", path, { ...JSON_TYPE, cookie: "theme=dark" }, "{")).status, 400, path);
  }
});

test("a GET never asks for an origin", async () => {
  for (const path of ["/ok", "/get-session", "/error"])
    assert.ok((await raw("GET", path, { cookie: "a=b", origin: "https://evil.example" })).status < 400, path);
});

test("who signs in without a cookie is checked as well, after validation", async () => {
  const { origin } = subject;
  const bodies = {
    "/sign-in/email": { email: "a@b.co", password: "" },
    "/sign-up/email": { name: "", email: "a@b.co", password: "short" },
    "/sign-in/magic-link": { email: "a@b.co" },
  };
  for (const [path, body] of Object.entries(bodies)) {
    const send = (headers, json = body) => raw("POST", path, { ...JSON_TYPE, ...headers }, JSON.stringify(json));
    for (const headers of [{ origin: "https://evil.example" }, { referer: "https://evil.example/" }]) {
      refuses(await send(headers), "INVALID_ORIGIN", { what: path });
      assert.equal((await send(headers, {})).body.code, "VALIDATION_ERROR", path);
    }
    const navigation = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    for (const headers of [navigation, { ...navigation, origin }]) refuses(await send(headers), "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", { what: path });
    const fetches = [
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-dest": "empty" },
      { "sec-fetch-mode": "cors", origin: "null" },
    ];
    for (const headers of fetches) refuses(await send(headers), "MISSING_OR_NULL_ORIGIN", { what: `${path} ${JSON.stringify(headers)}` });
    for (const headers of [
      {},
      { "sec-fetch-mode": " " },
      { "sec-fetch-mode": "cors", origin },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", origin },
    ]) {
      assert.notEqual((await send(headers)).status, 403, `${path} ${JSON.stringify(headers)}`);
    }
  }
  const social = await raw("POST", "/sign-in/social", { ...JSON_TYPE, origin: "https://evil.example" }, JSON.stringify({ provider: "google" }));
  assert.equal(social.status, 200);
});

test("guarded endpoints without a session", async () => {
  const bodies = {
    "/revoke-session": { token: "x" },
    "/revoke-sessions": {},
    "/revoke-other-sessions": {},
    "/update-session": {},
    "/update-user": { name: "x" },
    "/change-email": { newEmail: "a@b.co" },
    "/change-password": { newPassword: "x", currentPassword: "x" },
    "/verify-password": { password: "x" },
    "/link-social": { provider: "nope" },
    "/unlink-account": { accountId: "x" },
    "/delete-user": {},
  };
  for (const [path, body] of Object.entries(bodies)) refuses(await post(path, body), "UNAUTHORIZED", { what: path });
  for (const path of ["/list-sessions", "/list-accounts"]) refuses(await raw("GET", path), "UNAUTHORIZED", { what: path });
});

test("trusted origins: exact ones and patterns", async () => {
  const { origin } = subject;
  await subject.under({ trustedOrigins: ["https://app.friend.example", "https://*.wild.example", "*.host.example", "https://p?.example"] }, async () => {
    const send = (from) => raw("POST", "/sign-out", { cookie: "a=b", origin: from });
    for (const from of [
      origin,
      "https://app.friend.example",
      "https://a.wild.example",
      "https://a.b.wild.example",
      "http://x.host.example",
      "https://p1.example",
    ])
      assert.equal((await send(from)).status, 200, from);
    for (const from of [
      "http://app.friend.example",
      "https://friend.example",
      "https://app.friend.example:8443",
      "https://wild.example",
      "http://a.wild.example",
      "https://a.wild.example.evil.example",
      "https://p.example",
      "https://p12.example",
      "https://host.example",
    ]) {
      refuses(await send(from), "INVALID_ORIGIN", { what: from });
    }
    const social = (callbackURL) => subject.browser().post("/sign-in/social", { provider: "google", callbackURL });
    assert.equal((await social("https://app.friend.example/home?x#y")).status, 200);
    refuses(await social("https://app.friend.example.evil.example/"), "INVALID_CALLBACK_URL");
    assert.equal((await social("https://deep.wild.example/x")).status, 200);
  });
});

test("ok and error", async () => {
  says(await raw("GET", "/ok"), 200, { ok: true });
  for (const [query, location] of Object.entries({
    "": "/?error=UNKNOWN",
    "?error=": "/?error=UNKNOWN",
    "?error=state_not_found": "/?error=state_not_found",
    "?error=%3Cscript%3E": "/?error=UNKNOWN",
    "?error=a%20b": "/?error=UNKNOWN",
    "?error=it's-A_1": "/?error=it%27s-A_1",
    "?error=a&error_description=b%20c%3Cd%3E": "/?error=a&error_description=b+c%3Cd%3E",
    "?error=%C3%A9": "/?error=UNKNOWN",
  }))
    leads(await raw("GET", `/error${query}`), location, [], query);
});
