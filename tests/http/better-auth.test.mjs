// The four routes of better-auth, driven by its own unmodified client, and its exact answers to what is wrong.
import assert from "node:assert/strict";
import { createHmac, randomUUID, scryptSync } from "node:crypto";
import { after, before, test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { Client, ask, startStudio } from "./support/studio.mjs";

let stack;
before(async () => {
  stack = await startStudio();
});
after(() => stack?.stop());

const address = () => `ada.${randomUUID().slice(0, 8)}@example.com`;

test("better-auth's own client signs up, in and out", async () => {
  const jar = new Client(stack);
  const fetchOptions = {
    customFetchImpl: async (url, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("origin", stack.url);
      if (jar.jar.size) headers.set("cookie", jar.cookie);
      const response = await fetch(url, { ...init, headers });
      for (const cookie of response.headers.getSetCookie()) {
        const [name, value] = cookie.split(";")[0].split(/=(.*)/s);
        if (cookie.includes("Max-Age=0")) jar.jar.delete(name);
        else jar.jar.set(name, value);
      }
      return response;
    },
  };
  const client = createAuthClient({ baseURL: stack.url, fetchOptions });
  const email = address();
  const up = await client.signUp.email({ name: "Ada", email: email.toUpperCase(), password: "correct horse battery" });
  assert.equal(up.error, null);
  assert.equal(up.data.user.email, email);
  assert.ok(up.data.user.createdAt instanceof Date);
  assert.ok(Math.abs(up.data.user.createdAt - Date.now()) < 60_000, "dates are revived as they were meant");
  const session = await client.getSession();
  assert.deepEqual([session.data.user.id, session.data.session.token], [up.data.user.id, up.data.token]);
  assert.deepEqual((await client.signOut()).data, { success: true });
  assert.deepEqual([(await client.getSession()).data, jar.jar.size], [null, 0]);
  const wrong = await client.signIn.email({ email, password: "wrong password" });
  assert.deepEqual([wrong.error.status, wrong.error.code], [401, "INVALID_EMAIL_OR_PASSWORD"]);
  const signedIn = await client.signIn.email({ email, password: "correct horse battery" });
  assert.equal(signedIn.data.user.id, up.data.user.id);
  const again = await client.signUp.email({ name: "Ada", email, password: "correct horse battery" });
  assert.deepEqual([again.error.status, again.error.code], [422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"]);
});

test("rows and cookies are those that better-auth makes", async () => {
  const person = await new Client(stack).signUp();
  const [user] = await ask(stack, `SELECT * FROM "user" WHERE "email" = '${person.email}'`);
  assert.match(user.id, /^[a-zA-Z0-9]{32}$/);
  assert.match(user.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const [account] = await ask(stack, `SELECT * FROM account WHERE "userId" = '${user.id}'`);
  assert.deepEqual([account.providerId, account.accountId], ["credential", user.id]);
  const [salt, key] = account.password.split(":");
  assert.equal(key, scryptSync(person.password, salt, 64, { N: 16384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 }).toString("hex"));
  const value = decodeURIComponent(person.jar.get("better-auth.session_token"));
  const [token, signature] = [value.slice(0, value.lastIndexOf(".")), value.slice(value.lastIndexOf(".") + 1)];
  assert.equal(signature, createHmac("sha256", stack.secrets.BETTER_AUTH_SECRET).update(token).digest("base64"));
  const [session] = await ask(stack, `SELECT * FROM session WHERE "token" = '${token}'`);
  assert.equal(session.userId, user.id);
  assert.equal(typeof session.ipAddress, "string");
});

test("a session is extended once a day, and an expired one is removed", async () => {
  const person = await new Client(stack).signUp();
  const at = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
  const fresh = await person.get("/api/auth/get-session");
  assert.equal(fresh.headers.getSetCookie().length, 0);
  await ask(stack, `UPDATE session SET "expiresAt" = '${at(5.9)}' WHERE "userId" = '${person.user.id}'`);
  const counted = await stack.proxy.count(() => person.get("/api/auth/get-session"));
  assert.equal(counted.trips, 1);
  assert.match(counted.result.headers.getSetCookie()[0], /^better-auth\.session_token=.*Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.ok(Date.parse(counted.result.body.session.expiresAt) > Date.now() + 6.9 * 86_400_000);
  await ask(stack, `UPDATE session SET "expiresAt" = '${at(-0.001)}' WHERE "userId" = '${person.user.id}'`);
  const ended = await stack.proxy.count(() => person.get("/api/auth/get-session"));
  assert.deepEqual([ended.trips, ended.result.body, ended.result.headers.getSetCookie().length], [1, null, 3]);
  assert.deepEqual(await ask(stack, `SELECT * FROM session WHERE "userId" = '${person.user.id}'`), []);
});

test("not to be remembered", async () => {
  const person = await new Client(stack).signUp();
  const answer = await person.post("/api/auth/sign-in/email", { email: person.email, password: person.password, rememberMe: false });
  const cookies = answer.headers.getSetCookie();
  assert.equal(cookies.length, 2);
  assert.ok(cookies.every((cookie) => !cookie.includes("Max-Age")));
  assert.match(cookies[1], /^better-auth\.dont_remember=true\./);
  await ask(stack, `UPDATE session SET "expiresAt" = '${new Date(Date.now() + 3_600_000).toISOString()}' WHERE "token" = '${answer.body.token}'`);
  assert.equal((await person.get("/api/auth/get-session")).headers.getSetCookie().length, 0, "no extension");
  const back = await person.post("/api/auth/sign-in/email", { email: person.email, password: person.password });
  assert.match(back.headers.getSetCookie()[1], /^better-auth\.dont_remember=; Max-Age=0/);
});

test("what is wrong is said in better-auth's words", async () => {
  const nobody = new Client(stack);
  const known = await new Client(stack).signUp();
  const expect = async (answer, status, body) => assert.deepEqual([(await answer).status, (await answer).body], [status, body]);
  const invalid = (message) => ({ message, code: "VALIDATION_ERROR" });
  const inUp = (json, options) => nobody.post("/api/auth/sign-up/email", json, options);
  const inIn = (json, options) => nobody.post("/api/auth/sign-in/email", json, options);
  const raw = (path, body, headers) => nobody.send("POST", path, { body, headers });

  await expect(inIn({}), 400, invalid("[body.email] Invalid input: expected string, received undefined; [body.password] Invalid input: expected string, received undefined"));
  await expect(raw("/api/auth/sign-in/email"), 400, invalid("[body] Invalid input: expected object, received undefined"));
  await expect(raw("/api/auth/sign-in/email", '{"email":', { "content-type": "application/json" }), 400, { message: "Invalid JSON in request body", code: "BAD_REQUEST" });
  await expect(raw("/api/auth/sign-in/email", "{}", { "content-type": "text/plain" }), 415, {
    message: 'Content-Type "text/plain" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json', code: "UNSUPPORTED_MEDIA_TYPE",
  });
  const up = { name: "Ada", email: address(), password: "correct horse battery" };
  await expect(inUp({ ...up, email: "nope" }), 400, invalid("[body.email] Invalid email address"));
  await expect(inUp({ ...up, password: "" }), 400, invalid("[body.password] Too small: expected string to have >=1 characters"));
  await expect(inUp({ ...up, image: null }), 400, invalid("[body.image] Invalid input: expected string, received null"));
  await expect(inUp({ ...up, password: "short" }), 400, { message: "Password too short", code: "PASSWORD_TOO_SHORT" });
  await expect(inUp({ ...up, password: "x".repeat(129) }), 400, { message: "Password too long", code: "PASSWORD_TOO_LONG" });
  await expect(inUp({ ...up, email: known.email }), 422, { message: "User already exists. Use another email.", code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL" });
  await expect(inIn({ email: "nope", password: "x" }), 400, { message: "Invalid email", code: "INVALID_EMAIL" });
  const refused = { message: "Invalid email or password", code: "INVALID_EMAIL_OR_PASSWORD" };
  await expect(inIn({ email: known.email, password: "wrong password" }), 401, refused);
  await expect(inIn({ email: address(), password: "wrong password" }), 401, refused);
  await expect(inIn({ email: known.email, password: known.password }, { headers: { origin: "https://evil.example" } }), 403, { message: "Invalid origin", code: "INVALID_ORIGIN" });
  await expect(inIn({ email: known.email, password: known.password }, { headers: { origin: undefined } }), 403, { message: "Missing or null Origin", code: "MISSING_OR_NULL_ORIGIN" });
  for (const callbackURL of ["https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%2f/evil", "evil"]) {
    await expect(inIn({ email: known.email, password: known.password, callbackURL }), 403, { message: "Invalid callbackURL", code: "INVALID_CALLBACK_URL" });
  }
  await expect(inIn({ email: known.email, password: known.password, callbackURL: 7 }), 400, { message: "Invalid callbackURL: expected a string" });
  const welcome = await inIn({ email: known.email, password: known.password, callbackURL: "/dashboard" });
  assert.deepEqual([welcome.status, welcome.body.redirect, welcome.body.url, welcome.headers.get("location")], [200, true, "/dashboard", "/dashboard"]);
  const form = await raw("/api/auth/sign-in/email", new URLSearchParams({ email: known.email, password: known.password }).toString(), { "content-type": "application/x-www-form-urlencoded" });
  assert.equal(form.status, 200);

  for (const [method, path] of [["GET", "/api/auth/nope"], ["GET", "/api/auth/sign-in/email"], ["POST", "/api/auth/sign-in/email/"], ["POST", "/api/auth//sign-in/email"], ["POST", "/api/auth/Sign-In/email"], ["OPTIONS", "/api/auth/ok"]]) {
    const answer = await nobody.send(method, path);
    assert.deepEqual([method, path, answer.status, answer.body], [method, path, 404, ""]);
  }
  await expect(nobody.get("/api/auth/ok"), 200, { ok: true });
  assert.equal((await nobody.get("/api/auth/error?error=state_not_found")).headers.get("location"), "/?error=state_not_found");
  assert.equal((await nobody.get("/api/auth/error?error=%3Cscript%3E")).headers.get("location"), "/?error=UNKNOWN");
  await expect(nobody.post("/api/auth/get-session", {}), 405, { message: "POST method requires deferSessionRefresh to be enabled in session config", code: "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED" });
  const huge = await raw("/api/auth/sign-up/email", `{"name":"${"x".repeat(70_000)}"}`, { "content-type": "application/json" });
  assert.equal(huge.status, 413);
});

test("only the edge's word for the client's address counts", async () => {
  const person = new Client(stack);
  await person.post("/api/auth/sign-up/email", { name: "", email: address(), password: "correct horse battery" }, { headers: { "x-forwarded-for": "6.6.6.6", forwarded: "for=6.6.6.6" } });
  const { body } = await person.get("/api/auth/get-session");
  assert.ok(!JSON.stringify(body).includes("6.6.6.6"));
});
