// Google: signing in by redirect and by ID token, linking and unlinking; in the http and the https configuration.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { inSeconds, randomId, signed, unsigned } from "./support/auth-codec.mjs";
import { USER_KEYS, expecting } from "./support/auth-expect.mjs";
import { CLIENT_ID } from "./support/auth-google.mjs";
import { isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses, leads, cookiesOf;
before(async () => {
  subject = await startSubject();
  ({ says, refuses, leads, cookiesOf } = expecting(subject));
});
after(() => subject?.stop());

const SESSION = "session_token for 604800 s";
const FORGOTTEN = "state cleared";
const SCOPES = ["openid", "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/userinfo.profile"];
const start = (json, browser = subject.browser(), path = "/sign-in/social") =>
  browser.post(path, { provider: "google", ...json }).then(({ body, ...answer }) => ({ ...answer, body, url: body.url, browser }));
const callback = (browser, query) => browser.get(`/callback/google?${query}`);
const accountOf = async ({ sub }) => (await subject.rows(`SELECT * FROM account WHERE "providerId" = 'google' AND "accountId" = ?`, sub))[0];
const userOf = async ({ email }) => (await subject.rows(`SELECT * FROM "user" WHERE "email" = ?`, email.toLowerCase()))[0];

/** Signs in by redirect as that person. */
async function arrive(person, json = { callbackURL: "/home" }, { browser = subject.browser(), tokens } = {}) {
  const { url } = await start(json, browser);
  return { browser, url, answer: await callback(browser, subject.google.consent(url, person, tokens)) };
}
const failed = (code, more = "") => `${subject.origin}/api/auth/error?error=${code}${more}`;
const signInWith = (token, more = {}, browser = subject.browser()) => browser.post("/sign-in/social", { provider: "google", idToken: { token, ...more } });

for (const https of [false, true]) {
  describe(https ? "https" : "http", () => {
    before(() => subject.configure({ https }));

    test("where it starts", async () => {
      const sent = {
        callbackURL: "/home",
        errorCallbackURL: "/oops",
        newUserCallbackURL: "/new",
        loginHint: "a@b.co",
        scopes: ["https://x.example/s"],
        additionalParams: { prompt: "consent", x: "é &" },
        additionalData: { plan: "pro", nested: { a: 1 } },
        requestSignUp: true,
      };
      const answer = await start(sent);
      assert.deepEqual(
        [answer.status, Object.keys(answer.body), answer.body.redirect, answer.headers.location, cookiesOf(answer)],
        [200, ["url", "redirect"], true, answer.url, ["state for 300 s"]],
      );
      const url = new URL(answer.url);
      const { state, code_challenge, ...rest } = Object.fromEntries(url.searchParams);
      assert.equal(url.origin + url.pathname, "https://accounts.google.com/o/oauth2/v2/auth");
      assert.deepEqual(rest, {
        response_type: "code",
        client_id: CLIENT_ID,
        scope: "email profile openid https://x.example/s",
        redirect_uri: `${subject.origin}/api/auth/callback/google`,
        login_hint: "a@b.co",
        code_challenge_method: "S256",
        include_granted_scopes: "true",
        prompt: "consent",
        x: "é &",
      });
      assert.match(state, /^[a-zA-Z0-9_-]{32}$/);
      assert.equal(unsigned(answer.browser.jar.get(`${subject.prefix}state`), subject.secret), state);
      const [row] = await subject.rows(`SELECT * FROM verification WHERE "identifier" = ?`, `auth-state:${state}`);
      const { codeVerifier, expiresAt, ...value } = JSON.parse(row.value);
      assert.deepEqual(value, {
        plan: "pro",
        nested: { a: 1 },
        callbackURL: "/home",
        errorURL: "/oops",
        newUserURL: "/new",
        requestSignUp: true,
        oauthState: state,
      });
      assert.match(codeVerifier, /^[a-zA-Z0-9_-]{128}$/);
      assert.equal(createHash("sha256").update(codeVerifier).digest("base64url"), code_challenge);
      for (const end of [expiresAt, Date.parse(row.expiresAt)]) assert.ok(Math.abs(end - Date.parse(row.createdAt) - 600_000) < 2000);
    });

    test("without redirect, and without callbackURL", async () => {
      const answer = await start({ disableRedirect: true });
      assert.deepEqual([answer.status, answer.body.redirect, answer.headers.location], [200, false, undefined]);
      const [row] = await subject.rows(`SELECT * FROM verification WHERE "identifier" = ?`, `auth-state:${new URL(answer.url).searchParams.get("state")}`);
      assert.equal(JSON.parse(row.value).callbackURL, subject.origin);
      for (const provider of ["github", "nope", "", "Google", "constructor"])
        refuses(await subject.browser().post("/sign-in/social", { provider }), "PROVIDER_NOT_FOUND", { what: provider });
    });

    test("a new person", async () => {
      const person = subject.google.person({ email: subject.email("Grace"), email_verified: false });
      const { browser, answer } = await arrive(person, { callbackURL: "/home", newUserCallbackURL: "/new?a" });
      leads(answer, "/new?a", [FORGOTTEN, SESSION]);
      const user = await userOf(person);
      assert.deepEqual([user.name, user.emailVerified, user.image], [person.name, 0, person.picture]);
      const account = await accountOf(person);
      assert.deepEqual([account.userId, account.scope, account.password, account.refreshTokenExpiresAt], [user.id, SCOPES.join(","), null, null]);
      assert.ok(account.accessToken.startsWith("ya29.") && account.refreshToken.startsWith("1//") && account.idToken.split(".").length === 3);
      assert.ok(Math.abs(Date.parse(account.accessTokenExpiresAt) - Date.now() - 3_599_000) < 10_000);
      const { body } = await browser.get("/list-accounts");
      assert.deepEqual(body, [
        {
          accountId: person.sub,
          providerId: "google",
          userId: user.id,
          createdAt: account.createdAt,
          updatedAt: account.updatedAt,
          id: account.id,
          scopes: SCOPES,
        },
      ]);
      const request = subject.google.requests.findLast(({ path }) => path === "/token");
      assert.deepEqual(Object.keys(request.body).sort(), ["client_id", "client_secret", "code", "code_verifier", "grant_type", "redirect_uri"]);
      assert.deepEqual([request.body.grant_type, request.headers.accept], ["authorization_code", "application/json"]);
    });

    test("someone known: tokens are renewed, the profile is not", async () => {
      const person = subject.google.person();
      await arrive(person);
      const [account, user] = [await accountOf(person), await userOf(person)];
      const again = { ...person, name: "Another Name", picture: "https://img.example/other.png", email: subject.email() };
      leads((await arrive(again, undefined, { tokens: { refresh_token: undefined, scope: "openid" } })).answer, "/home", [FORGOTTEN, SESSION]);
      const renewed = await accountOf(person);
      assert.deepEqual(
        [renewed.id, renewed.refreshToken, renewed.scope, renewed.accessToken === account.accessToken],
        [account.id, account.refreshToken, account.scope, false],
      );
      const { updatedAt, ...same } = await userOf(person);
      assert.deepEqual({ ...same, updatedAt: user.updatedAt }, user);
      assert.equal(await userOf(again), undefined);
    });

    test("a known account proves its address", async () => {
      const person = subject.google.person();
      const local = await subject.resident({ email: person.email, password: false, google: person.sub });
      await arrive({ ...person, email_verified: false });
      assert.equal((await userOf(person)).emailVerified, 0);
      await arrive({ ...person, email: person.email.toUpperCase() });
      assert.deepEqual([(await userOf(person)).emailVerified, (await userOf(person)).id], [1, local.id]);
    });

    test("an address that someone has: linked if both sides have proven it, never otherwise", async () => {
      for (const [here, there] of [
        [false, false],
        [false, true],
        [true, false],
      ]) {
        const person = subject.google.person({ email_verified: there });
        await subject.resident({ email: person.email, verified: here });
        leads((await arrive(person)).answer, failed("account_not_linked"), [FORGOTTEN], `${here} ${there}`);
        assert.equal(await accountOf(person), undefined);
        refuses(await signInWith(subject.google.idToken(person)), "OAUTH_LINK_ERROR");
      }
      const person = subject.google.person();
      const local = await subject.resident({ email: person.email, verified: true });
      leads((await arrive({ ...person, email: person.email.toUpperCase() })).answer, "/home", [FORGOTTEN, SESSION]);
      assert.equal((await accountOf(person)).userId, local.id);
    });

    test("the callback: what is wrong, in the order in which it is noticed", async () => {
      const person = subject.google.person();
      for (const query of ["", "code=x", "error=access_denied", "state=&code=x"])
        leads(await callback(subject.browser(), query), failed("state_not_found"), [], query);
      leads(await callback(subject.browser(), "state=unknown&code=x"), failed("state_mismatch"));

      const json = { callbackURL: "/home", errorCallbackURL: "/oops?a=b#c" };
      const oops = (code, more = "") => `/oops?a=b&error=${code}${more}#c`;
      const first = await start(json);
      leads(await callback(subject.browser(), subject.google.consent(first.url, person)), oops("state_mismatch"), [], "another browser");
      const second = await start(json);
      second.browser.jar.set(`${subject.prefix}state`, signed(randomId(), subject.secret));
      leads(await callback(second.browser, subject.google.consent(second.url, person)), oops("state_mismatch"), [], "another state's cookie");
      const third = await start(json);
      const state = new URL(third.url).searchParams.get("state");
      const late = `json_set("value", '$.expiresAt', ${Date.now() - 1000})`;
      await subject.rows(`UPDATE verification SET "expiresAt" = ?, "value" = ${late} WHERE "identifier" = ?`, inSeconds(-1), `auth-state:${state}`);
      const tardy = await callback(third.browser, subject.google.consent(third.url, person));
      assert.deepEqual([tardy.status, tardy.headers.location], [302, oops("state_mismatch")]);

      const outcomes = {
        "error=access_denied&code=x": oops("access_denied"),
        "error=access_denied&error_description=Not%20today%20%26": oops("access_denied", "&error_description=Not+today+%26"),
        "": oops("no_code"),
        "code=": oops("no_code"),
        "code=unknown": oops("invalid_code"),
      };
      for (const [query, location] of Object.entries(outcomes)) {
        const { url, browser } = await start(json);
        const own = `state=${new URL(url).searchParams.get("state")}&${query}`;
        leads(await callback(browser, own), location, [FORGOTTEN], query);
        leads(await callback(browser, own), failed("state_mismatch"), [], `${query} again`);
      }
      const { url, browser } = await start({ callbackURL: "/home" });
      leads(await callback(browser, `state=${new URL(url).searchParams.get("state")}`), failed("no_code"), [FORGOTTEN]);
    });

    test("the callback: what Google may say wrong", async () => {
      const person = subject.google.person();
      const cases = {
        // better-auth answers 500 to a token that is none.
        unable_to_get_user_info: [{ id_token: undefined }, ...(isAtelier ? [{ id_token: "garbage" }, { id_token: "a.b.c" }, { id_token: 7 }] : [])],
        email_not_found: [{ id_token: subject.google.idToken({ ...person, email: undefined }) }],
      };
      for (const [code, all] of Object.entries(cases)) {
        for (const tokens of all) leads((await arrive(person, undefined, { tokens })).answer, failed(code), [FORGOTTEN], JSON.stringify(tokens));
      }
      const { url, browser } = await start({ callbackURL: "/home" });
      const query = subject.google.consent(url, person);
      for (const status of [500, 302]) {
        subject.google.outage = status;
        const other = await start({ callbackURL: "/home" });
        leads(await callback(other.browser, subject.google.consent(other.url, person)), failed("invalid_code"), [FORGOTTEN], `HTTP ${status}`);
      }
      subject.google.outage = undefined;
      leads(await callback(browser, query), "/home", [FORGOTTEN, SESSION]);
      leads(await callback(browser, query), failed("state_mismatch"), [], "once");
    });

    test("the callback as a POST leads to the GET", async () => {
      const browser = subject.browser();
      const post = (options) => browser.send("POST", "/api/auth/callback/google", options);
      const base = `${subject.origin}/api/auth/callback/google`;
      leads(await post({ form: { state: "y", foo: "z", code: "x y" } }), `${base}?code=x+y&state=y`);
      leads(
        await post({ json: { code: "x", state: "y", iss: "i", user: "{}", error: "e", error_description: "d", device_id: "1" } }),
        `${base}?code=x&error=e&device_id=1&error_description=d&state=y&user=%7B%7D&iss=i`,
      );
      leads(await browser.send("POST", "/api/auth/callback/google?state=q", { form: { state: "y" } }), `${base}?state=q`);
      leads(await callback(subject.browser(), "state=x&code=y&device_id=1&foo=bar"), failed("state_mismatch"));
      says(await post({ body: "x", headers: { "content-type": "text/plain" } }), 415, {
        message: 'Content-Type "text/plain" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json',
        code: "UNSUPPORTED_MEDIA_TYPE",
      });
    });

    test("an ID token", async () => {
      const person = subject.google.person();
      const token = subject.google.idToken(person);
      const first = await signInWith(token, { accessToken: "ya29.x", refreshToken: "1//x" });
      assert.deepEqual(
        [first.status, Object.keys(first.body), first.body.redirect, Object.keys(first.body.user), cookiesOf(first)],
        [200, ["redirect", "token", "user"], false, USER_KEYS, [SESSION]],
      );
      const account = await accountOf(person);
      assert.deepEqual(
        [account.idToken, account.accessToken, account.refreshToken, account.scope, account.accessTokenExpiresAt],
        [token, "ya29.x", null, null, null],
      );
      const second = await signInWith(subject.google.idToken({ ...person, nonce: "n-1" }), { nonce: "n-1" });
      assert.equal(second.body.user.id, first.body.user.id);
      refuses(await signInWith(subject.google.idToken({ ...person, email: undefined })), "USER_EMAIL_NOT_FOUND");
    });

    test("link-social by redirect", async () => {
      const local = await subject.resident();
      const person = subject.google.person({ email: local.email });
      const begin = (json = {}, browser = local) => start({ callbackURL: "/settings", errorCallbackURL: "/oops", ...json }, browser, "/link-social");
      const { url, ...answer } = await begin({ disableRedirect: true, scopes: ["x"] });
      assert.deepEqual(
        [answer.status, Object.keys(answer.body), answer.body.redirect, cookiesOf(answer)],
        [200, ["url", "redirect"], false, ["state for 300 s"]],
      );
      const [row] = await subject.rows(`SELECT "value" FROM verification WHERE "identifier" = ?`, `auth-state:${new URL(url).searchParams.get("state")}`);
      const { link } = JSON.parse(row.value);
      assert.deepEqual([Object.keys(link).sort(), link.userId, link.email], [["email", "encryptedSessionToken", "userId"], local.id, local.email]);
      assert.match(link.encryptedSessionToken, /^[0-9a-f]{144}$/);
      const finish = async (claims, begun) => callback(local, subject.google.consent((begun ?? (await begin())).url, { ...person, ...claims }));
      leads(await finish({ email_verified: false }), "/oops?error=unable_to_link_account", [FORGOTTEN]);
      leads(await finish({ email: subject.email() }), "/oops?error=email_does_not_match", [FORGOTTEN]);
      leads(await finish({}), "/settings", [FORGOTTEN]);
      assert.deepEqual([(await accountOf(person)).userId, (await accountOf(person)).scope], [local.id, SCOPES.join(",")]);
      leads(await finish({}), "/settings", [FORGOTTEN], "again");

      const other = await subject.resident({ verified: true });
      const taken = await begin({}, other);
      leads(
        await callback(other, subject.google.consent(taken.url, { ...person, email: other.email })),
        "/oops?error=account_already_linked_to_different_user",
        [FORGOTTEN],
      );
      const left = await begin({}, other);
      await subject.rows(`DELETE FROM session WHERE "userId" = ?`, other.id);
      leads(
        await callback(other, subject.google.consent(left.url, subject.google.person({ email: other.email }))),
        "/oops?error=unable_to_link_account",
        [FORGOTTEN],
        "the session is gone",
      );
      refuses(await (await subject.resident()).post("/link-social", { provider: "github" }), "PROVIDER_NOT_FOUND");
    });

    test("link-social with an ID token, list-accounts, unlink-account", async () => {
      const local = await subject.resident();
      const person = subject.google.person({ email: local.email.toUpperCase() });
      const link = (claims, browser = local) =>
        browser.post("/link-social", { provider: "google", idToken: { token: subject.google.idToken({ ...person, ...claims }), refreshToken: "1//r" } });
      refuses(await local.post("/link-social", { provider: "google", idToken: { token: "garbage" } }), "INVALID_TOKEN");
      refuses(await link({ email: undefined }), "USER_EMAIL_NOT_FOUND");
      refuses(await link({ email_verified: false }), "LINKING_NOT_ALLOWED");
      refuses(await link({ email: subject.email() }), "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED");
      for (let i = 0; i < 2; i++) says(await link({}), 200, { url: "", status: true, redirect: false });
      refuses(await link({}, await subject.resident()), "SOCIAL_ACCOUNT_ALREADY_LINKED");
      assert.equal((await accountOf(person)).refreshToken, "1//r");

      const { body } = await local.get("/list-accounts");
      assert.deepEqual(
        body.map(({ providerId, scopes }) => [providerId, scopes]),
        [
          ["credential", []],
          ["google", []],
        ],
      );
      const [credential, google] = body;
      assert.deepEqual(Object.keys(google), ["accountId", "providerId", "userId", "createdAt", "updatedAt", "id", "scopes"]);
      const stranger = await subject.resident({ google: "77" });
      for (const accountId of [person.sub, "google", "unknown", ""])
        refuses(await local.post("/unlink-account", { accountId }), "ACCOUNT_NOT_FOUND", { what: accountId });
      refuses(await stranger.post("/unlink-account", { accountId: google.id }), "ACCOUNT_NOT_FOUND");
      says(await local.post("/unlink-account", { accountId: google.id }), 200, { status: true });
      assert.equal(await accountOf(person), undefined);
      for (const accountId of [credential.id, "unknown"]) refuses(await local.post("/unlink-account", { accountId }), "FAILED_TO_UNLINK_LAST_ACCOUNT");
    });
  });
}

test("ID tokens that are not believed", async () => {
  const { google } = subject;
  const person = google.person();
  const now = Math.floor(Date.now() / 1000);
  const wrong = {
    "another audience": google.idToken({ ...person, aud: "another.apps.googleusercontent.com", azp: undefined }),
    "no audience": google.idToken({ ...person, aud: undefined }),
    "another issuer": google.idToken({ ...person, iss: "https://accounts.google.com.evil.example" }),
    "no issuer": google.idToken({ ...person, iss: undefined }),
    "no subject": google.idToken({ ...person, sub: undefined }),
    expired: google.idToken({ ...person, iat: now - 3700, exp: now - 100 }),
    "no expiry": google.idToken({ ...person, exp: undefined }),
    "no date of issue": google.idToken({ ...person, iat: undefined }),
    "issued long ago": google.idToken({ ...person, iat: now - 3700, exp: now + 3600 }),
    "issued in the future": google.idToken({ ...person, iat: now + 100, exp: now + 3600 }),
    "unknown key": google.idToken(person, { kid: "key-9", key: undefined, alg: "none" }),
    "no signature": google.idToken(person, { alg: "none" }),
    "HMAC with the public key": google.idToken(person, { alg: "HS256", key: google.publicPem() }),
    "signature of another token": google.idToken(person).replace(/\.[^.]+$/, `.${google.idToken(google.person()).split(".")[2]}`),
    "a key of its own": google.idToken(person, {
      header: { kid: "key-1", jwk: { kty: "oct", k: "AAAA" }, jku: "https://evil.example/jwks" },
      alg: "HS256",
      key: Buffer.from("AAAA", "base64"),
    }),
    "key under another name": google.idToken(person, { header: { kid: "key-2" } }),
    "three dots": "..",
    "no dots": "abc",
    "empty claims": `${google.idToken(person).split(".")[0]}..x`,
  };
  for (const [what, token] of Object.entries(wrong)) refuses(await signInWith(token), "INVALID_TOKEN", { what });
  refuses(await signInWith(google.idToken({ ...person, nonce: "a" }), { nonce: "b" }), "INVALID_TOKEN", { what: "nonce" });
  refuses(await signInWith(google.idToken(person), { nonce: "b" }), "INVALID_TOKEN", { what: "no nonce" });
  // better-auth leaves `azp` alone; a token that was made for another client is still one that was made for another client.
  if (isAtelier) refuses(await signInWith(google.idToken({ ...person, azp: "another.apps.googleusercontent.com" })), "INVALID_TOKEN", { what: "azp" });
  for (const claims of [{ aud: [CLIENT_ID] }, { iss: "accounts.google.com" }, { iat: now - 20, exp: now - 20 }, { iat: now + 20 }]) {
    assert.equal((await signInWith(google.idToken({ ...google.person(), ...claims }))).status, 200, JSON.stringify(claims));
  }
  assert.equal(await accountOf(person), undefined);
});

test("Google's keys are kept for as long as it says", async () => {
  const { google } = subject;
  const fetched = () => google.requests.filter(({ path }) => path === "/certs").length;
  await subject.configure({});
  const before = fetched();
  for (let i = 0; i < 3; i++) assert.equal((await signInWith(google.idToken(google.person()))).status, 200);
  // better-auth fetches them every time.
  if (isAtelier) assert.equal(fetched(), before + 1);
  refuses(await signInWith(google.idToken(google.person(), { header: { kid: "key-of-nobody" } })), "INVALID_TOKEN");

  google.certsMaxAge = 0;
  await subject.configure({});
  assert.equal((await signInWith(google.idToken(google.person()))).status, 200);
  const old = google.idToken(google.person());
  google.rotate();
  assert.equal((await signInWith(google.idToken(google.person()))).status, 200, "a new key");
  refuses(await signInWith(old), "INVALID_TOKEN", { what: "a key that is gone" });
  google.certsMaxAge = 3600;
});

test("Google is not there unless it is configured", async () => {
  await subject.under({ google: false }, async () => {
    refuses(await subject.browser().post("/sign-in/social", { provider: "google" }), "PROVIDER_NOT_FOUND");
    refuses(await (await subject.resident()).post("/link-social", { provider: "google" }), "PROVIDER_NOT_FOUND");
    refuses(await signInWith(subject.google.idToken(subject.google.person())), "PROVIDER_NOT_FOUND");
  });
  await subject.configure({});
  const { url, browser } = await start({ callbackURL: "/home" });
  await subject.under({ google: false }, async () => {
    const answer = await callback(browser, subject.google.consent(url, subject.google.person()));
    leads(answer, failed("oauth_provider_not_found"), [FORGOTTEN]);
  });
});
