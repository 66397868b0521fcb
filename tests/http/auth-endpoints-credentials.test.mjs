// Signing up, in and out, and passwords: what succeeds and every way to fail, in the http and the https configuration.
import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { hashPassword, randomId } from "./support/auth-codec.mjs";
import { CLEARED, USER_KEYS, expecting, invalid, expected } from "./support/auth-expect.mjs";
import { PASSWORD, startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses, leads, cookiesOf;
before(async () => {
  subject = await startSubject();
  ({ says, refuses, leads, cookiesOf } = expecting(subject));
});
after(() => subject?.stop());

const SESSION = ["session_token for 604800 s"];
const inUp = (json, browser = subject.browser()) => browser.post("/sign-up/email", { name: "Ada", email: subject.email(), password: PASSWORD, ...json });
const inIn = (json, browser = subject.browser()) => browser.post("/sign-in/email", { password: PASSWORD, ...json });

for (const https of [false, true]) {
  describe(https ? "https" : "http", () => {
    before(() => subject.configure({ https }));

    test("sign-up", async () => {
      const email = `Ada.${randomId(8)}@Example.COM`;
      const browser = subject.browser({ address: "203.0.113.77" });
      const answer = await inUp({ email, image: "https://img.example/a.png", id: "chosen", emailVerified: true, role: "admin" }, browser);
      assert.deepEqual([answer.status, cookiesOf(answer)], [200, SESSION], answer.text);
      assert.deepEqual([Object.keys(answer.body), Object.keys(answer.body.user)], [["token", "user"], USER_KEYS]);
      const { user, token } = answer.body;
      assert.deepEqual([user.name, user.email, user.emailVerified, user.image], ["Ada", email.toLowerCase(), false, "https://img.example/a.png"]);
      for (const id of [user.id, token]) assert.match(id, /^[a-zA-Z0-9]{32}$/);
      const [account] = await subject.rows(`SELECT * FROM account WHERE "userId" = ?`, user.id);
      assert.deepEqual([account.providerId, account.accountId, account.scope], ["credential", user.id, null]);
      const [salt, key] = account.password.split(":");
      assert.equal(key, scryptSync(PASSWORD, salt, 64, { N: 16384, r: 16, p: 1, maxmem: 2 ** 26 }).toString("hex"));
      const [session] = await subject.rows(`SELECT * FROM session WHERE "token" = ?`, token);
      assert.deepEqual([session.ipAddress, session.userAgent, session.userId], ["203.0.113.77", "conformance/1", user.id]);
      const me = await browser.get("/get-session");
      assert.deepEqual([me.body.user, me.body.session.token, me.cookies], [user, token, []]);
      refuses(await inUp({ email: email.toUpperCase() }), "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
    });

    test("sign-up: an empty name, a form, the browser's session only", async () => {
      const browser = subject.browser();
      const form = await browser.send("POST", "/api/auth/sign-up/email", { form: { name: "", email: subject.email(), password: PASSWORD, image: "" } });
      assert.deepEqual([form.status, form.body.user.name, form.body.user.image, cookiesOf(form)], [200, "", "", SESSION]);
      const brief = await inUp({ rememberMe: false }, browser);
      assert.deepEqual(cookiesOf(brief), ["session_token until the browser closes", "dont_remember until the browser closes"]);
      const [session] = await subject.rows(`SELECT * FROM session WHERE "token" = ?`, brief.body.token);
      assert.ok(Math.abs(Date.parse(session.expiresAt) - Date.parse(session.createdAt) - 86_400_000) < 2000, session.expiresAt);
      assert.deepEqual(cookiesOf(await inUp({}, browser)), [...SESSION, "dont_remember cleared"]);
      const asText = await subject
        .browser()
        .send("POST", "/api/auth/sign-up/email", { form: { name: "", email: subject.email(), password: PASSWORD, rememberMe: "false" } });
      says(asText, 400, invalid(expected("body.rememberMe", "boolean", "string")));
    });

    test("sign-up: the password's length in UTF-16 units", async () => {
      for (const password of ["x".repeat(7), "é".repeat(7), "😀😀😀x"]) refuses(await inUp({ password }), "PASSWORD_TOO_SHORT", { what: password });
      for (const password of ["x".repeat(129), "😀".repeat(65)]) refuses(await inUp({ password }), "PASSWORD_TOO_LONG", { what: password });
      for (const password of ["😀😀😀😀", "x".repeat(128)]) assert.equal((await inUp({ password })).status, 200, password);
    });

    test("sign-in", async () => {
      const { email, id } = await subject.resident();
      const browser = subject.browser();
      const answer = await inIn({ email: email.toUpperCase() }, browser);
      assert.deepEqual(
        [Object.keys(answer.body), answer.body.redirect, answer.body.user.id, cookiesOf(answer)],
        [["redirect", "token", "user"], false, id, SESSION],
      );
      assert.equal(answer.headers.location, undefined);
      const led = await inIn({ email, callbackURL: "/dashboard?a=1" }, browser);
      assert.deepEqual(
        [Object.keys(led.body), led.body.redirect, led.body.url, led.headers.location],
        [["redirect", "token", "url", "user"], true, "/dashboard?a=1", "/dashboard?a=1"],
      );
      const empty = await inIn({ email, callbackURL: "" }, browser);
      assert.deepEqual([empty.body.redirect, empty.headers.location], [false, undefined]);
      const brief = await inIn({ email, rememberMe: false }, browser);
      assert.deepEqual(cookiesOf(brief), ["session_token until the browser closes", "dont_remember until the browser closes"]);
      assert.deepEqual(cookiesOf(await inIn({ email }, browser)), [...SESSION, "dont_remember cleared"]);
      const form = await browser.send("POST", "/api/auth/sign-in/email", { form: { email, password: PASSWORD } });
      assert.deepEqual([form.status, cookiesOf(form)], [200, SESSION]);
      assert.equal((await subject.rows(`SELECT * FROM session WHERE "userId" = ?`, id)).length, 7, "every sign-in is a session of its own");
    });

    test("sign-in: what is wrong, in the order in which it is noticed", async () => {
      const { email, id } = await subject.resident();
      refuses(await inIn({ email: "nope", password: "x".repeat(129) }), "INVALID_EMAIL");
      refuses(await inIn({ email: "", password: "" }), "INVALID_EMAIL");
      refuses(await inIn({ email: subject.email(), password: "x".repeat(129) }), "PASSWORD_TOO_LONG");
      for (const json of [{ email, password: "wrong password" }, { email, password: "" }, { email, password: `${PASSWORD} ` }, { email: subject.email() }])
        refuses(await inIn(json), "INVALID_EMAIL_OR_PASSWORD");
      await subject.rows(`UPDATE account SET "accountId" = 'another' WHERE "userId" = ?`, id);
      refuses(await inIn({ email }), "INVALID_EMAIL_OR_PASSWORD", { what: "the account of another" });
      await subject.rows(`UPDATE account SET "accountId" = "userId", "password" = NULL WHERE "userId" = ?`, id);
      refuses(await inIn({ email }), "INVALID_EMAIL_OR_PASSWORD", { what: "no password" });
      const { email: stranger } = await subject.resident({ password: false, google: "17" });
      refuses(await inIn({ email: stranger }), "INVALID_EMAIL_OR_PASSWORD", { what: "no credential account" });
    });

    test("passwords are normalised before they are hashed", async () => {
      const { email, id } = await subject.resident();
      await subject.rows(`UPDATE account SET "password" = ? WHERE "userId" = ?`, hashPassword("ﬁne café №1"), id);
      for (const password of ["ﬁne café №1", "fine cafe\u0301 No1"]) assert.equal((await inIn({ email, password })).status, 200, password);
      refuses(await inIn({ email, password: "fine cafe No1" }), "INVALID_EMAIL_OR_PASSWORD");
    });

    test("sign-out", async () => {
      const person = await subject.resident();
      says(await person.post("/sign-out"), 200, { success: true }, CLEARED);
      assert.deepEqual([await subject.rows(`SELECT * FROM session WHERE "userId" = ?`, person.id), person.jar.size], [[], 0]);
      says(await person.post("/sign-out", {}), 200, { success: true }, CLEARED);
      says(await person.post("/sign-out", { callbackURL: "/bye", disableRedirect: true, state: "x" }), 200, { success: true }, CLEARED);
      const forged = subject.browser();
      forged.jar.set(`${subject.prefix}session_token`, `${(await subject.resident()).token}.AAAA`);
      says(await forged.post("/sign-out"), 200, { success: true }, CLEARED);
    });

    test("change-password", async () => {
      const person = await subject.resident();
      const other = await subject.resident();
      const change = (json, browser = person) => browser.post("/change-password", { currentPassword: PASSWORD, newPassword: "next password", ...json });
      refuses(await change({ newPassword: "short", currentPassword: "wrong password" }), "PASSWORD_TOO_SHORT");
      refuses(await change({ newPassword: "x".repeat(129) }), "PASSWORD_TOO_LONG");
      refuses(await change({ currentPassword: "x".repeat(129) }), "PASSWORD_TOO_LONG");
      refuses(await change({ currentPassword: "wrong password" }), "INVALID_PASSWORD");
      const [before] = await subject.rows(`SELECT * FROM account WHERE "userId" = ?`, person.id);
      const answer = await change();
      assert.deepEqual([Object.keys(answer.body), answer.body.token, Object.keys(answer.body.user), answer.cookies], [["token", "user"], null, USER_KEYS, []]);
      const [row] = await subject.rows(`SELECT * FROM account WHERE "userId" = ?`, person.id);
      assert.ok(row.password !== before.password && row.updatedAt > before.updatedAt && row.createdAt === before.createdAt);
      await subject.addSession(person.id);
      const revoked = await change({ currentPassword: "next password", newPassword: PASSWORD, revokeOtherSessions: true });
      assert.deepEqual(cookiesOf(revoked), SESSION);
      const sessions = await subject.rows(`SELECT "token" FROM session WHERE "userId" = ?`, person.id);
      assert.deepEqual([sessions.map(({ token }) => token), revoked.body.token === person.token], [[revoked.body.token], false]);
      assert.notEqual((await other.get("/get-session")).body, null, "the sessions of others stay");
      refuses(await change({}, await subject.resident({ password: false, google: "1" })), "CREDENTIAL_ACCOUNT_NOT_FOUND");
    });

    test("verify-password", async () => {
      const person = await subject.resident();
      says(await person.post("/verify-password", { password: PASSWORD }), 200, { status: true });
      for (const password of ["wrong password", ""]) refuses(await person.post("/verify-password", { password }), "INVALID_PASSWORD");
      const byGoogle = await subject.resident({ password: false, google: "2" });
      refuses(await byGoogle.post("/verify-password", { password: PASSWORD }), "INVALID_PASSWORD");
    });

    test("a forgotten password", async () => {
      const person = await subject.resident();
      const SENT = { status: true, message: "If this email exists in our system, check your email for the reset link" };
      const browser = subject.browser();
      says(await browser.post("/request-password-reset", { email: person.email.toUpperCase(), redirectTo: "/reset?x=1" }), 200, SENT);
      const { link } = await subject.mail(person.email);
      const [row] = await subject.rows(`SELECT * FROM verification WHERE "value" = ?`, person.id);
      const [, token] = /^reset-password:([a-zA-Z0-9]{24})$/.exec(row.identifier);
      assert.ok(Math.abs(Date.parse(row.expiresAt) - Date.parse(row.createdAt) - 3_600_000) < 2000);
      assert.equal(link, `${subject.origin}/api/auth/reset-password/${token}?callbackURL=${encodeURIComponent("/reset?x=1")}`);
      for (let i = 0; i < 2; i++) leads(await browser.follow(link), `${subject.origin}/reset?x=1&token=${token}`);
      leads(await browser.get("/reset-password/unknown?callbackURL=%2Freset%3Ferror%3Dold%23top"), `${subject.origin}/reset?error=INVALID_TOKEN#top`);
      leads(await browser.get(`/reset-password/${token}?callbackURL=`), `${subject.origin}/api/auth/error?error=INVALID_TOKEN`);
      leads(
        await browser.get(`/reset-password/${token}?callbackURL=${encodeURIComponent(`${subject.origin}/abs?a=b`)}`),
        `${subject.origin}/abs?a=b&token=${token}`,
      );

      const reset = (json, query = "") => browser.post(`/reset-password${query}`, { newPassword: "reset password", ...json });
      refuses(await reset({ newPassword: "short" }), "INVALID_TOKEN", { status: 400, what: "no token" });
      refuses(await reset({ token, newPassword: "short" }), "PASSWORD_TOO_SHORT");
      refuses(await reset({ token, newPassword: "x".repeat(129) }), "PASSWORD_TOO_LONG");
      refuses(await reset({ token: "unknown" }), "INVALID_TOKEN", { status: 400 });
      says(await reset({}, `?token=${token}`), 200, { status: true });
      refuses(await reset({ token }), "INVALID_TOKEN", { status: 400, what: "used" });
      assert.equal((await inIn({ email: person.email, password: "reset password" })).status, 200);
      assert.notEqual((await person.get("/get-session")).body, null, "sessions stay");
      assert.deepEqual(await subject.rows(`SELECT * FROM verification WHERE "value" = ?`, person.id), []);
    });

    test("a reset that is late, without a user, or of an account without a password", async () => {
      const person = await subject.resident({ password: false, google: "3" });
      const token = async (value, seconds) => {
        const made = randomId(24);
        await subject.addVerification(`reset-password:${made}`, value, seconds);
        return made;
      };
      const reset = (token) => subject.browser().post("/reset-password", { token, newPassword: "reset password" });
      const late = await token(person.id, -1);
      refuses(await reset(late), "INVALID_TOKEN", { status: 400 });
      leads(await subject.browser().get(`/reset-password/${late}?callbackURL=/r`), `${subject.origin}/r?error=INVALID_TOKEN`);
      refuses(await reset(await token(randomId(), 60)), "USER_NOT_FOUND", { status: 400 });
      says(await reset(await token(person.id, 60)), 200, { status: true });
      const [row] = await subject.rows(`SELECT * FROM account WHERE "userId" = ? AND "providerId" = 'credential'`, person.id);
      assert.equal(row.accountId, person.id);
      assert.equal((await inIn({ email: person.email, password: "reset password" })).status, 200);
    });

    test("a reset without redirectTo; an unknown address gets the same answer and no mail", async () => {
      const person = await subject.resident();
      const ask = (email) => subject.browser().post("/request-password-reset", { email });
      const [known, unknown] = [await ask(person.email), await ask(subject.email())];
      assert.deepEqual([known.status, known.text, known.cookies], [unknown.status, unknown.text, unknown.cookies]);
      const { link } = await subject.mail(person.email);
      assert.match(link, /\/reset-password\/[a-zA-Z0-9]{24}\?callbackURL=$/);
      leads(await subject.browser().follow(link), `${subject.origin}/api/auth/error?error=INVALID_TOKEN`);
      assert.equal((await subject.mailsTo(person.email)).length, 1);
    });
  });
}

test("sessions end with a reset, if so configured", async () => {
  await subject.under({ revokeOnReset: true }, async () => {
    const person = await subject.resident();
    await subject.browser().post("/request-password-reset", { email: person.email, redirectTo: "/r" });
    const [, token] = /reset-password\/(\w+)\?/.exec((await subject.mail(person.email)).link);
    says(await person.post("/reset-password", { token, newPassword: "reset password" }), 200, { status: true });
    assert.deepEqual(await subject.rows(`SELECT * FROM session WHERE "userId" = ?`, person.id), []);
  });
});

test("no mail, no reset", async () => {
  await subject.under({ mail: false }, async () => {
    const { email } = await subject.resident();
    for (const to of [email, subject.email()]) refuses(await subject.browser().post("/request-password-reset", { email: to }), "RESET_PASSWORD_DISABLED");
  });
});

test("verification required: sign-up says nothing, sign-in waits for the proof", async () => {
  await subject.under({ requireVerification: true }, async () => {
    const email = subject.email("v");
    const browser = subject.browser();
    const fresh = await inUp({ email, image: "https://img.example/a.png", callbackURL: "/welcome?x" }, browser);
    const taken = await inUp({ email, image: "https://img.example/a.png" }, browser);
    for (const answer of [fresh, taken]) {
      assert.deepEqual(
        [answer.status, answer.cookies, Object.keys(answer.body), answer.body.token, Object.keys(answer.body.user)],
        [200, [], ["token", "user"], null, USER_KEYS],
      );
      assert.match(answer.body.user.id, /^[a-zA-Z0-9]{32}$/);
    }
    const { id, createdAt, updatedAt, ...same } = taken.body.user;
    assert.deepEqual(same, { name: "Ada", email, emailVerified: false, image: "https://img.example/a.png" });
    assert.deepEqual([await subject.rows(`SELECT "id" FROM "user" WHERE "id" = ?`, id), createdAt], [[], updatedAt], "an invented user");
    const { link } = await subject.mail(email);
    assert.match(link, new RegExp(`/verify-email\\?token=[\\w.-]+&callbackURL=${encodeURIComponent("/welcome?x")}$`));
    refuses(await inIn({ email, password: "wrong password" }), "INVALID_EMAIL_OR_PASSWORD");
    refuses(await inIn({ email }), "EMAIL_NOT_VERIFIED");
    const again = await subject.mail(email);
    assert.match(again.link, /callbackURL=%2F$/);
    leads(await browser.follow(again.link), "/");
    assert.equal((await inIn({ email })).status, 200);
    assert.equal((await subject.mailsTo(email)).length, 2, "none for the taken address, none for the wrong password");
  });
});
