// One test for each class of published advisories that applies to accounts, named after it. Those about Google, redirects,
// limits, tokens and input stand in the files named so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { exchange, someAddress } from "./support/auth-browser.mjs";
import { hashPassword, jwt, randomId } from "./support/auth-codec.mjs";
import { expecting } from "./support/auth-expect.mjs";
import { PASSWORD, atelierOnly, isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, refuses, says;
before(async () => {
  subject = await startSubject();
  ({ refuses, says } = expecting(subject));
});
after(() => subject?.stop());

const inIn = (email, password = PASSWORD) => subject.browser().post("/sign-in/email", { email, password });
const tokenIn = (link) => new URL(link).searchParams.get("token");
const userRow = async (id) => (await subject.rows(`SELECT * FROM "user" WHERE "id" = ?`, id))[0];

test("GHSA-qq9h-g4jm-xgf3: who proves an address by a magic link inherits nothing of who took it before", async () => {
  const attacker = await subject.resident({ google: "31337" });
  await subject.browser().post("/sign-in/magic-link", { email: attacker.email, callbackURL: "/home" });
  const owner = subject.browser();
  await owner.follow((await subject.mail(attacker.email)).link);
  const { body } = await owner.get("/get-session");
  assert.deepEqual([body.user.id, body.user.emailVerified], [attacker.id, true]);
  assert.equal((await attacker.get("/get-session")).body, null, "the session of before is over");
  refuses(await inIn(attacker.email), "INVALID_EMAIL_OR_PASSWORD", { what: "the password of before" });
  assert.deepEqual(await subject.rows(`SELECT "id" FROM account WHERE "userId" = ?`, attacker.id), []);
  assert.equal((await subject.rows(`SELECT "id" FROM session WHERE "userId" = ?`, attacker.id)).length, 1);
});

test("better-auth 1.7.16: a link that changes an address, opened in the session of another", async () => {
  const [asker, bystander] = [await subject.resident(), await subject.resident()];
  const next = subject.email("next");
  await asker.post("/change-email", { newEmail: next });
  const { link } = await subject.mail(next);
  refuses(await bystander.get(`/verify-email?token=${tokenIn(link)}`), "INVALID_USER");
  for (const { id, email } of [asker, bystander]) assert.equal((await userRow(id)).email, email);
  const foreign = jwt({ email: bystander.email, updateTo: next, requestType: "change-email-verification", userId: asker.id }, subject.secret);
  refuses(await bystander.get(`/verify-email?token=${foreign}`), "INVALID_TOKEN");
  const unproven = jwt({ email: bystander.email, userId: asker.id }, subject.secret);
  refuses(await bystander.get(`/verify-email?token=${unproven}`), "INVALID_TOKEN");
  assert.equal((await userRow(bystander.id)).emailVerified, 0);
});

test("GHSA-xg6x-h9c9-2m83: a cached session ends by itself, and half a sign-in gets none", async () => {
  await subject.under({ cookieCache: true, requireVerification: true }, async () => {
    const email = subject.email();
    const up = await subject.browser().post("/sign-up/email", { name: "Ada", email, password: PASSWORD });
    assert.deepEqual([up.status, up.cookies], [200, []]);
    refuses(await inIn(email), "EMAIL_NOT_VERIFIED");
  });
  await subject.under({ cookieCache: true }, async () => {
    const person = await subject.resident();
    const [cookie] = (await person.get("/get-session")).cookies;
    assert.match(cookie, /^better-auth\.session_data=[\w-]+; Max-Age=300;/);
    const { expiresAt } = JSON.parse(Buffer.from(person.jar.get("better-auth.session_data"), "base64url"));
    assert.ok(expiresAt <= Date.now() + 300_000);
    await subject.rows(`DELETE FROM session WHERE "userId" = ?`, person.id);
    refuses(await person.post("/change-email", { newEmail: subject.email() }), "UNAUTHORIZED", {
      cookies: ["session_token cleared", "session_data cleared", "session_data cleared", "dont_remember cleared"],
    });
  });
});

test("GHSA-2vg6-77g8-24mp: sessions do not outlive their user", async () => {
  await subject.under({ cookieCache: true }, async () => {
    const person = await subject.resident();
    const second = subject.withSession(await subject.addSession(person.id));
    await second.get("/get-session");
    const bare = second.cookie.split("; ").find((pair) => pair.includes("session_token"));
    assert.equal((await person.post("/delete-user", { password: PASSWORD })).status, 200);
    for (const path of ["/get-session", "/list-accounts", "/list-sessions"]) {
      const { status, body } = await subject.browser().get(path, { headers: { cookie: bare } });
      assert.ok(status === 401 || body === null, path);
    }
    // The cookie alone still says who that was; nothing can be done with it.
    for (const [path, json] of Object.entries({
      "/change-password": { newPassword: "12345678", currentPassword: PASSWORD },
      "/revoke-sessions": {},
      "/link-social": { provider: "google" },
      "/verify-password": { password: PASSWORD },
    })) {
      assert.equal((await subject.browser().post(path, json, { headers: { cookie: second.cookie } })).status, 401, path);
    }
    const written = await subject.browser().post("/update-user", { name: "ghost" }, { headers: { cookie: second.cookie } });
    if (isAtelier) assert.ok(written.status < 500, written.text);
    assert.equal(await userRow(person.id), undefined);
  });
});

test("GHSA-569q-mpph-wgww, GHSA-pgx2-m66h-x29f: no host of a request ends up in a mail, a redirect or an answer", async () => {
  const canary = "canary.evil.example";
  const headers = {
    host: canary,
    "x-forwarded-host": canary,
    "x-forwarded-proto": "https",
    "x-forwarded-port": "666",
    forwarded: `host=${canary};proto=https`,
    "x-original-host": canary,
    "x-host": canary,
    "x-forwarded-server": canary,
    "x-original-url": `https://${canary}/`,
    "x-rewrite-url": `https://${canary}/`,
  };
  await subject.under({ deleteVerification: true }, async () => {
    const person = await subject.resident();
    const [email, next] = [subject.email("magic"), subject.email("next")];
    const answers = [
      await subject.browser().get("/ok", { headers }),
      await subject.browser().post("/request-password-reset", { email: person.email }, { headers }),
      await subject.browser().post("/sign-in/magic-link", { email }, { headers }),
      await person.post("/send-verification-email", { email: person.email }, { headers }),
      await person.post("/change-email", { newEmail: next }, { headers }),
      await person.post("/delete-user", {}, { headers }),
      await subject.browser().post("/sign-in/social", { provider: "google" }, { headers }),
      await subject.browser().get("/callback/google?state=x&code=y", { headers }),
      await subject.browser().send("POST", "/api/auth/callback/google", { form: { code: "x" }, headers }),
      await subject.browser().get("/reset-password/x?callbackURL=/r", { headers }),
      await subject.browser().get("/magic-link/verify?token=x", { headers }),
      await subject.browser().get("/error?error=x", { headers }),
      await subject.browser().post("/sign-in/email", { email: person.email, password: PASSWORD, callbackURL: "/x" }, { headers }),
    ];
    for (const { status, headers, text, cookies } of answers) {
      assert.ok(status < 400, text);
      assert.ok(!JSON.stringify([headers, text, cookies]).includes("canary"), JSON.stringify([headers, text]));
    }
    const mails = [
      await subject.mail(person.email),
      await subject.mail(person.email),
      await subject.mail(person.email),
      await subject.mail(email),
      await subject.mail(next),
    ];
    for (const mail of mails) {
      assert.ok(!JSON.stringify(mail).includes("canary"), JSON.stringify(mail));
      assert.ok(mail.link.startsWith(`${subject.origin}/api/auth/`), mail.link);
    }
    // The origin check does not learn from the request either.
    const own = await subject.browser().post("/sign-out", {}, { headers: { ...headers, cookie: "a=b", origin: `https://${canary}` } });
    refuses(own, "INVALID_ORIGIN");
  });
});

test("CVE-2025-61928: no field of a request names the one who acts", async () => {
  const victim = await subject.resident();
  const { body } = await victim.get("/get-session");
  const names = {
    userId: victim.id,
    user_id: victim.id,
    id: victim.id,
    user: body.user,
    session: body.session,
    sessionToken: victim.token,
    email: victim.email,
    asUser: victim.id,
    sub: victim.id,
  };
  const headers = {
    "x-user-id": victim.id,
    authorization: `Bearer ${victim.token}`,
    "x-api-key": victim.token,
    "x-session-token": victim.token,
    "cf-access-authenticated-user-email": victim.email,
  };
  const bodies = {
    "/update-session": {},
    "/change-email": { newEmail: subject.email() },
    "/change-password": { newPassword: "taken password", currentPassword: PASSWORD },
    "/verify-password": { password: PASSWORD },
    "/revoke-session": { token: victim.token },
    "/revoke-sessions": {},
    "/revoke-other-sessions": {},
    "/link-social": { provider: "google" },
    "/unlink-account": { accountId: "x" },
    "/delete-user": { password: PASSWORD },
    "/update-user": { name: "taken" },
  };
  const query = new URLSearchParams({ userId: victim.id, sessionToken: victim.token, token: victim.token }).toString();
  for (const [path, json] of Object.entries(bodies))
    refuses(await subject.browser().post(`${path}?${query}`, { ...names, ...json }, { headers }), "UNAUTHORIZED", { what: path });
  for (const path of ["/list-sessions", "/list-accounts"])
    refuses(await subject.browser().get(`${path}?${query}`, { headers }), "UNAUTHORIZED", { what: path });
  says(await subject.browser().get(`/get-session?${query}`, { headers }), 200, "null");
  const other = await subject.resident();
  for (const path of ["/update-user", "/update-session"]) await other.post(path, { ...names, email: undefined, name: "other" }, { headers });
  assert.deepEqual([(await userRow(victim.id)).name, (await userRow(other.id)).name], ["Ada Lovelace", "other"]);
  assert.equal((await subject.rows(`SELECT "id" FROM session WHERE "userId" = ?`, victim.id)).length, 1);
});

test("GHSA-4vcf-q4xf-f48m, GHSA-cq3f-vc6p-68fh: nothing of another can be read, changed or ended", async () => {
  const [mine, theirs] = [await subject.resident({ google: randomId(20) }), await subject.resident({ google: randomId(20) })];
  const dump = () =>
    Promise.all(
      ["user", "session", "account"].map((table) => subject.rows(`SELECT * FROM "${table}" WHERE "${table === "user" ? "id" : "userId"}" = ?`, theirs.id)),
    );
  const before = await dump();
  const accounts = before[2];
  for (const { id, accountId } of accounts)
    for (const key of [id, accountId]) assert.equal((await mine.post("/unlink-account", { accountId: key })).body.code, "ACCOUNT_NOT_FOUND");
  says(await mine.post("/revoke-session", { token: theirs.token }), 200, { status: true });
  for (const path of ["/revoke-other-sessions", "/revoke-sessions"]) await mine.post(path, { token: theirs.token, userId: theirs.id });
  const again = subject.withSession(await subject.addSession(mine.id));
  for (const { body } of [await again.get(`/list-sessions?userId=${theirs.id}`), await again.get(`/list-accounts?userId=${theirs.id}`)])
    assert.ok(body.length > 0 && body.every(({ userId }) => userId === mine.id));
  await subject.addVerification(`delete-account-${"a".repeat(32)}`, theirs.id);
  refuses(await again.get(`/delete-user/callback?token=${"a".repeat(32)}`), "INVALID_TOKEN", { status: 404 });
  assert.deepEqual(await dump(), before);
});

test("Hono CVE-2026-126357, GHSA-92pp-h63x-v22m: guard and router see the same path", async () => {
  const aliases = (name) => [
    ...[
      `//api/auth/${name}`,
      `/api//auth/${name}`,
      `/api/auth//${name}`,
      `/api/auth/${name}/`,
      `/api/auth/${name}//`,
      `/API/auth/${name}`,
      `/api/AUTH/${name}`,
    ],
    ...[
      `/api/auth/${name};a=b`,
      `/api/auth/${name}%20`,
      `/api/auth/${name}%00`,
      `/api/auth/${name}.json`,
      `/api/auth/${name.replace("l", "%6c")}`,
      `/api/auth\\${name}`,
    ],
    ...[
      `/api/auth/ok/../${name}`,
      `/api/auth/ok/..%2f${name}`,
      `/api/auth/ok%2f..%2f${name}`,
      `/api/auth/./${name}`,
      `/api/auth/${name}?x`,
      `/api/auth/${name}#x`,
    ],
  ];
  for (const name of ["list-sessions", "list-accounts"]) {
    for (const path of aliases(name)) {
      const { status, headers, text } = await exchange(subject.url, "GET", path, { headers: { "cf-connecting-ip": someAddress() } });
      // Outside of /api/ every path is the page's.
      const isPage = status === 307 || (status === 200 && headers["content-type"].startsWith("text/html"));
      assert.ok([401, 404].includes(status) || (isPage && !/^\/api\//.test(path)), `${path}: ${status} ${text}`);
    }
  }
});

test("Hono CVE-2026-54290: no other origin may read an answer", async () => {
  const person = await subject.resident();
  for (const from of ["https://evil.example", "null", subject.origin]) {
    for (const answer of [
      await person.get("/get-session", { headers: { origin: from } }),
      await person.post("/sign-in/social", { provider: "google" }, { headers: { origin: from } }),
      await person.send("OPTIONS", "/api/auth/get-session", { headers: { origin: from, "access-control-request-method": "POST" } }),
    ]) {
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith("access-control")),
        [],
        from,
      );
    }
  }
});

test("Hono CVE-2026-44457: no cache keeps what belongs to one person", atelierOnly, async () => {
  const person = await subject.resident();
  const answers = {
    "/get-session": await person.get("/get-session"),
    "/list-sessions": await person.get("/list-sessions"),
    "/list-accounts": await person.get("/list-accounts"),
    "/sign-in/email": await inIn(person.email),
    "/update-user": await person.post("/update-user", { name: "x" }),
  };
  for (const [path, { headers }] of Object.entries(answers)) assert.match(headers["cache-control"] ?? "", /no-store/, path);
});

test("Supabase CVE-2025-48370: what stands in a path stays in it", async () => {
  for (const token of ["..%2f..%2fok", "%2e%2e", "a%2fb", "x%3Fy", "%00", "x%23y", "%252e", "-", "0"]) {
    const answer = await subject.browser().get(`/reset-password/${token}?callbackURL=/r`);
    assert.ok(
      answer.status === 404 || answer.headers.location === `${subject.origin}/r?error=INVALID_TOKEN`,
      `${token}: ${answer.status} ${answer.headers.location}`,
    );
  }
});

test("CVE-2022-31127: what people call themselves is text in their mails", atelierOnly, async () => {
  for (const name of ["<img src=x onerror=alert(1)>\"'&", "https://evil.example/win", "a\r\nBcc: x@example.com\r\n\r\nbody"]) {
    const person = await subject.resident({ name });
    await subject.browser().post("/request-password-reset", { email: person.email, redirectTo: '/r?"><script>' });
    const mail = await subject.mail(person.email);
    assert.ok(!/<img src=x|<script>/.test(mail.html), mail.html);
    assert.doesNotMatch(mail.subject, /[\r\n]/);
    assert.ok(!/href="https:\/\/evil\.example/.test(mail.html), mail.html);
    assert.deepEqual([mail.to].flat(), [person.email]);
  }
});

test("ASVS 7.2.4: a session that was there before signing in is not the one after", async () => {
  const [attacker, victim] = [await subject.resident(), await subject.resident()];
  const planted = subject.withSession(attacker.token);
  const answer = await planted.post("/sign-in/email", { email: victim.email, password: PASSWORD });
  assert.ok(answer.body.token !== attacker.token && answer.body.user.id === victim.id);
  assert.equal((await attacker.get("/get-session")).body.user.id, attacker.id);
  const unknown = subject.withSession(randomId());
  const chosen = unknown.token;
  assert.notEqual((await unknown.post("/sign-in/email", { email: victim.email, password: PASSWORD })).body.token, chosen);
  assert.deepEqual(await subject.rows(`SELECT "id" FROM session WHERE "token" = ?`, chosen), []);
});

test("ASVS 6.3.8: known and unknown addresses cannot be told apart by an answer", async () => {
  const known = await subject.resident();
  const session = await subject.resident();
  const asks = {
    "/sign-in/email": (email) => inIn(email, "wrong password"),
    "/request-password-reset": (email) => subject.browser().post("/request-password-reset", { email, redirectTo: "/r" }),
    "/send-verification-email": (email) => subject.browser().post("/send-verification-email", { email }),
    "/sign-in/magic-link": (email) => subject.browser().post("/sign-in/magic-link", { email }),
    "/change-email": (email) => session.post("/change-email", { newEmail: email }),
  };
  const shape = ({ status, text, cookies, headers: { date, "x-request-id": id, "content-length": length, ...headers } }) => ({
    status,
    text,
    cookies,
    headers,
    length,
  });
  for (const [path, ask] of Object.entries(asks)) assert.deepEqual(shape(await ask(known.email)), shape(await ask(subject.email())), path);
});

test("ASVS 6.2: a password counts to its last letter", async () => {
  const person = await subject.resident();
  const long = `${"x".repeat(99)}a`;
  await subject.rows(`UPDATE account SET "password" = ? WHERE "userId" = ?`, hashPassword(long), person.id);
  assert.equal((await inIn(person.email, long)).status, 200);
  for (const near of [`${"x".repeat(99)}b`, long.slice(0, 72), `${long}a`, long.toUpperCase()])
    refuses(await inIn(person.email, near), "INVALID_EMAIL_OR_PASSWORD", { what: near });
});
