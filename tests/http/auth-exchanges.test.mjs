// What was recorded of better-auth 1.7.25, replayed in order: every answer is like the recorded one, and so are the rows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { exchange } from "./support/auth-browser.mjs";
import { claimsOf, inDays, jwt, signed } from "./support/auth-codec.mjs";
import { CLIENT_ID, CLIENT_SECRET } from "./support/auth-google.mjs";
import { Likeness } from "./support/auth-likeness.mjs";
import { HTTPS_ORIGIN, startSubject } from "./support/auth-subject.mjs";

const lines = readFileSync(new URL("../vectors/better-auth-exchanges.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const record = lines.map((line) => JSON.parse(line));

const profiles = {
  default: {},
  "https-base-url": { https: true },
  "cookie-cache+magic-link+delete-verification": { cookieCache: true, deleteVerification: true },
  "require-verification": { requireVerification: true },
  "rate-limit": { rateLimit: true },
};

const ADDRESS = "203.0.113.9";
/** Those that the record has, or must not have. The others are the server's own affair. */
const HEADERS = ["content-type", "location", "cache-control", "pragma", "x-retry-after"];

let subject;
before(async () => {
  subject = await startSubject();
});
after(() => subject?.stop());

for (const [profile, options] of Object.entries(profiles)) {
  const steps = record.filter((line) => line.profile === profile);
  describe(profile, () => {
    let world;
    before(async () => {
      await subject.configure(options);
      const recordedOrigin = profile === "https-base-url" ? HTTPS_ORIGIN : steps.find(({ request }) => request?.headers.origin).request.headers.origin;
      const known = {
        [recordedOrigin]: subject.origin,
        "conformance-client-id.apps.googleusercontent.com": CLIENT_ID,
        "conformance-client-secret": CLIENT_SECRET,
      };
      world = { likeness: new Likeness(subject.secret, known), steps };
    });
    for (const step of steps) {
      test(step.name, async () => {
        await prepare[step.name]?.(world, step);
        if (step.rows) await compareRows(world, step);
        else if (step.response) await compareExchange(world, step);
        else compareTokenRequest(world, step);
      });
    }
  });
}

/** When the exchange before was begun. */
let asked;

async function compareExchange({ likeness, ...world }, { request, response }) {
  const { body, headers } = request;
  const isForm = headers["content-type"] === "application/x-www-form-urlencoded";
  const content = likeness.translateAll(body);
  const before = asked;
  asked = Date.now();
  const text = body === undefined || typeof body === "string" ? body : isForm ? new URLSearchParams(content).toString() : JSON.stringify(content);
  const live = await exchange(subject.url, request.method, likeness.translate(request.path), {
    headers: { "user-agent": "node", "cf-connecting-ip": ADDRESS, ...likeness.translateAll(headers) },
    body: text,
  });
  assert.equal(live.status, response.status, live.text);
  likeness.same(response.body, live.body, "body");
  const isRedirect = live.status === 302;
  for (const name of HEADERS) {
    const recorded = response.headers[name];
    if (name === "x-retry-after" && recorded) assert.ok(Number(live.headers[name]) >= Math.floor(recorded - (Date.now() - before) / 1000) && Number(live.headers[name]) <= recorded, live.headers[name]);
    else if (recorded !== undefined && !(isRedirect && name === "content-type")) likeness.same(recorded, live.headers[name], name);
    else if (!["cache-control", "pragma", "content-type"].includes(name)) assert.equal(live.headers[name], undefined, name);
  }
  assert.deepEqual(
    live.cookies.map((cookie) => cookie.split("=")[0]),
    response.setCookie.map((cookie) => cookie.split("=")[0]),
  );
  response.setCookie.forEach((cookie, i) => likeness.sameCookie(cookie, live.cookies[i]));
  world.steps.answer = live;
}

async function compareRows({ likeness }, { name, rows }) {
  const [recorded] = rows;
  if (name === "schema") return compareSchema(rows);
  const [table, column] = {
    "user row": ["user", "id"],
    "account row": ["account", "userId"],
    "session row": ["session", "token"],
    "google account row": ["account", "accountId"],
    "reset verification row": ["verification", "value"],
    "magic link verification row": ["verification", "value"],
  }[name] ?? ["verification", "identifier"];
  const live = await subject.rows(`SELECT * FROM "${table}" WHERE "${column}" = ?`, likeness.translate(recorded[column]));
  likeness.same(rows, live, name);
}

/** Tables and indexes may be more, and their text may be spaced otherwise. */
async function compareSchema(rows) {
  const plain = (sql) => sql.toLowerCase().replace(/if not exists|\s/g, "");
  const live = await subject.rows(`SELECT "type", "name", "sql" FROM sqlite_master`);
  for (const { type, name, sql } of rows) assert.equal(plain(live.find((entry) => entry.type === type && entry.name === name)?.sql ?? ""), plain(sql), name);
}

function compareTokenRequest({ likeness }, { request }) {
  const live = subject.google.requests.findLast(({ path }) => path === "/token");
  const sorted = (body) => Object.fromEntries(Object.entries(body).sort(([a], [b]) => a.localeCompare(b)));
  assert.equal(live.method, request.method);
  for (const [name, value] of Object.entries(request.headers)) assert.ok(live.headers[name].startsWith(value), name);
  likeness.same(sorted(request.body), sorted(live.body), "token request");
}

// What the recorder had done between the exchanges.

const cookieIn = (step) => step.request.headers.cookie.split("; ")[0].split(/=(.*)/s)[1];
const recordedToken = (step) => decodeURIComponent(cookieIn(step)).split(".")[0];

/** The session of a recorded cookie belongs to someone who was there before. */
async function enter({ likeness }, step, email) {
  const resident = await subject.resident({ email });
  likeness.live.set(cookieIn(step), resident.jar.get(`${subject.prefix}session_token`));
  return resident;
}

const updateSession =
  (column, days) =>
  ({ likeness }, step) =>
    subject.rows(`UPDATE session SET "${column}" = ? WHERE "token" = ?`, inDays(days), likeness.translate(recordedToken(step)));

/** The same claims as a recorded ID token, signed by the tests' Google. */
function idToken({ likeness }, recorded) {
  const { iss, aud, iat, exp, ...claims } = claimsOf(recorded);
  if (!likeness.live.has(recorded)) likeness.live.set(recorded, subject.google.idToken(claims));
  return likeness.live.get(recorded);
}

const mailedJwt =
  (lifetime) =>
  ({ likeness }, step) => {
    const recorded = /token=([^&]+)/.exec(step.request.path)[1];
    const { iat, exp, ...claims } = claimsOf(recorded);
    const now = Math.floor(Date.now() / 1000);
    likeness.live.set(recorded, jwt({ ...likeness.translateAll(claims), iat: now - 10, exp: now + lifetime }, subject.secret));
  };

const prepare = {
  "get-session that refreshes": updateSession("expiresAt", 5.9),
  async "revoke-session (another)"({ likeness }, step) {
    const [{ userId }] = await subject.rows(`SELECT "userId" FROM session WHERE "token" = ?`, likeness.translate(recordedToken(step)));
    likeness.bind(step.request.body.token, await subject.addSession(userId));
  },
  "list-sessions, session not fresh": updateSession("createdAt", -2),
  "update-user": updateSession("createdAt", 0),
  "verify-email, expired token with callbackURL": mailedJwt(-5),
  "verify-email": mailedJwt(3600),
  "callback, new user"({ likeness, steps }, step) {
    const row = steps.find(({ name }) => name === "google account row").rows[0];
    const { url } = steps.social;
    const query = subject.google.consent(
      url,
      {},
      { access_token: row.accessToken, refresh_token: row.refreshToken, id_token: idToken({ likeness }, row.idToken) },
    );
    likeness.bind(/code=([^&]+)/.exec(step.request.path)[1], new URLSearchParams(query).get("code"));
  },
  "state verification row"({ steps }) {
    steps.social = steps.answer.body;
  },
  "sign-in/social with id token": (world, step) => void idToken(world, step.request.body.idToken.token),
  async "id token for an existing user that is not linked"(world, step) {
    const { token } = step.request.body.idToken;
    idToken(world, token);
    world.steps.unlinked = await subject.resident({ email: claimsOf(token).email });
  },
  "link-social with id token"({ likeness, steps }, step) {
    idToken({ likeness }, step.request.body.idToken.token);
    likeness.live.set(cookieIn(step), signed(steps.unlinked.token, subject.secret));
  },
  async "link-social"(world, step) {
    const { link } = JSON.parse(world.steps.find(({ name }) => name === "link-social state row").rows[0].value);
    const { id } = await enter(world, step, link.email);
    world.likeness.bind(link.userId, id);
  },
  "delete-user": (world, step) => enter(world, step, subject.email()),
};
