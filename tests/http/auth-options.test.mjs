// What Atelier offers beside better-auth's options: secrets that rotate, session tokens hashed at rest; and the sandbox's Google.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { jwt, readSessionData, sessionData, signed, unsigned } from "./support/auth-codec.mjs";
import { expecting } from "./support/auth-expect.mjs";
import { PASSWORD, atelierOnly, isAtelier, startSubject } from "./support/auth-subject.mjs";
import { Client, startStudio } from "./support/studio.mjs";

let subject, refuses;
before(async () => {
  if (!isAtelier) return;
  subject = await startSubject();
  ({ refuses } = expecting(subject));
});
after(() => subject?.stop());

const inIn = (email, browser = subject.browser()) => browser.post("/sign-in/email", { email, password: PASSWORD });

describe("secrets that rotate", atelierOnly, () => {
  const next = randomBytes(32).toString("base64url");
  const rotated = (profile = {}) => ({ ...profile, vars: { BETTER_AUTH_SECRET: `${next},${subject.secret}` } });

  test("what was signed before is still taken; what is signed now is signed with the first", async () => {
    const person = await subject.resident();
    const late = await subject.resident();
    const { body } = await late.post("/link-social", { provider: "google", callbackURL: "/settings" });
    await subject.under(rotated(), async () => {
      assert.equal((await person.get("/get-session")).body.user.id, person.id);
      const old = jwt({ email: person.email, userId: person.id }, subject.secret);
      assert.deepEqual((await person.get(`/verify-email?token=${old}`)).body, { status: true, user: null });
      const linked = await late.get(`/callback/google?${subject.google.consent(body.url, subject.google.person({ email: late.email }))}`);
      assert.equal(linked.headers.location, "/settings", "a state that was begun before, and the session inside");

      const browser = subject.browser();
      const { token } = (await inIn(person.email, browser)).body;
      assert.equal(unsigned(browser.jar.get("better-auth.session_token"), next), token);
      const other = await subject.resident();
      await other.post("/send-verification-email", { email: other.email });
      const mailed = new URL((await subject.mail(other.email)).link).searchParams.get("token");
      const [head, claims] = mailed.split(".");
      const { iat, exp, ...rest } = JSON.parse(Buffer.from(claims, "base64url"));
      assert.equal(jwt({ ...rest, iat, exp }, next), mailed, head);
    });
  });

  test("the cookie cache too", async () => {
    await subject.under(rotated({ cookieCache: true }), async () => {
      const person = await subject.resident();
      const { session, user } = (await person.get("/get-session")).body;
      assert.ok(readSessionData(person.jar.get("better-auth.session_data"), next));
      person.jar.set("better-auth.session_data", sessionData(session, { ...user, name: "In the cookie" }, subject.secret));
      assert.equal((await person.get("/get-session")).body.user.name, "In the cookie");
    });
  });

  test("a secret that is gone signs nothing", async () => {
    const person = await subject.resident();
    await subject.under({ vars: { BETTER_AUTH_SECRET: next } }, async () => {
      assert.equal((await person.get("/get-session")).body, null);
      refuses(await person.get(`/verify-email?token=${jwt({ email: person.email }, subject.secret)}`), "INVALID_TOKEN");
    });
  });
});

describe("session tokens hashed at rest", atelierOnly, () => {
  before(() => subject.configure({ vars: { AUTH_HASH_SESSIONS: "1" } }));
  after(() => subject.configure({}));

  test("a reader of the database can be nobody", async () => {
    const person = await subject.signUp();
    const [row] = await subject.rows(`SELECT * FROM session WHERE "userId" = ?`, person.id);
    const token = unsigned(person.jar.get("better-auth.session_token"), subject.secret);
    assert.notEqual(row.token, token);
    for (const value of [row.token, row.id]) assert.equal((await subject.withSession(value).get("/get-session")).body, null);
    assert.equal((await person.get("/get-session")).body.user.id, person.id);
  });

  test("sessions work as ever", async () => {
    const person = await subject.signUp();
    const second = subject.browser();
    await inIn(person.email, second);
    const list = (await person.get("/list-sessions")).body;
    assert.equal(list.length, 2);
    assert.deepEqual((await person.post("/revoke-other-sessions", {})).body, { status: true });
    assert.deepEqual([(await second.get("/get-session")).body, (await person.get("/get-session")).body.user.id], [null, person.id]);
    const changed = await person.post("/change-password", { currentPassword: PASSWORD, newPassword: "next password", revokeOtherSessions: true });
    assert.equal(changed.status, 200, changed.text);
    assert.equal((await person.get("/get-session")).body.user.id, person.id);
    await person.post("/sign-out");
    assert.deepEqual(await subject.rows(`SELECT "id" FROM session WHERE "userId" = ?`, person.id), []);
  });

  test("linking with Google knows the session again", async () => {
    const person = await subject.signUp();
    const { body } = await person.post("/link-social", { provider: "google", callbackURL: "/settings" });
    const answer = await person.get(`/callback/google?${subject.google.consent(body.url, subject.google.person({ email: person.email }))}`);
    assert.equal(answer.headers.location, "/settings");
  });
});

describe("the sandbox's Google", atelierOnly, () => {
  let stack;
  before(async () => {
    stack = await startStudio();
  });
  after(() => stack?.stop());

  /** The address that Google sends back to; without its page, for who is hinted at. */
  const consented = async (client, hint) => {
    const { body } = await client.post("/api/auth/sign-in/social", { provider: "google", callbackURL: "/home" });
    const asked = await fetch(`${body.url}&prompt=none&login_hint=${encodeURIComponent(hint)}`, { redirect: "manual" });
    const back = new URL(asked.headers.get("location"));
    return back.pathname + back.search;
  };
  const through = async (client, hint) => client.get(await consented(client, hint));
  const sandbox = (path, body) =>
    fetch(`${stack.sandboxUrl}/sandbox/google/${path}`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });

  test("in, and in again, until its keys change", async () => {
    const client = new Client(stack);
    assert.equal((await through(client, "ada@gmail.com")).headers.get("location"), "/home");
    const { body } = await client.get("/api/auth/get-session");
    assert.deepEqual([body.user.email, body.user.emailVerified], ["ada@gmail.com", true]);
    const again = new Client(stack);
    await through(again, "ADA@gmail.com");
    assert.equal((await again.get("/api/auth/get-session")).body.user.id, body.user.id);
    // The key that signs next was published before, so a rotation is not noticed.
    await sandbox("rotate", {});
    assert.equal((await through(new Client(stack), "ada@gmail.com")).headers.get("location"), "/home");
  });

  test("a forged ID token, and a Google that is down", async () => {
    for (const forgery of [{ key: "foreign" }, { header: { alg: "none" } }, { header: { alg: "HS256" } }, { claims: { aud: "another" } }]) {
      assert.equal((await sandbox("id-token", { ...forgery, person: "ada@gmail.com", next: true })).status, 204);
      assert.match((await through(new Client(stack), "ada@gmail.com")).headers.get("location"), /error=unable_to_get_user_info$/, JSON.stringify(forgery));
    }
    for (const mode of ["down", "garbage", "no-id-token", "invalid-grant", "redirect"]) {
      const client = new Client(stack);
      const back = await consented(client, "ada@gmail.com");
      await sandbox("outage", { mode });
      assert.match((await client.get(back)).headers.get("location"), /error=(invalid_code|unable_to_get_user_info)$/, mode);
      await sandbox("outage", { mode: "up" });
    }
    assert.equal((await through(new Client(stack), "ada@gmail.com")).headers.get("location"), "/home");
  });
});
