// One test for each class of published advisories that applies to signing in with Google, named after it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signed } from "./support/auth-codec.mjs";
import { expecting } from "./support/auth-expect.mjs";
import { atelierOnly, startSubject } from "./support/auth-subject.mjs";

let subject, refuses, says, leads, cookiesOf;
before(async () => {
  subject = await startSubject();
  ({ refuses, says, leads, cookiesOf } = expecting(subject));
});
after(() => subject?.stop());

const failed = (code) => `${subject.origin}/api/auth/error?error=${code}`;
const userRow = async (id) => (await subject.rows(`SELECT * FROM "user" WHERE "id" = ?`, id))[0];
const start = async (json = {}, browser = subject.browser(), path = "/sign-in/social") => ({
  browser,
  url: (await browser.post(path, { provider: "google", callbackURL: "/home", ...json })).body.url,
});
const stateIn = (url) => new URL(url).searchParams.get("state");

test("GHSA-g38m-r43w-p2q7, CVE-2026-53516: an address that was never proven is not a Google user's", async () => {
  const victim = subject.google.person();
  const attacker = await subject.resident({ email: victim.email });
  const { browser, url } = await start();
  leads(await browser.get(`/callback/google?${subject.google.consent(url, victim)}`), failed("account_not_linked"), ["state cleared"]);
  refuses(await subject.browser().post("/sign-in/social", { provider: "google", idToken: { token: subject.google.idToken(victim) } }), "OAUTH_LINK_ERROR");
  assert.deepEqual(await subject.rows(`SELECT "id" FROM account WHERE "accountId" = ?`, victim.sub), []);
  assert.equal((await userRow(attacker.id)).emailVerified, 0);
});

test("CVE-2026-121802: nobody chooses a state, nor what the server keeps in it", async () => {
  const victim = await subject.resident();
  const chosen = "A".repeat(32);
  const hostile = {
    link: { userId: victim.id, email: victim.email },
    errorURL: "https://evil.example",
    newUserURL: "https://evil.example",
    callbackURL: "https://evil.example",
    codeVerifier: "known",
    oauthState: chosen,
    expiresAt: 9e15,
    requestSignUp: true,
    serverContext: { a: 1 },
    idTokenNonce: "known",
    ["__proto__"]: { polluted: true },
    mine: 1,
  };
  for (const [path, browser] of [
    ["/sign-in/social", subject.browser()],
    ["/link-social", await subject.resident()],
  ]) {
    const { url } = await start({ additionalData: hostile, callbackURL: "/home", state: chosen, oauthState: chosen, codeVerifier: "known" }, browser, path);
    const state = stateIn(url);
    assert.notEqual(state, chosen);
    const [row] = await subject.rows(`SELECT "value" FROM verification WHERE "identifier" = ?`, `auth-state:${state}`);
    const value = JSON.parse(row.value);
    assert.deepEqual(
      [value.callbackURL, value.errorURL, value.newUserURL, value.oauthState, value.serverContext, value.idTokenNonce, value.mine],
      ["/home", undefined, undefined, state, undefined, undefined, 1],
    );
    assert.ok(value.codeVerifier.length === 128 && value.expiresAt < Date.now() + 601_000 && value.requestSignUp === undefined);
    assert.deepEqual(value.link?.userId, browser.id);
  }
  const forger = subject.browser();
  forger.jar.set("better-auth.state", signed(chosen, "another secret of thirty-two letters"));
  leads(await forger.get(`/callback/google?code=x&state=${chosen}`), failed("state_mismatch"));
});

test("CVE-2026-110864: what is encrypted or signed for one purpose is nothing elsewhere", async () => {
  const [mine, theirs] = [await subject.resident(), await subject.resident()];
  const [a, b] = [await start({}, mine, "/link-social"), await start({}, theirs, "/link-social")];
  const read = async (url) =>
    JSON.parse((await subject.rows(`SELECT "value" FROM verification WHERE "identifier" = ?`, `auth-state:${stateIn(url)}`))[0].value);
  const { link } = await read(b.url);
  // The session inside a link's state must be of the user that it links.
  await subject.rows(
    `UPDATE verification SET "value" = json_set("value", '$.link.encryptedSessionToken', ?) WHERE "identifier" = ?`,
    link.encryptedSessionToken,
    `auth-state:${stateIn(a.url)}`,
  );
  leads(await mine.get(`/callback/google?${subject.google.consent(a.url, subject.google.person({ email: mine.email }))}`), failed("unable_to_link_account"), [
    "state cleared",
  ]);
  const state = mine.jar.get("better-auth.state") ?? theirs.jar.get("better-auth.state");
  for (const value of [link.encryptedSessionToken, state, signed("true", subject.secret)]) {
    says(
      await subject.browser().get("/get-session", { headers: { cookie: `better-auth.session_token=${value}` } }),
      200,
      "null",
      value.includes(".") ? ["session_token cleared", "session_data cleared", "dont_remember cleared"] : [],
    );
  }
});

test("Auth.js GHSA-x445-f3h2-j279, CVE-2026-73419: a state of Google's is of no use to another provider", async () => {
  for (const provider of ["github", "meta", "credential", "Google", "google%2f"]) {
    const { browser, url } = await start();
    const answer = await browser.get(`/callback/${provider}?${subject.google.consent(url, subject.google.person())}`);
    assert.ok(
      answer.status === 404 || /error=(oauth_provider_not_found|state_mismatch)$/.test(answer.headers.location),
      `${provider}: ${answer.status} ${answer.headers.location}`,
    );
    assert.ok(!cookiesOf(answer).some((cookie) => cookie.startsWith("session_token")));
  }
});

test("RFC 9700, code injection: a code of one flow in another", async () => {
  const [first, second] = [await start(), await start()];
  const stolen = new URLSearchParams(subject.google.consent(first.url, subject.google.person())).get("code");
  leads(await second.browser.get(`/callback/google?code=${encodeURIComponent(stolen)}&state=${stateIn(second.url)}`), failed("invalid_code"), [
    "state cleared",
  ]);
});

test("Hono CVE-2026-81888: a state that is missing, empty or given twice", async () => {
  const { browser, url } = await start();
  const query = new URLSearchParams(subject.google.consent(url, subject.google.person()));
  const code = encodeURIComponent(query.get("code"));
  for (const bad of [`code=${code}`, `code=${code}&state=`, `code=${code}&State=${query.get("state")}`])
    leads(await browser.get(`/callback/google?${bad}`), failed("state_not_found"), [], bad);
  for (const bad of [`code=${code}&state=x&state=${query.get("state")}`, `code=${code}&state=${query.get("state")}&state=`]) {
    const answer = await browser.get(`/callback/google?${bad}`);
    assert.ok(answer.status === 400 || answer.headers.location.startsWith(failed("")), `${bad}: ${answer.status} ${answer.headers.location}`);
    assert.deepEqual(answer.cookies, [], bad);
  }
  assert.ok(!(await browser.get(`/callback/google?${query}`)).headers.location.includes("error"), "and the state is still good");
});

test("Hono CVE-2026-22817, CVE-2026-22818, CVE-2025-62610: the ID token that comes with a code is verified like any other", atelierOnly, async () => {
  const { google } = subject;
  const person = google.person();
  const now = Math.floor(Date.now() / 1000);
  const wrong = {
    "no signature": google.idToken(person, { alg: "none" }),
    "HMAC with the public key": google.idToken(person, { alg: "HS256", key: google.publicPem() }),
    "the signature of another": google.idToken(person).replace(/\.[^.]+$/, `.${google.idToken(google.person()).split(".")[2]}`),
    "an unknown key": google.idToken(person, { header: { kid: "key-of-nobody" } }),
    "another audience": google.idToken({ ...person, aud: "another.apps.googleusercontent.com" }),
    "another party": google.idToken({ ...person, azp: "another.apps.googleusercontent.com" }),
    "another issuer": google.idToken({ ...person, iss: "https://evil.example" }),
    expired: google.idToken({ ...person, iat: now - 7200, exp: now - 3600 }),
    "no subject": google.idToken({ ...person, sub: undefined }),
  };
  for (const [what, id_token] of Object.entries(wrong)) {
    const { browser, url } = await start();
    const answer = await browser.get(`/callback/google?${google.consent(url, person, { id_token })}`);
    leads(answer, failed("unable_to_get_user_info"), ["state cleared"], what);
  }
  assert.deepEqual(await subject.rows(`SELECT "id" FROM account WHERE "accountId" = ?`, person.sub), []);
});
