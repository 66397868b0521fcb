// What the studio adds to better-auth: secrets that rotate, sessions hashed at rest, mail that is never lost, pictures of our own, the age.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { Client, ask, balance, startStudio, until } from "./support/studio.mjs";

let stack;
before(async () => {
  stack = await startStudio({ vars: { AUTH_MAGIC_LINK: "1" } });
});
after(() => stack?.stop());

const messages = async () => (await (await fetch(`${stack.mailboxUrl}/messages`)).json()).messages;
const mailTo = (email) => until(async () => (await messages()).find(({ to }) => to.includes(email)), `mail to ${email}`);
const control = (path, body) => fetch(`${stack.sandboxUrl}/sandbox/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const link = (mail) => mail.text.split("\n").find((line) => line.startsWith("http"));

/** Comes from Google as the person with that address. */
async function fromGoogle(client, email, body = {}) {
  const begun = await client.post("/api/auth/sign-in/social", { provider: "google", callbackURL: "/home", newUserCallbackURL: "/new", errorCallbackURL: "/wrong", ...body });
  const chosen = await fetch(`${begun.body.url}&prompt=none&login_hint=${encodeURIComponent(email)}`, { redirect: "manual" });
  return client.get(chosen.headers.get("location").replace(stack.url, ""));
}

test("a secret is changed without signing anybody out, and the old one can be dropped later", async () => {
  const person = await new Client(stack).signUp();
  const old = stack.secrets.BETTER_AUTH_SECRET;
  const young = "a-new-secret-of-more-than-32-characters";
  await stack.reload({ BETTER_AUTH_SECRET: `${young},${old}` });
  assert.equal((await person.get("/api/auth/get-session")).body.user.id, person.user.id);
  const later = new Client(stack);
  await later.post("/api/auth/sign-in/email", { email: person.email, password: person.password });
  await stack.reload({ BETTER_AUTH_SECRET: young });
  assert.equal((await later.get("/api/auth/get-session")).body.user.id, person.user.id, "the first one signs");
  assert.equal((await person.get("/api/auth/get-session")).body, null);
  await stack.reload({ BETTER_AUTH_SECRET: `${young},short` });
  assert.equal((await person.get("/api/auth/get-session")).status, 503);
  await stack.reload();
});

test("addresses of pictures and callbacks outlive a change of their secret too", async () => {
  const person = await new Client(stack).signUp();
  const { generation } = await person.make("a lake at dawn");
  const { url } = generation.outputs[0];
  await stack.reload({ MEDIA_SIGNING_SECRET: `another-secret-of-more-than-32-chars,${stack.secrets.MEDIA_SIGNING_SECRET}` });
  assert.equal((await person.get(url)).status, 200);
  const next = await person.make("a lake at dusk");
  assert.equal(next.generation.status, "succeeded");
  await stack.reload();
  assert.equal((await person.get(next.generation.outputs[0].url)).status, 403);
});

test("session tokens can be hashed at rest", async () => {
  await stack.reload({ AUTH_HASH_SESSIONS: "1" });
  const person = await new Client(stack).signUp();
  const token = decodeURIComponent(person.jar.get("better-auth.session_token")).split(".")[0];
  const rows = await ask(stack, `SELECT "token" FROM session WHERE "userId" = '${person.user.id}'`);
  assert.deepEqual(rows, [{ token: createHash("sha256").update(token).digest("base64url") }]);
  const other = new Client(stack);
  await other.post("/api/auth/sign-in/email", { email: person.email, password: person.password });
  assert.equal((await person.get("/api/generations")).status, 200);
  const listed = (await person.get("/api/auth/list-sessions")).body.map((session) => session.token);
  assert.ok(listed.length === 2 && !listed.includes(token), "what is shown opens nothing");
  const stolen = new Client(stack);
  stolen.jar.set("better-auth.session_token", encodeURIComponent(`${listed[0]}.x`));
  assert.equal((await stolen.get("/api/auth/get-session")).body, null);
  const others = listed.find((shown) => shown !== rows[0].token);
  await person.post("/api/auth/revoke-session", { token: others });
  assert.equal((await other.get("/api/auth/get-session")).body, null);
  assert.equal((await person.post("/api/auth/sign-out", {})).status, 200);
  assert.deepEqual(await ask(stack, `SELECT 1 FROM session WHERE "userId" = '${person.user.id}'`), []);
  await stack.reload();
});

test("what cannot be meant makes the Worker refuse to serve", async () => {
  for (const vars of [
    { AUTH_RATE_LIMIT: "yes" },
    { GOOGLE_CLIENT_SECRET: "" },
    { MAIL_FROM: "" },
    { MAIL_FROM: "nobody" },
    { MAIL_API_KEY: "", AUTH_MAGIC_LINK: "1" },
    { MINIMUM_AGE: "old" },
    { TRUSTED_ORIGINS: "https://good.example,ftp://bad.example" },
  ]) {
    await stack.reload(vars);
    assert.equal((await new Client(stack).get("/api/health")).status, 503, JSON.stringify(vars));
  }
  await stack.reload();
  assert.equal((await new Client(stack).get("/api/health")).status, 200);
});

test("a mail survives a vendor that is down, and comes once however often it is sent", async () => {
  const person = await new Client(stack).signUp();
  await control("mail/outage", { mode: "down" });
  const asked = await person.post("/api/auth/request-password-reset", { email: person.email, redirectTo: "/reset-password" });
  assert.equal(asked.status, 200);
  const outbox = () => ask(stack, `SELECT "id", "tries" FROM mail_outbox WHERE "userId" = '${person.user.id}'`);
  assert.equal((await outbox()).length, 1);
  assert.ok(!(await messages()).some(({ to }) => to.includes(person.email)));
  await control("mail/outage", { mode: "lost-answer" });
  const due = () => ask(stack, `UPDATE mail_outbox SET "nextAt" = 0 WHERE "userId" = '${person.user.id}'`);
  await due();
  await stack.runCron();
  assert.equal((await outbox()).length, 1, "nobody knows that it was taken");
  await control("mail/outage", { mode: "up" });
  await due();
  await stack.runCron();
  assert.deepEqual(await outbox(), []);
  assert.equal((await messages()).filter(({ to }) => to.includes(person.email)).length, 1);
  assert.match(link(await mailTo(person.email)), /\/api\/auth\/reset-password\/[a-zA-Z0-9]{24}\?callbackURL=%2Freset-password$/);
});

test("mail is text and HTML in the reader's language, and fetches nothing", async () => {
  const person = await new Client(stack).signUp();
  await person.post("/api/auth/request-password-reset", { email: person.email, redirectTo: "/" }, { headers: { "accept-language": "fr-CA,fr;q=0.9,en;q=0.5" } });
  const mail = await mailTo(person.email);
  assert.match(mail.subject, /mot de passe/i);
  assert.match(mail.html, /lang="fr"/);
  assert.doesNotMatch(mail.html, /<(img|script|link|iframe|video)\b|url\(|@import/i);
  const addresses = [...mail.html.matchAll(/https?:\/\/[^"'<>\s]+/g)].map(([url]) => url.replaceAll("&amp;", "&"));
  assert.ok(addresses.length > 0 && addresses.every((url) => url.startsWith(stack.url)));
  assert.equal((await fetch(link(mail), { redirect: "manual" })).status, 302);
});

test("a picture of Google's is copied, and goes with the profile or the account", async () => {
  const person = new Client(stack);
  const back = await fromGoogle(person, "ada@gmail.com", { additionalData: { ageConfirmed: true } });
  assert.equal(back.headers.get("location"), "/new");
  const { avatarUrl, ageConfirmedAt, hasPassword } = (await person.get("/api/account")).body;
  assert.ok(avatarUrl.startsWith("/media/avatars/") && ageConfirmedAt && !hasPassword);
  const shown = await until(async () => (await person.get(avatarUrl)).status === 200, "the copy");
  assert.ok(shown);
  assert.deepEqual((await person.post("/api/auth/update-user", { image: null })).body, { status: true });
  assert.equal((await person.get("/api/account")).body.avatarUrl, null);
  await stack.runCron();
  assert.equal((await person.get(avatarUrl)).status, 404);
});

test("no account is made by a way in that did not ask for the age", async () => {
  const google = new Client(stack);
  const back = await fromGoogle(google, "mary@studio.example", { additionalData: { existingOnly: true } });
  assert.equal(back.headers.get("location"), "/wrong?error=signup_disabled");
  assert.deepEqual(await ask(stack, `SELECT 1 FROM "user" WHERE "email" = 'mary@studio.example'`), []);
  const email = `nobody.${Date.now()}@example.com`;
  await google.post("/api/auth/sign-in/magic-link", { email, callbackURL: "/", errorCallbackURL: "/wrong", metadata: { existingOnly: true } });
  const opened = await new Client(stack).get(link(await mailTo(email)).replace(stack.url, ""));
  assert.equal(opened.headers.get("location"), `${stack.url}/wrong?error=new_user_signup_disabled`);
  const again = await new Client(stack).get(link(await mailTo(email)).replace(stack.url, ""));
  assert.equal(again.headers.get("location"), `${stack.url}/wrong?error=INVALID_TOKEN`, "a link works once, whatever it came to");
  const sure = `sure.${Date.now()}@example.com`;
  await google.post("/api/auth/sign-in/magic-link", { email: sure, callbackURL: "/", metadata: { ageConfirmed: true } });
  const person = new Client(stack);
  await person.get(link(await mailTo(sure)).replace(stack.url, ""));
  assert.ok((await person.get("/api/account")).body.ageConfirmedAt);
});

test("the age is asked of accounts made elsewhere, once", async () => {
  const person = await new Client(stack).signUp();
  assert.equal((await person.get("/api/account")).body.ageConfirmedAt, null);
  for (const json of [{}, { confirmed: false }, { confirmed: "true" }]) assert.equal((await person.post("/api/account/age", json)).status, 400);
  assert.equal((await person.post("/api/account/age", { confirmed: true })).status, 204);
  const { ageConfirmedAt } = (await person.get("/api/account")).body;
  assert.equal((await person.post("/api/account/age", { confirmed: true })).status, 204);
  assert.equal((await person.get("/api/account")).body.ageConfirmedAt, ageConfirmedAt);
  await stack.reload({ MINIMUM_AGE: "18" });
  assert.equal((await person.get("/api/account")).body.ageConfirmedAt, null, "sixteen is not eighteen");
  await stack.reload();
});

test("whoever comes with a session of better-auth's own is made welcome, once", async () => {
  const person = await new Client(stack).signUp();
  const credits = await person.credits();
  for (const sql of ["PRAGMA foreign_keys = OFF", `DELETE FROM ledger_account WHERE 0`]) await ask(stack, sql);
  const [id, token] = ["elsewhere".padEnd(32, "x"), "t".repeat(32)];
  const now = new Date().toISOString();
  await ask(stack, `INSERT INTO "user" VALUES ('${id}', 'Else', 'else.${Date.now()}@example.com', 1, NULL, '${now}', '${now}')`);
  await ask(stack, `INSERT INTO session VALUES ('s${id.slice(1)}', '${new Date(Date.now() + 86_400_000).toISOString()}', '${token}', '${now}', '${now}', '', '', '${id}')`);
  const { createHmac } = await import("node:crypto");
  const guest = new Client(stack);
  guest.jar.set("better-auth.session_token", encodeURIComponent(`${token}.${createHmac("sha256", stack.secrets.BETTER_AUTH_SECRET).update(token).digest("base64")}`));
  const lists = await Promise.all(Array.from({ length: 10 }, () => guest.get("/api/generations")));
  assert.deepEqual(lists.map(({ body }) => balance(body.credits)), Array(10).fill(credits));
  const grants = await ask(stack, `SELECT count(*) AS "n" FROM ledger_entry WHERE "userId" = '${id}'`);
  assert.deepEqual(grants, [{ n: 1 }]);
});

test("another's session is not mine to end, and mine is shown with its place", async () => {
  const [ada, eve] = [await new Client(stack).signUp(), await new Client(stack).signUp()];
  await ada.post("/api/auth/sign-in/email", { email: ada.email, password: ada.password }, { headers: { "cf-ipcountry": "CA", "cf-ipcity": "Montreal", "cf-connecting-ip": "203.0.113.9" } });
  const { sessions } = (await ada.get("/api/account/sessions")).body;
  assert.deepEqual([sessions.length, sessions.filter(({ current }) => current).length], [2, 1]);
  const placed = sessions.find(({ current }) => current);
  assert.deepEqual([placed.country, placed.city, placed.ipAddress], ["CA", "Montreal", "203.0.113.9"]);
  assert.ok(sessions.every((session) => !("token" in session)));
  assert.equal((await eve.delete(`/api/account/sessions/${placed.id}`)).status, 404);
  assert.equal((await ada.delete(`/api/account/sessions/${sessions.find(({ current }) => !current).id}`)).status, 204);
  assert.equal((await ada.get("/api/account/sessions")).body.sessions.length, 1);
  assert.equal((await new Client(stack).get("/api/account/sessions")).status, 401);
});

test("deleting the account takes everything but the ledger with it, also what still runs", async () => {
  const person = await new Client(stack).signUp();
  const { generation } = await person.make("a lake");
  const open = await person.order("a lake, forever");
  assert.equal(open.status, 202);
  assert.equal((await person.post("/api/auth/delete-user", { password: person.password })).status, 200);
  const tables = (await ask(stack, `SELECT m."name", p."name" AS "column" FROM sqlite_master m JOIN pragma_table_info(m."name") p WHERE m."type" = 'table' AND p."name" = 'userId'`)).filter(({ name }) => !/^(ledger|credit|media_removal)/.test(name));
  assert.ok(tables.length >= 8);
  for (const { name } of tables) assert.deepEqual(await ask(stack, `SELECT 1 FROM "${name}" WHERE "userId" = '${person.user.id}'`), [], name);
  assert.deepEqual(await ask(stack, `SELECT 1 FROM "user" WHERE "id" = '${person.user.id}'`), []);
  assert.deepEqual(await ask(stack, `SELECT 1 FROM credit_hold WHERE "userId" = '${person.user.id}' AND "state" = 'open'`), []);
  assert.equal((await person.get(generation.outputs[0].url)).status, 404);
  assert.equal((await person.get("/api/account")).status, 401);
});
