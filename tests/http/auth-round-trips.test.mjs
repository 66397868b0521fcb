// What each request of an account costs in round trips to the database, as a proxy before it counts them. With
// AUTH_SUBJECT=better-auth the table is that of npm's better-auth, and nothing is asserted.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inDays, jwt, randomId } from "./support/auth-codec.mjs";
import { PASSWORD, atelierOnly, isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject;
const table = [];
before(async () => {
  subject = await startSubject();
  await browser().get("/get-session");
});
after(async () => {
  const width = Math.max(...table.map(([flow]) => flow.length));
  const lines = table.map(([flow, trips, most]) => `  ${flow.padEnd(width)}  ${String(trips).padStart(2)}  ${isAtelier ? `of ${most}` : ""}`);
  console.log(`\nDatabase round trips of accounts\n${lines.join("\n")}\n`);
  await subject?.stop();
});

/** Counts a request, and holds it to its limit. */
async function costs(flow, most, deed, expected = 200) {
  const { result, trips } = await subject.proxy.count(deed, () => true);
  table.push([flow, trips, most]);
  assert.equal(result.status, expected, `${flow}: ${result.text}`);
  if (isAtelier) assert.ok(trips <= most, `${flow} made ${trips} round trips, ${most} are allowed`);
  return result;
}
const browser = () => subject.browser();
/** Under other options, after better-auth has looked at its tables. */
const under = (profile, deed) => subject.under(profile, async () => (await browser().get("/get-session"), deed()));
const expire = (token, days) => subject.rows(`UPDATE session SET "expiresAt" = ? WHERE "token" = ?`, inDays(days), token);

test("sessions", async () => {
  const person = await subject.resident();
  await costs("get-session, no cookie", 0, () => browser().get("/get-session"));
  await costs("get-session", 1, () => person.get("/get-session"));
  await expire(person.token, 3);
  const refreshed = await costs("get-session, extended", 1, () => person.get("/get-session"));
  assert.equal(refreshed.cookies.length, 1);
  await costs("get-session, forged cookie", 0, () => browser().get("/get-session", { headers: { cookie: "better-auth.session_token=x.y" } }));
  await costs("get-session, unknown session", 1, () => subject.withSession(randomId()).get("/get-session"));
  const expired = await subject.resident();
  await expire(expired.token, -1);
  await costs("get-session, expired", 1, () => expired.get("/get-session"));
  await costs("list-sessions", 1, () => person.get("/list-sessions"));
  await expire(person.token, 3);
  await costs("list-sessions, extended", 1, () => person.get("/list-sessions"));
  await costs("list-accounts", 1, () => person.get("/list-accounts"));
  const other = await subject.addSession(person.id);
  await costs("revoke-session", 1, () => person.post("/revoke-session", { token: other }));
  await costs("revoke-other-sessions", 1, () => person.post("/revoke-other-sessions", {}));
  await costs("update-user", 1, () => person.post("/update-user", { name: "Ada King" }));
  await costs("sign-out", 1, () => person.post("/sign-out"));
  await costs("sign-out, no session", 0, () => browser().post("/sign-out"));
  await costs("revoke-sessions", 1, async () => (await subject.resident()).post("/revoke-sessions", {}));
});

test("in and up", async () => {
  const email = subject.email();
  await costs("sign-up", 2, () => browser().post("/sign-up/email", { name: "Ada", email, password: PASSWORD }));
  await costs("sign-up, taken", 2, () => browser().post("/sign-up/email", { name: "Ada", email, password: PASSWORD }), 422);
  await costs("sign-in", 2, () => browser().post("/sign-in/email", { email, password: PASSWORD }));
  await costs("sign-in, wrong password", 2, () => browser().post("/sign-in/email", { email, password: "wrong password" }), 401);
  await costs("sign-in, unknown address", 2, () => browser().post("/sign-in/email", { email: subject.email(), password: PASSWORD }), 401);
});

test("passwords", async () => {
  const person = await subject.resident();
  await costs("verify-password", 2, () => person.post("/verify-password", { password: PASSWORD }));
  await costs("change-password", 2, () => person.post("/change-password", { currentPassword: PASSWORD, newPassword: "next password" }));
  await costs("change-password, others revoked", 2, () =>
    person.post("/change-password", { currentPassword: "next password", newPassword: PASSWORD, revokeOtherSessions: true }),
  );
  await costs("change-password, wrong", 2, () => person.post("/change-password", { currentPassword: "wrong password", newPassword: PASSWORD }), 400);
  await costs("request-password-reset", 1, () => browser().post("/request-password-reset", { email: person.email, redirectTo: "/r" }));
  await costs("request-password-reset, unknown", 1, () => browser().post("/request-password-reset", { email: subject.email(), redirectTo: "/r" }));
  const [, token] = /reset-password\/(\w+)\?/.exec((await subject.mail(person.email)).link);
  await costs("reset link", 1, () => browser().get(`/reset-password/${token}?callbackURL=/r`), 302);
  await costs("reset-password", 2, () => browser().post("/reset-password", { token, newPassword: "reset password" }));
  await costs("reset-password, used token", 2, () => browser().post("/reset-password", { token, newPassword: "reset password" }), 400);
});

test("mail", async () => {
  const person = await subject.resident();
  await costs("send-verification-email", 2, () => person.post("/send-verification-email", { email: person.email }));
  await costs("send-verification-email, signed out", 2, () => browser().post("/send-verification-email", { email: person.email }));
  await costs("verify-email", 2, () => browser().get(`/verify-email?token=${jwt({ email: person.email, userId: person.id }, subject.secret)}`));
  await costs("verify-email, bad token", 0, () => browser().get("/verify-email?token=x"), 401);
  await costs("change-email", 2, () => person.post("/change-email", { newEmail: subject.email() }));
  const change = jwt({ email: person.email, updateTo: subject.email(), requestType: "change-email-verification", userId: person.id }, subject.secret);
  await costs("verify-email, changed address", 3, () => person.get(`/verify-email?token=${change}`));
  const email = subject.email("magic");
  await costs("sign-in/magic-link", 1, () => browser().post("/sign-in/magic-link", { email }));
  for (const who of ["new", "known"]) {
    const token = randomId();
    await subject.addVerification(`magic-link:${token}`, JSON.stringify({ type: "magic-link", email }));
    await costs(`magic-link/verify, ${who}`, 2, () => browser().get(`/magic-link/verify?token=${token}`));
  }
});

test("Google", async () => {
  const person = subject.google.person();
  for (const who of ["new", "known"]) {
    const visitor = browser();
    const { body } = await costs("sign-in/social", 1, () => visitor.post("/sign-in/social", { provider: "google", callbackURL: "/home" }));
    const query = subject.google.consent(body.url, person);
    await costs(`callback/google, ${who}`, 2, () => visitor.get(`/callback/google?${query}`), 302);
  }
  table.splice(
    table.findLastIndex(([flow]) => flow === "sign-in/social"),
    1,
  );
  await costs("sign-in/social, ID token", 2, () =>
    browser().post("/sign-in/social", { provider: "google", idToken: { token: subject.google.idToken(person) } }),
  );
  const local = await subject.resident();
  const mine = subject.google.person({ email: local.email });
  const { body } = await costs("link-social", 2, () => local.post("/link-social", { provider: "google", callbackURL: "/home" }));
  const query = subject.google.consent(body.url, mine);
  await costs("callback/google, linked", 2, () => local.get(`/callback/google?${query}`), 302);
  const accounts = (await local.get("/list-accounts")).body;
  await costs("unlink-account", 2, () => local.post("/unlink-account", { accountId: accounts[1].id }));
  await costs("callback/google, no state", 0, () => browser().get("/callback/google?code=x"), 302);
});

test("the end", async () => {
  const person = await subject.resident();
  await costs("delete-user, password", 2, () => person.post("/delete-user", { password: PASSWORD }));
  const fresh = await subject.resident();
  await costs("delete-user, fresh session", 2, () => fresh.post("/delete-user", {}));
});

test("what is refused at the door costs nothing", async () => {
  const person = await subject.resident();
  await costs("validation", 0, () => person.post("/sign-in/email", {}), 400);
  await costs("malformed body", 0, () => person.send("POST", "/api/auth/update-user", { body: "{", headers: { "content-type": "application/json" } }), 400);
  await costs("foreign origin", 0, () => person.post("/update-user", { name: "x" }, { headers: { origin: "https://evil.example" } }), 403);
  await costs("foreign target", 0, () => person.post("/sign-out", { callbackURL: "//evil.example" }), 403);
  await costs("unknown path", 0, () => person.get("/nope"), 404);
  await costs("unguarded without session", 0, () => browser().get("/list-sessions"), 401);
});

describe("other options", () => {
  test("the cookie cache", async () => {
    await under({ cookieCache: true }, async () => {
      const person = await subject.resident();
      await person.get("/get-session");
      await costs("get-session, cookie cache", 0, () => person.get("/get-session"));
      await costs("list-accounts, cookie cache", 1, () => person.get("/list-accounts"));
      await costs("revoke-other-sessions, cookie cache", 1, () => person.post("/revoke-other-sessions", {}));
    });
  });
  test("deletion confirmed by mail", async () => {
    await under({ deleteVerification: true }, async () => {
      const person = await subject.resident();
      await costs("delete-user, mail", 2, () => person.post("/delete-user", {}));
      const token = new URL((await subject.mail(person.email)).link).searchParams.get("token");
      await costs("delete-user/callback", 2, () => person.get(`/delete-user/callback?token=${token}`));
    });
  });
  test("limits", async () => {
    await under({ rateLimit: true }, async () => {
      const person = await subject.resident();
      await costs("get-session, limited", 1, () => person.get("/get-session"));
      await costs("sign-in, limited", 2, () => browser().post("/sign-in/email", { email: person.email, password: PASSWORD }));
    });
  });
});

test("the studio's own account routes", atelierOnly, async () => {
  const person = await subject.resident();
  const get = (path) => () => person.send("GET", path);
  await costs("GET /api/studio", 0, get("/api/studio"));
  await costs("GET /api/account", 1, get("/api/account"));
  await costs("GET /api/account/sessions", 1, get("/api/account/sessions"));
  await costs("POST /api/account/age", 1, () => person.send("POST", "/api/account/age", { json: { confirmed: true } }), 204);
  const { body } = await person.send("GET", "/api/account/sessions");
  await costs("DELETE /api/account/sessions/{id}", 1, () => person.send("DELETE", `/api/account/sessions/${body.sessions[0].id}`), 204);
});
