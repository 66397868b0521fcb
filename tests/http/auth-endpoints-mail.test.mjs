// What goes by mail: proving an address, changing it, deleting the account, magic links; in the http and the https configuration.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { claimsOf, jwt, randomId } from "./support/auth-codec.mjs";
import { CLEARED, SESSION_KEYS, USER_KEYS, expecting } from "./support/auth-expect.mjs";
import { HTTPS_ORIGIN, PASSWORD, isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses, leads, cookiesOf;
before(async () => {
  subject = await startSubject();
  ({ says, refuses, leads, cookiesOf } = expecting(subject));
});
after(() => subject?.stop());

const SESSION = ["session_token for 604800 s"];
const DONE = { status: true };
const userRow = async (id) => (await subject.rows(`SELECT * FROM "user" WHERE "id" = ?`, id))[0];
const tokenIn = (link) => new URL(link).searchParams.get("token");
const visit = (token, { browser = subject.browser(), query = "" } = {}) => browser.get(`/verify-email?token=${token}${query}`);

for (const https of [false, true]) {
  describe(https ? "https" : "http", () => {
    before(() => subject.configure({ https }));

    test("proving an address", async () => {
      const person = await subject.resident();
      says(await person.post("/send-verification-email", { email: person.email.toUpperCase(), callbackURL: "/welcome" }), 200, DONE);
      const { link } = await subject.mail(person.email);
      assert.ok(link.startsWith(`${subject.origin}/api/auth/verify-email?token=`) && link.endsWith("&callbackURL=%2Fwelcome"), link);
      const token = tokenIn(link);
      assert.equal(token.split(".")[0], Buffer.from('{"alg":"HS256"}').toString("base64url"));
      const { iat, exp, ...claims } = claimsOf(token);
      assert.deepEqual([claims, exp - iat], [{ email: person.email, userId: person.id }, 3600]);
      assert.equal(jwt({ ...claims, iat, exp }, subject.secret), token);
      says(await visit(token), 200, { status: true, user: null });
      assert.equal((await userRow(person.id)).emailVerified, 1);
      leads(await subject.browser().follow(link), "/welcome", [], "the second time too");
      refuses(await person.post("/send-verification-email", { email: person.email }), "EMAIL_ALREADY_VERIFIED");
      refuses(await person.post("/send-verification-email", { email: subject.email() }), "EMAIL_MISMATCH");
    });

    test("proving an address signed out: the same answer for all, a mail for one", async () => {
      const [unproven, proven] = [await subject.resident(), await subject.resident({ verified: true })];
      const emails = [unproven.email, proven.email, subject.email()];
      const ask = async (email) => {
        const before = Date.now();
        says(await subject.browser().post("/send-verification-email", { email }), 200, DONE, [], email);
        return Date.now() - before;
      };
      const times = await Promise.all(emails.map(ask));
      // better-auth hides how long its mail takes; ours is sent after the reply.
      if (!isAtelier) for (const took of times) assert.ok(took >= 495, `${took} ms`);
      assert.match((await subject.mail(unproven.email)).link, /callbackURL=%2F$/);
      for (const email of emails.slice(1)) assert.deepEqual(await subject.mailsTo(email), []);
    });

    test("links that prove nothing", async () => {
      const person = await subject.resident();
      const { email, id: userId } = person;
      const past = { iat: 1, exp: 2 };
      const wrong = {
        INVALID_TOKEN: [
          "",
          "garbage",
          "a.b.c",
          jwt({ email, userId }, "another secret of thirty-two letters"),
          jwt({ email, userId: randomId() }, subject.secret),
          jwt({ email, updateTo: subject.email() }, subject.secret),
          jwt({ email: subject.email(), updateTo: subject.email(), userId }, subject.secret),
          jwt({ email, userId }, subject.secret, { alg: "none" }),
          jwt({ email, userId }, subject.secret, { alg: "HS512" }),
          jwt({ email, userId, nbf: Date.now() }, subject.secret),
          jwt({ email, userId }, subject.secret).slice(0, -2),
        ],
        TOKEN_EXPIRED: [jwt({ email, userId, ...past }, subject.secret), jwt({ email, updateTo: subject.email(), userId, ...past }, subject.secret)],
        USER_NOT_FOUND: [jwt({ email: subject.email() }, subject.secret), jwt({ email, updateTo: subject.email(), userId: randomId() }, subject.secret)],
      };
      for (const [code, tokens] of Object.entries(wrong)) {
        for (const token of tokens) {
          refuses(await visit(token), code, { what: token });
          leads(await visit(token, { query: "&callbackURL=%2Fwelcome" }), `/welcome?error=${code}`, [], token);
        }
      }
      const targets = {
        "/a?b=c": "/a?b=c&error=INVALID_TOKEN",
        "/a#d": "/a?error=INVALID_TOKEN#d",
        "/a?b#d": "/a?b&error=INVALID_TOKEN#d",
        "/": "/?error=INVALID_TOKEN",
      };
      targets[`${subject.origin}/x`] = `${subject.origin}/x?error=INVALID_TOKEN`;
      for (const [target, location] of Object.entries(targets)) leads(await visit("x", { query: `&callbackURL=${encodeURIComponent(target)}` }), location);
      assert.equal((await userRow(userId)).emailVerified, 0);
    });

    test("changing an address that was never proven: a mail to the new one", async () => {
      const person = await subject.resident();
      const next = subject.email("Next");
      says(await person.post("/change-email", { newEmail: next, callbackURL: "/settings?x=1" }), 200, DONE);
      const { link } = await subject.mail(next.toLowerCase());
      assert.ok(link.endsWith(`&callbackURL=${encodeURIComponent("/settings?x=1")}`), link);
      const token = tokenIn(link);
      const { iat, exp, ...claims } = claimsOf(token);
      assert.deepEqual(claims, { email: person.email, updateTo: next.toLowerCase(), requestType: "change-email-verification", userId: person.id });
      assert.equal((await userRow(person.id)).email, person.email, "nothing has changed yet");
      assert.deepEqual(await subject.mailsTo(person.email), []);
      const answer = await visit(token, { browser: person });
      assert.deepEqual(
        [answer.status, cookiesOf(answer), Object.keys(answer.body), Object.keys(answer.body.user), answer.body.user.email, answer.body.user.emailVerified],
        [200, SESSION, ["status", "user"], USER_KEYS, next.toLowerCase(), false],
      );
      refuses(await visit(token), "INVALID_TOKEN", { what: "the address is no longer that of the token" });
    });

    test("changing a proven address: the old one confirms, then the new one", async () => {
      const person = await subject.resident({ verified: true });
      const next = subject.email("next");
      says(await person.post("/change-email", { newEmail: next, callbackURL: "/done" }), 200, DONE);
      assert.deepEqual(await subject.mailsTo(next), []);
      const confirm = await subject.mail(person.email);
      assert.equal(claimsOf(tokenIn(confirm.link)).requestType, "change-email-confirmation");
      says(await visit(tokenIn(confirm.link)), 200, DONE);
      assert.equal((await userRow(person.id)).email, person.email);
      leads(await subject.browser().follow(confirm.link), "/done", [], "once more, with callbackURL");
      for (const mail of [await subject.mail(next), await subject.mail(next)])
        assert.equal(claimsOf(tokenIn(mail.link)).requestType, "change-email-verification");
      const { link } = (await subject.mailsTo(next)).at(-1);
      leads(await subject.browser().follow(link), "/done");
      assert.deepEqual([(await userRow(person.id)).email, (await userRow(person.id)).emailVerified], [next, 1]);
      assert.equal((await person.get("/get-session")).body.user.email, next);
    });

    test("a token without a request type changes the address at once, unproven", async () => {
      const person = await subject.resident({ verified: true });
      const next = subject.email("next");
      const answer = await visit(jwt({ email: person.email, updateTo: next, userId: person.id }, subject.secret));
      assert.deepEqual([answer.status, answer.body.user.email, answer.body.user.emailVerified, answer.cookies], [200, next, false, []]);
      const { iat, exp, ...claims } = claimsOf(tokenIn((await subject.mail(next)).link));
      assert.deepEqual(claims, { email: next, userId: person.id });
    });

    test("a change that is refused, or that does nothing", async () => {
      const [person, other] = [await subject.resident(), await subject.resident()];
      for (const newEmail of [person.email, person.email.toUpperCase()])
        says(await person.post("/change-email", { newEmail }), 400, { message: "Email is the same" });
      says(await person.post("/change-email", { newEmail: other.email.toUpperCase() }), 200, DONE);
      for (const { email } of [person, other]) assert.deepEqual(await subject.mailsTo(email), []);
      const token = jwt({ email: person.email, updateTo: subject.email(), requestType: "change-email-verification", userId: person.id }, subject.secret);
      refuses(await visit(token, { browser: other }), "INVALID_USER");
      leads(await visit(token, { browser: other, query: "&callbackURL=/x" }), "/x?error=INVALID_USER");
      assert.equal((await userRow(person.id)).email, person.email);
    });

    test("delete-user", async () => {
      const [person, other] = [await subject.resident(), await subject.resident()];
      await subject.addSession(person.id);
      refuses(await person.post("/delete-user", { password: "wrong password" }), "INVALID_PASSWORD");
      refuses(await person.post("/delete-user", { token: "unknown" }), "INVALID_TOKEN", { status: 404 });
      refuses(await (await subject.resident({ password: false, google: "9" })).post("/delete-user", { password: PASSWORD }), "CREDENTIAL_ACCOUNT_NOT_FOUND");
      says(await person.post("/delete-user", { password: PASSWORD }), 200, { success: true, message: "User deleted" }, CLEARED);
      for (const table of ["session", "account"]) assert.deepEqual(await subject.rows(`SELECT * FROM ${table} WHERE "userId" = ?`, person.id), []);
      assert.deepEqual([await userRow(person.id), (await userRow(other.id)).id], [undefined, other.id]);
    });

    test("delete-user without a password: only in a fresh session", async () => {
      const stale = await subject.resident({ signedInDaysAgo: 1.0001 });
      refuses(await stale.post("/delete-user", {}), "SESSION_EXPIRED");
      says(await stale.post("/delete-user", { password: PASSWORD }), 200, { success: true, message: "User deleted" }, CLEARED);
      const fresh = await subject.resident({ signedInDaysAgo: 0.9999 });
      says(await fresh.post("/delete-user", {}), 200, { success: true, message: "User deleted" }, CLEARED);
    });

    test("delete-user by mail", async () => {
      await subject.under({ https, deleteVerification: true }, async () => {
        const [person, other] = [await subject.resident({ signedInDaysAgo: 3 }), await subject.resident()];
        refuses(await person.post("/delete-user", { password: "wrong password" }), "INVALID_PASSWORD");
        says(await person.post("/delete-user", { callbackURL: "/bye?x" }), 200, { success: true, message: "Verification email sent" });
        const { link } = await subject.mail(person.email);
        const [, token] = /^.+\/api\/auth\/delete-user\/callback\?token=([a-z0-9]{32})&callbackURL=%2Fbye%3Fx$/.exec(link) ?? [];
        const [row] = await subject.rows(`SELECT * FROM verification WHERE "value" = ?`, person.id);
        assert.equal(row.identifier, `delete-account-${token}`, link);
        assert.ok(Math.abs(Date.parse(row.expiresAt) - Date.parse(row.createdAt) - 86_400_000) < 2000);
        refuses(await subject.browser().follow(link), "FAILED_TO_GET_USER_INFO");
        refuses(await person.get("/delete-user/callback?token=unknown&callbackURL=/x"), "INVALID_TOKEN", { status: 404 });
        leads(await person.follow(link), "/bye?x", CLEARED);
        assert.equal(await userRow(person.id), undefined);

        says(await other.post("/delete-user", {}), 200, { success: true, message: "Verification email sent" });
        const second = await subject.mail(other.email);
        assert.ok(second.link.endsWith("&callbackURL=%2F"));
        says(await other.post("/delete-user", { token: tokenIn(second.link) }), 200, { success: true, message: "User deleted" }, CLEARED);
      });
    });

    test("a magic link for a new address", async () => {
      const typed = subject.email("Magic");
      const email = typed.toLowerCase();
      const browser = subject.browser();
      says(
        await browser.post("/sign-in/magic-link", {
          email: typed,
          name: "Magic",
          callbackURL: "/home",
          newUserCallbackURL: "/new?x=1",
          errorCallbackURL: "/oops",
          metadata: { a: 1 },
        }),
        200,
        DONE,
      );
      const { link } = await subject.mail(email);
      const url = new URL(link);
      assert.deepEqual(
        [url.origin + url.pathname, [...url.searchParams.keys()]],
        [`${subject.origin}/api/auth/magic-link/verify`, ["token", "callbackURL", "newUserCallbackURL", "errorCallbackURL"]],
      );
      const token = tokenIn(link);
      assert.match(token, /^[a-zA-Z]{32}$/);
      const [row] = await subject.rows(`SELECT * FROM verification WHERE "identifier" = ?`, `magic-link:${token}`);
      assert.equal(row.value, JSON.stringify({ type: "magic-link", email: typed, name: "Magic" }));
      assert.ok(Math.abs(Date.parse(row.expiresAt) - Date.parse(row.createdAt) - 300_000) < 2000);
      leads(await browser.follow(link), `${subject.origin}/new?x=1`, SESSION);
      const { body } = await browser.get("/get-session");
      assert.deepEqual([body.user.email, body.user.name, body.user.emailVerified, body.user.image], [email, "Magic", true, null]);
      assert.deepEqual(await subject.rows(`SELECT * FROM account WHERE "userId" = ?`, body.user.id), []);
      leads(await subject.browser().follow(link), `${subject.origin}/oops?error=INVALID_TOKEN`, [], "used");
    });

    test("a magic link for someone known", async () => {
      const person = await subject.resident({ verified: true });
      says(await subject.browser().post("/sign-in/magic-link", { email: person.email, callbackURL: "/home" }), 200, DONE);
      const { link } = await subject.mail(person.email);
      leads(await subject.browser().follow(link), `${subject.origin}/home`, SESSION);
      assert.equal((await subject.rows(`SELECT * FROM account WHERE "userId" = ?`, person.id)).length, 1, "what was proven stays");
      await subject.browser().post("/sign-in/magic-link", { email: person.email });
      const token = tokenIn((await subject.mail(person.email)).link);
      const answer = await subject.browser().get(`/magic-link/verify?token=${token}`);
      assert.deepEqual(
        [answer.status, Object.keys(answer.body), Object.keys(answer.body.user), Object.keys(answer.body.session), cookiesOf(answer)],
        [200, ["token", "user", "session"], USER_KEYS, SESSION_KEYS, SESSION],
      );
      assert.equal(answer.body.user.id, person.id);
    });

    test("magic links that do not work", async () => {
      const late = randomId(32);
      await subject.addVerification(`magic-link:${late}`, JSON.stringify({ type: "magic-link", email: subject.email() }), -1);
      const { origin } = subject;
      for (const token of ["", "unknown", late]) {
        const go = (query = "") => subject.browser().get(`/magic-link/verify?token=${token}${query}`);
        leads(await go(), `${origin}/?error=INVALID_TOKEN`, [], token);
        leads(await go("&callbackURL=/home%3Fa=b"), `${origin}/home?a=b&error=INVALID_TOKEN`, [], token);
        leads(await go("&callbackURL=/home&errorCallbackURL=/oops%23x"), `${origin}/oops?error=INVALID_TOKEN#x`, [], token);
      }
    });
  });
}

test("without mail there is nothing to prove", async () => {
  await subject.under({ mail: false, https: true }, async () => {
    assert.equal(subject.origin, HTTPS_ORIGIN);
    const person = await subject.resident();
    for (const browser of [person, subject.browser()])
      refuses(await browser.post("/send-verification-email", { email: person.email }), "VERIFICATION_EMAIL_NOT_ENABLED");
    says(await person.post("/change-email", { newEmail: subject.email() }), 400, { message: "Verification email isn't enabled" });
    says(await person.post("/change-email", { newEmail: person.email }), 400, { message: "Email is the same" });
  });
});

test("magic links are not there unless they are switched on", async () => {
  await subject.under({ magicLink: false }, async () => {
    says(await subject.browser().post("/sign-in/magic-link", { email: subject.email() }), 404, "");
    says(await subject.browser().get("/magic-link/verify?token=x"), 404, "");
  });
});
