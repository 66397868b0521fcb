// better-auth's own client, unmodified, with the magic link plugin, through every method that it has for these endpoints.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { magicLinkClient } from "better-auth/client/plugins";
import { parseCookie } from "./support/auth-browser.mjs";
import { PASSWORD, startSubject } from "./support/auth-subject.mjs";
import { until } from "./support/studio.mjs";

let subject;
before(async () => {
  subject = await startSubject({ deleteVerification: true });
});
after(() => subject?.stop());

/** A client with a browser's cookies. */
function newClient() {
  const browser = subject.browser();
  const customFetchImpl = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("origin", subject.origin);
    headers.set("cf-connecting-ip", browser.headers["cf-connecting-ip"]);
    if (browser.cookie) headers.set("cookie", browser.cookie);
    const response = await fetch(String(url).replace(subject.origin, subject.url), { ...init, headers, redirect: "manual" });
    for (const { name, value, attributes } of response.headers.getSetCookie().map(parseCookie)) {
      if (attributes.startsWith("Max-Age=0")) browser.jar.delete(name);
      else browser.jar.set(name, value);
    }
    return response;
  };
  const client = createAuthClient({ baseURL: subject.origin, fetchOptions: { customFetchImpl }, plugins: [magicLinkClient()] });
  return { client, browser };
}
const fine = ({ data, error }) => {
  assert.equal(error, null, JSON.stringify(error));
  return data;
};
const wrong = ({ data, error }, status, code) => assert.deepEqual([data, error.status, error.code], [null, status, code]);

for (const https of [false, true]) {
  describe(https ? "https" : "http", () => {
    before(() => subject.configure({ https, deleteVerification: true }));

    test("up, out, in; the session as the client sees it", async () => {
      const { client, browser } = newClient();
      const email = subject.email("Ada");
      const up = fine(await client.signUp.email({ name: "Ada", email, password: PASSWORD, image: "https://img.example/a.png", callbackURL: "/welcome" }));
      assert.deepEqual([up.user.email, up.user.emailVerified, up.user.createdAt instanceof Date], [email.toLowerCase(), false, true]);
      assert.ok(Math.abs(up.user.createdAt - Date.now()) < 60_000, "dates are revived as they were meant");
      const { session, user } = fine(await client.getSession());
      assert.deepEqual([user.id, session.token, session.expiresAt instanceof Date], [up.user.id, up.token, true]);
      assert.deepEqual(fine(await client.signOut()), { success: true });
      assert.deepEqual([fine(await client.getSession()), browser.jar.size], [null, 0]);
      wrong(await client.signIn.email({ email, password: "wrong password" }), 401, "INVALID_EMAIL_OR_PASSWORD");
      wrong(await client.signUp.email({ name: "Ada", email, password: PASSWORD }), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
      const led = fine(await client.signIn.email({ email, password: PASSWORD, callbackURL: "/home", rememberMe: false }));
      assert.deepEqual([led.user.id, led.redirect, led.url, browser.jar.size], [up.user.id, true, "/home", 2]);
    });

    test("the session store reads again after what changes it", async () => {
      const { client } = newClient();
      const becomes = (email) => until(() => client.useSession.get().data?.user.email === email, `the store to say ${email}`, 10);
      await client.useSession.get().refetch();
      assert.deepEqual([client.useSession.get().data, client.useSession.get().error], [null, null]);
      const stop = client.useSession.subscribe(() => {});
      const email = subject.email();
      fine(await client.signUp.email({ name: "Ada", email, password: PASSWORD }));
      await becomes(email);
      fine(await client.signOut());
      await becomes(undefined);
      stop();
    });

    test("sessions", async () => {
      const [first, second] = [newClient(), newClient()];
      const email = subject.email();
      fine(await first.client.signUp.email({ name: "Ada", email, password: PASSWORD }));
      const { token } = fine(await second.client.signIn.email({ email, password: PASSWORD }));
      const list = fine(await first.client.listSessions());
      assert.deepEqual([list.length, list.every(({ createdAt }) => createdAt instanceof Date)], [2, true]);
      assert.deepEqual(fine(await first.client.revokeSession({ token })), { status: true });
      assert.equal(fine(await second.client.getSession()), null);
      fine(await second.client.signIn.email({ email, password: PASSWORD }));
      assert.deepEqual(fine(await first.client.revokeOtherSessions()), { status: true });
      assert.equal(fine(await second.client.getSession()), null);
      assert.deepEqual(fine(await first.client.revokeSessions()), { status: true });
      assert.equal(fine(await first.client.getSession()), null);
      wrong(await first.client.listSessions(), 401, "UNAUTHORIZED");
      wrong(await first.client.updateUser({ name: "x" }), 401, "UNAUTHORIZED");
    });

    test("the profile, the address and the password", async () => {
      const { client } = newClient();
      const email = subject.email();
      fine(await client.signUp.email({ name: "Ada", email, password: PASSWORD }));
      assert.deepEqual(fine(await client.updateUser({ name: "Ada King", image: null })), { status: true });
      assert.equal(fine(await client.getSession()).user.name, "Ada King");
      wrong(await client.updateUser({ email: "x@example.com" }), 400, "EMAIL_CAN_NOT_BE_UPDATED");
      const nothing = await client.updateSession({ theme: "dark" });
      assert.deepEqual([nothing.error.status, nothing.error.message], [400, "No fields to update"]);

      assert.deepEqual(fine(await client.sendVerificationEmail({ email, callbackURL: "/welcome" })), { status: true });
      const token = new URL((await subject.mail(email)).link).searchParams.get("token");
      assert.deepEqual(fine(await client.verifyEmail({ query: { token } })), { status: true, user: null });
      wrong(await client.verifyEmail({ query: { token: "garbage" } }), 401, "INVALID_TOKEN");

      const next = subject.email("next");
      assert.deepEqual(fine(await client.changeEmail({ newEmail: next, callbackURL: "/done" })), { status: true });
      for (const address of [email, next]) {
        const { link } = await subject.mail(address);
        fine(await client.verifyEmail({ query: { token: new URL(link).searchParams.get("token") } }));
      }
      assert.deepEqual([fine(await client.getSession()).user.email, fine(await client.getSession()).user.emailVerified], [next, true]);

      wrong(await client.changePassword({ currentPassword: "wrong password", newPassword: "next password" }), 400, "INVALID_PASSWORD");
      const changed = fine(await client.changePassword({ currentPassword: PASSWORD, newPassword: "next password", revokeOtherSessions: true }));
      assert.equal(fine(await client.getSession()).session.token, changed.token);
      assert.deepEqual(fine(await client.verifyPassword({ password: "next password" })), { status: true });
    });

    test("a forgotten password", async () => {
      const { client } = newClient();
      const { email } = await subject.resident();
      const asked = fine(await client.requestPasswordReset({ email, redirectTo: "/reset" }));
      assert.equal(asked.status, true);
      const shown = await subject.browser().follow((await subject.mail(email)).link);
      const token = new URL(shown.headers.location).searchParams.get("token");
      assert.deepEqual(fine(await client.resetPassword({ newPassword: "reset password", token })), { status: true });
      wrong(await client.resetPassword({ newPassword: "reset password", token }), 400, "INVALID_TOKEN");
      fine(await client.signIn.email({ email, password: "reset password" }));
    });

    test("Google: in, linked, unlinked", async () => {
      const { client, browser } = newClient();
      const person = subject.google.person();
      const { url, redirect } = fine(await client.signIn.social({ provider: "google", callbackURL: "/home", newUserCallbackURL: "/new" }));
      assert.equal(redirect, true);
      const back = await browser.get(`/callback/google?${subject.google.consent(url, person)}`);
      assert.equal(back.headers.location, "/new");
      assert.equal(fine(await client.getSession()).user.email, person.email);
      const other = newClient();
      const byToken = fine(await other.client.signIn.social({ provider: "google", idToken: { token: subject.google.idToken(person) } }));
      assert.deepEqual([byToken.redirect, byToken.user.email], [false, person.email]);

      const local = newClient();
      const email = subject.email();
      fine(await local.client.signUp.email({ name: "Ada", email, password: PASSWORD }));
      const mine = subject.google.person({ email });
      const link = fine(await local.client.linkSocial({ provider: "google", callbackURL: "/settings", disableRedirect: true }));
      assert.equal(link.redirect, false);
      assert.equal((await local.browser.get(`/callback/google?${subject.google.consent(link.url, mine)}`)).headers.location, "/settings");
      const accounts = fine(await local.client.listAccounts());
      assert.deepEqual(
        accounts.map(({ providerId }) => providerId),
        ["credential", "google"],
      );
      assert.deepEqual(fine(await local.client.unlinkAccount({ accountId: accounts[1].id })), { status: true });
      assert.deepEqual(fine(await local.client.linkSocial({ provider: "google", idToken: { token: subject.google.idToken(mine) } })), {
        url: "",
        status: true,
        redirect: false,
      });
    });

    test("a magic link", async () => {
      const { client } = newClient();
      const email = subject.email("magic");
      assert.deepEqual(fine(await client.signIn.magicLink({ email, name: "Magic", callbackURL: "/home" })), { status: true });
      const token = new URL((await subject.mail(email)).link).searchParams.get("token");
      const data = fine(await client.magicLink.verify({ query: { token } }));
      assert.deepEqual([data.user.email, data.session.token], [email, data.token]);
      assert.equal(fine(await client.getSession()).user.id, data.user.id);
    });

    test("the end of an account", async () => {
      const { client, browser } = newClient();
      const email = subject.email();
      fine(await client.signUp.email({ name: "Ada", email, password: PASSWORD }));
      assert.deepEqual(fine(await client.deleteUser({ callbackURL: "/bye" })), { success: true, message: "Verification email sent" });
      assert.equal((await browser.follow((await subject.mail(email)).link)).headers.location, "/bye");
      assert.equal(fine(await client.getSession()), null);
      wrong(await client.signIn.email({ email, password: PASSWORD }), 401, "INVALID_EMAIL_OR_PASSWORD");
    });

    test("ok", async () => assert.deepEqual(fine(await newClient().client.$fetch("/ok")), { ok: true }));
  });
}
