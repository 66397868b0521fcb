// Two servers, one database, one secret: what the subject makes is taken by a real better-auth 1.7.25, and the other way round.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inDays, randomId } from "./support/auth-codec.mjs";
import { PASSWORD, startSubject } from "./support/auth-subject.mjs";

let subject;
before(async () => {
  subject = await startSubject();
});
after(() => subject?.stop());

const UNICODE_PASSWORD = "ﬁne café №1 😀";

for (const https of [false, true]) {
  for (const direction of ["the subject's in better-auth", "better-auth's in the subject"]) {
    describe(`${https ? "https" : "http"}: ${direction}`, () => {
      /** Where things are made, and where they are taken. */
      let made, taken;
      const configure = async (profile) => {
        await subject.configure({ https, ...profile });
        const ours = { url: subject.url, origin: subject.origin, mail: subject.mail };
        const theirs = await subject.peer();
        [made, taken] = direction.startsWith("the subject's") ? [ours, theirs] : [theirs, ours];
      };
      before(() => configure({}));

      const person = (options) =>
        subject.resident(options).then((browser) => Object.assign(browser.at(made), { id: browser.id, email: browser.email, token: browser.token }));
      const visitor = () => subject.browser().at(made);
      const who = async (browser, place) => (await browser.at(place).get("/get-session")).body;

      test("a session", async () => {
        const browser = visitor();
        const up = await browser.post("/sign-up/email", { name: "Ada", email: subject.email(), password: PASSWORD, image: "https://img.example/a.png" });
        assert.equal(up.status, 200, up.text);
        const there = await who(browser, taken);
        assert.deepEqual([there.user, there.session.token], [up.body.user, up.body.token]);
        assert.deepEqual(await who(browser, made), there);
        assert.deepEqual((await browser.at(taken).get("/list-sessions")).body, (await browser.get("/list-sessions")).body);
        await browser.at(taken).post("/update-user", { name: "Ada King", image: null });
        assert.equal((await who(browser, made)).user.name, "Ada King");
        await browser.at(taken).post("/sign-out");
        assert.equal(browser.jar.size, 0);
        const [row] = await subject.rows(`SELECT * FROM session WHERE "token" = ?`, up.body.token);
        assert.equal(row, undefined);
      });

      test("a session that is extended, one that is short, one that is over", async () => {
        const browser = await person();
        await subject.rows(`UPDATE session SET "expiresAt" = ? WHERE "token" = ?`, inDays(3), browser.token);
        const extended = await who(browser, made);
        assert.ok(extended.session.expiresAt > inDays(6.9));
        assert.deepEqual((await browser.at(taken).get("/get-session")).body, extended);
        const { email } = browser;
        await browser.post("/sign-in/email", { email, password: PASSWORD, rememberMe: false });
        assert.equal(browser.jar.size, 2);
        const brief = await browser.at(taken).get("/get-session");
        assert.deepEqual([brief.cookies, brief.body.session.expiresAt < inDays(1.01)], [[], true], "not extended");
        await browser.post("/revoke-sessions");
        assert.equal(await who(subject.withSession(browser.token), taken), null);
      });

      test("a password, hashed here and there", async () => {
        const [browser, email] = [visitor(), subject.email()];
        await browser.post("/sign-up/email", { name: "U", email, password: UNICODE_PASSWORD });
        const signIn = (place, password) => subject.browser().at(place).post("/sign-in/email", { email, password });
        assert.equal((await signIn(taken, UNICODE_PASSWORD.normalize("NFKC"))).status, 200);
        assert.equal((await browser.at(taken).post("/verify-password", { password: UNICODE_PASSWORD })).status, 200);
        const changed = await browser
          .at(taken)
          .post("/change-password", { currentPassword: UNICODE_PASSWORD, newPassword: "next password", revokeOtherSessions: true });
        assert.equal(changed.status, 200, changed.text);
        assert.deepEqual([(await signIn(made, "next password")).status, (await signIn(made, UNICODE_PASSWORD)).status], [200, 401]);
        assert.equal((await who(browser, made)).session.token, changed.body.token);
      });

      test("a reset link", async () => {
        const { email } = await person();
        await visitor().post("/request-password-reset", { email, redirectTo: "/reset" });
        const { link } = await made.mail(email);
        const browser = subject.browser().at(taken);
        const shown = await browser.follow(link);
        const token = new URL(shown.headers.location).searchParams.get("token");
        assert.equal(shown.headers.location, `${subject.origin}/reset?token=${token}`);
        const reset = { token, newPassword: "reset password" };
        assert.deepEqual((await browser.post("/reset-password", reset)).body, { status: true });
        assert.equal((await visitor().post("/reset-password", reset)).status, 400, "once, wherever");
        assert.equal((await visitor().post("/sign-in/email", { email, password: "reset password" })).status, 200);
      });

      test("a verification link", async () => {
        const browser = await person();
        await browser.post("/send-verification-email", { email: browser.email, callbackURL: "/welcome" });
        const { link } = await made.mail(browser.email);
        assert.equal((await subject.browser().at(taken).follow(link)).headers.location, "/welcome");
        assert.equal((await who(browser, made)).user.emailVerified, true);
      });

      test("a change of address: confirmed there, verified here", async () => {
        for (const verified of [false, true]) {
          const browser = await person({ verified });
          const next = subject.email("next");
          await browser.post("/change-email", { newEmail: next, callbackURL: "/done" });
          let sender = made;
          if (verified) {
            const { link } = await made.mail(browser.email);
            assert.equal((await browser.at(taken).follow(link)).headers.location, "/done");
            sender = taken;
          }
          const { link } = await sender.mail(next);
          const place = sender === made ? taken : made;
          assert.equal((await browser.at(place).follow(link)).headers.location, "/done");
          const { user } = await who(browser, made);
          assert.deepEqual([user.email, user.emailVerified], [next, verified]);
        }
      });

      test("the state of a sign-in with Google", async () => {
        const someone = subject.google.person();
        for (const location of ["/new", "/home"]) {
          const browser = visitor();
          const { body } = await browser.post("/sign-in/social", {
            provider: "google",
            callbackURL: "/home",
            newUserCallbackURL: "/new",
            errorCallbackURL: "/oops",
          });
          const answer = await browser.at(taken).get(`/callback/google?${subject.google.consent(body.url, someone)}`);
          assert.equal(answer.headers.location, location);
          assert.equal((await who(browser, made)).user.email, someone.email);
        }
        const token = subject.google.idToken(someone);
        const { body } = await visitor().post("/sign-in/social", { provider: "google", idToken: { token } });
        assert.equal(body.user.email, someone.email, "the account made there is known here");
      });

      test("the state of a link, with its session inside", async () => {
        const browser = await person();
        const someone = subject.google.person({ email: browser.email });
        const begin = async () => (await browser.post("/link-social", { provider: "google", callbackURL: "/settings", errorCallbackURL: "/oops" })).body.url;
        const url = await begin();
        const linked = await browser.at(taken).get(`/callback/google?${subject.google.consent(url, someone)}`);
        assert.equal(linked.headers.location, "/settings");
        const { body } = await browser.get("/list-accounts");
        assert.deepEqual(
          body.map(({ providerId }) => providerId),
          ["credential", "google"],
        );
        assert.deepEqual((await browser.at(taken).get("/list-accounts")).body, body);
        assert.equal((await browser.at(taken).post("/unlink-account", { accountId: body[1].id })).status, 200);
        // The other side decrypts the session's token: once that session has ended, it does not link.
        const late = await begin();
        await browser.post("/sign-out");
        const refused = await browser.at(taken).get(`/callback/google?${subject.google.consent(late, someone)}`);
        assert.equal(refused.headers.location, "/oops?error=unable_to_link_account");
      });

      test("a magic link", async () => {
        for (const email of [subject.email("magic"), (await person({ verified: true })).email, (await person()).email]) {
          await visitor().post("/sign-in/magic-link", { email, name: "Magic", callbackURL: "/home" });
          const browser = subject.browser().at(taken);
          const { link } = await made.mail(email);
          assert.equal((await browser.follow(link)).headers.location, `${subject.origin}/home`);
          const { user } = await who(browser, made);
          assert.deepEqual([user.email, user.emailVerified], [email, true]);
          assert.equal((await visitor().follow(link)).headers.location, `${subject.origin}/home?error=INVALID_TOKEN`);
        }
      });

      test("the token that deletes an account", async () => {
        await configure({ deleteVerification: true });
        const browser = await person();
        await browser.post("/delete-user", { callbackURL: "/bye" });
        const { link } = await made.mail(browser.email);
        const answer = await browser.at(taken).follow(link);
        assert.equal(answer.headers.location, "/bye", answer.text);
        for (const [table, column] of [
          ["user", "id"],
          ["session", "userId"],
          ["account", "userId"],
        ]) {
          assert.deepEqual(await subject.rows(`SELECT * FROM "${table}" WHERE "${column}" = ?`, browser.id), []);
        }
      });

      test("the cookie cache", async () => {
        await configure({ cookieCache: true });
        const email = subject.email("cache");
        const browser = visitor();
        const name = 'Ünï <b>&"\\/\u2028\t😀';
        await browser.post("/sign-up/email", { name, email, password: PASSWORD });
        assert.equal(browser.jar.size, 2);
        await subject.rows(`UPDATE "user" SET "name" = 'In the database' WHERE "email" = ?`, email);
        const cached = await browser.at(taken).get("/get-session");
        assert.deepEqual([cached.body.user.name, cached.cookies], [name, []], "read from the cookie");
        const fresh = await browser.at(taken).get("/get-session?disableCookieCache=1");
        assert.equal(fresh.body.user.name, "In the database");
        assert.deepEqual((await browser.get("/get-session")).body, (await browser.at(taken).get("/get-session")).body, "and written for the other");
      });

      test("an id of another kind", async () => {
        // Rows come from elsewhere too: ids are opaque.
        const email = subject.email("legacy");
        const id = `usr_${randomId(8)}-é`;
        await subject.rows(
          `INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES (?, 'Legacy', ?, 1, ?, ?)`,
          id,
          email,
          inDays(-900),
          inDays(-1),
        );
        const browser = subject.withSession(await subject.addSession(id)).at(made);
        assert.deepEqual([(await who(browser, made)).user, (await who(browser, taken)).user.id], [(await who(browser, taken)).user, id]);
        assert.equal((await browser.post("/update-user", { name: "New" })).status, 200);
        assert.equal((await who(browser, taken)).user.id, id);
      });
    });
  }
}
