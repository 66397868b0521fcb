// Tokens: of one kind at the endpoint of another, and of every single-use kind fifty times at once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { jwt, randomId, signed } from "./support/auth-codec.mjs";
import { expecting } from "./support/auth-expect.mjs";
import { PASSWORD, atelierOnly, isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, cookiesOf;
before(async () => {
  subject = await startSubject({ deleteVerification: true });
  ({ cookiesOf } = expecting(subject));
});
after(() => subject?.stop());

const AT_ONCE = 50;
const atOnce = (deed, times = AT_ONCE) => Promise.all(Array.from({ length: times }, (_, i) => deed(i)));
/** Exactly one succeeds. The others are refused; a few may be turned away by a database that a loaded machine keeps busy. */
function onlyOne(answers, succeeds, isRefusal) {
  const told = ({ status, headers, text }) => `${status} ${headers.location ?? ""} ${text}`;
  const [winner, ...others] = answers.filter(succeeds);
  const odd = answers.filter((answer) => !succeeds(answer) && !isRefusal(answer) && answer.status < 500);
  assert.ok(winner, `none of ${JSON.stringify(statuses(answers))}`);
  assert.deepEqual([others.map(told), odd.map(told)], [[], []]);
  assert.ok(answers.filter(({ status }) => status >= 500).length <= answers.length / 4, JSON.stringify(statuses(answers)));
  return winner;
}
const is =
  (wanted) =>
  ({ status }) =>
    status === wanted;
const statuses = (answers) => answers.reduce((count, { status }) => ({ ...count, [status]: (count[status] ?? 0) + 1 }), {});
const tokenIn = (link) => new URL(link).searchParams.get("token");
const stateIn = (url) => new URL(url).searchParams.get("state");

/** One of each kind, all of one person. */
async function everyKind() {
  const person = await subject.resident();
  const proven = await subject.resident({ verified: true });
  const browser = subject.browser();
  await browser.post("/request-password-reset", { email: person.email, redirectTo: "/r" });
  const reset = /reset-password\/(\w+)\?/.exec((await subject.mail(person.email)).link)[1];
  await person.post("/send-verification-email", { email: person.email });
  const verify = tokenIn((await subject.mail(person.email)).link);
  const next = subject.email("next");
  await person.post("/change-email", { newEmail: next });
  const change = tokenIn((await subject.mail(next)).link);
  await proven.post("/change-email", { newEmail: subject.email("next") });
  const confirm = tokenIn((await subject.mail(proven.email)).link);
  await person.post("/delete-user", {});
  const remove = tokenIn((await subject.mail(person.email)).link);
  await browser.post("/sign-in/magic-link", { email: person.email });
  const magic = tokenIn((await subject.mail(person.email)).link);
  const social = await browser.post("/sign-in/social", { provider: "google", additionalData: { type: "magic-link", email: person.email } });
  const linking = await person.post("/link-social", { provider: "google" });
  const someone = subject.google.person({ email: person.email });
  return {
    person,
    browser,
    tokens: {
      reset,
      verify,
      change,
      confirm,
      remove,
      magic,
      state: stateIn(social.body.url),
      "link state": stateIn(linking.body.url),
      session: person.token,
      cookie: decodeURIComponent(signed(person.token, subject.secret)),
      "ID token": subject.google.idToken(someone),
      user: person.id,
      email: person.email,
    },
    url: social.body.url,
  };
}

test("GHSA-965c-763c-88jm, CVE-2026-114607, CVE-2026-110862: every token at every other endpoint", async () => {
  const { person, browser, tokens, url } = await everyKind();
  const everything = () =>
    Promise.all(
      ["user", "session", "account", "verification"].map((table) =>
        subject.rows(`SELECT * FROM "${table}" WHERE "${{ user: "id", verification: "value" }[table] ?? "userId"}" LIKE ?`, `%${person.id}%`),
      ),
    );
  const doors = {
    "POST /reset-password": {
      own: ["reset"],
      open: (token) => browser.post("/reset-password", { token, newPassword: "taken password" }),
      shut: ({ status }) => status === 400,
    },
    "GET /reset-password/:token": {
      own: ["reset"],
      open: (token) => browser.get(`/reset-password/${encodeURIComponent(token)}?callbackURL=/r`),
      shut: ({ status, headers }) => status === 404 || headers.location?.endsWith("?error=INVALID_TOKEN"),
    },
    "GET /verify-email": {
      own: ["verify", "change", "confirm"],
      open: (token) => browser.get(`/verify-email?token=${encodeURIComponent(token)}`),
      shut: ({ status }) => status === 401,
    },
    "GET /magic-link/verify": {
      own: ["magic"],
      open: (token) => browser.get(`/magic-link/verify?token=${encodeURIComponent(token)}`),
      shut: ({ headers }) => headers.location?.endsWith("?error=INVALID_TOKEN"),
    },
    "GET /delete-user/callback": {
      own: ["remove"],
      open: (token) => person.get(`/delete-user/callback?token=${encodeURIComponent(token)}`),
      shut: ({ status }) => status === 404,
    },
    "POST /delete-user": { own: ["remove"], open: (token) => person.post("/delete-user", { token }), shut: ({ status }) => status === 404 },
    "GET /callback/google, as state": {
      own: ["state", "link state"],
      open: (token) =>
        browser.get(`/callback/google?code=x&state=${encodeURIComponent(token)}`, {
          headers: { cookie: `${subject.prefix}state=${signed(token, subject.secret)}` },
        }),
      shut: ({ headers }) => /\/error\?error=state_(mismatch|not_found)$/.test(headers.location),
    },
    "the session cookie": {
      own: ["session", "cookie"],
      open: (token) => subject.browser().get("/get-session", { headers: { cookie: `${subject.prefix}session_token=${signed(token, subject.secret)}` } }),
      shut: ({ body }) => body === null,
    },
    "the session cookie, unsigned": {
      own: ["cookie"],
      open: (token) => subject.browser().get("/get-session", { headers: { cookie: `${subject.prefix}session_token=${encodeURIComponent(token)}` } }),
      shut: ({ body }) => body === null,
    },
    "the ID token": {
      own: ["ID token"],
      open: (token) => browser.post("/sign-in/social", { provider: "google", idToken: { token } }),
      shut: ({ status, body }) => status === 401 && body.code === "INVALID_TOKEN",
    },
  };
  const before = await everything();
  for (const [door, { own, open, shut }] of Object.entries(doors)) {
    for (const [kind, token] of Object.entries(tokens)) {
      if (own.includes(kind)) continue;
      const spellings = [
        token,
        `reset-password:${token}`,
        `auth-state:${token}`,
        `magic-link:${token}`,
        `delete-account-${token}`,
        `${token}\0`,
        ` ${token}`,
        `%${token.slice(1)}`,
        `${token}' OR '1'='1`,
      ];
      for (const spelling of spellings) {
        const answer = await open(spelling);
        assert.ok(shut(answer), `${kind} (${spelling}) at ${door}: ${answer.status} ${answer.headers.location ?? ""} ${answer.text}`);
        assert.ok(!cookiesOf(answer).some((cookie) => cookie.startsWith("session_token for")), `${kind} at ${door}`);
      }
    }
  }
  assert.deepEqual(await everything(), before, "nothing was changed, and no token used up");

  // The positive control: each of them opens its own door.
  assert.equal((await browser.get(`/verify-email?token=${tokens.verify}`)).status, 200);
  const { headers } = await browser.get(`/callback/google?${subject.google.consent(url, subject.google.person())}`);
  assert.ok(!headers.location.includes("error"), headers.location);
  assert.equal((await browser.get(`/magic-link/verify?token=${tokens.magic}`)).status, 200);
  assert.equal((await browser.post("/reset-password", { token: tokens.reset, newPassword: "reset password" })).status, 200);
  assert.equal((await person.post("/delete-user", { token: tokens.remove })).status, 200);
});

test("GHSA-hc7v-rggr-4hvx, GHSA-hc7v-x88r-fmh4: a reset token, fifty times at once", async () => {
  const person = await subject.resident();
  const token = randomId(24);
  await subject.addVerification(`reset-password:${token}`, person.id);
  const answers = await atOnce((i) => subject.browser().post("/reset-password", { token, newPassword: `new password ${i}` }));
  const winner = answers.indexOf(onlyOne(answers, is(200), is(400)));
  const signIn = (password) => subject.browser().post("/sign-in/email", { email: person.email, password });
  assert.deepEqual([(await signIn(`new password ${winner}`)).status, (await signIn(PASSWORD)).status], [200, 401]);
});

test("GHSA-hc7v-rggr-4hvx: a magic link, fifty times at once", async () => {
  const residents = [(await subject.resident({ verified: true })).email, (await subject.resident()).email, subject.email("new")];
  for (const email of residents) {
    const token = randomId();
    await subject.addVerification(`magic-link:${token}`, JSON.stringify({ type: "magic-link", email }));
    const answers = await atOnce(() => subject.browser().get(`/magic-link/verify?token=${token}`));
    onlyOne(answers, is(200), ({ headers }) => headers.location?.endsWith("?error=INVALID_TOKEN"));
    const [{ id }] = await subject.rows(`SELECT "id" FROM "user" WHERE "email" = ?`, email);
    assert.ok((await subject.rows(`SELECT "id" FROM session WHERE "userId" = ?`, id)).length <= 2);
  }
});

test("GHSA-392p-2q2v-4372: a token that deletes an account, fifty times at once", async () => {
  const doors = [
    (browser, token, options) => browser.get(`/delete-user/callback?token=${token}`, options),
    (browser, token, options) => browser.post("/delete-user", { token }, options),
  ];
  for (const open of doors) {
    const person = await subject.resident();
    const token = randomId();
    await subject.addVerification(`delete-account-${token}`, person.id);
    const { cookie } = person;
    const answers = await atOnce(() => open(subject.browser(), token, { headers: { cookie } }));
    onlyOne(answers, is(200), ({ status }) => status === 401 || status === 404);
    assert.deepEqual(await subject.rows(`SELECT "id" FROM "user" WHERE "id" = ?`, person.id), []);
  }
});

test("CVE-2026-53517, GHSA-7w99-5wm4-3g79: an OAuth state and its code, fifty times at once", async () => {
  for (const claims of [subject.google.person(), subject.google.person({ email: (await subject.resident({ verified: true })).email })]) {
    const browser = subject.browser();
    const { body } = await browser.post("/sign-in/social", { provider: "google", callbackURL: "/home", newUserCallbackURL: "/home" });
    const query = subject.google.consent(body.url, claims);
    const { cookie } = browser;
    const before = subject.google.requests.length;
    const answers = await atOnce(() => subject.browser().get(`/callback/google?${query}`, { headers: { cookie } }));
    const arrived = ({ headers }) => headers.location === "/home";
    onlyOne(answers, arrived, ({ headers }) => /error=(state_mismatch|invalid_code)$/.test(headers.location));
    // better-auth lets the code decide; the state alone has to.
    if (isAtelier) assert.equal(subject.google.requests.slice(before).filter(({ path }) => path === "/token").length, 1);
    assert.equal((await subject.rows(`SELECT "id" FROM account WHERE "accountId" = ?`, claims.sub)).length, 1);
    assert.equal((await subject.rows(`SELECT "id" FROM "user" WHERE "email" = ?`, claims.email)).length, 1);
  }
});

test("one new Google account through many states at once: one user, one account", atelierOnly, async () => {
  const person = subject.google.person();
  const answers = await atOnce(async () => {
    const browser = subject.browser();
    const { body } = await browser.post("/sign-in/social", { provider: "google", callbackURL: "/home" });
    return browser.get(`/callback/google?${subject.google.consent(body.url, person)}`);
  }, 12);
  assert.deepEqual(statuses(answers), { 302: 12 });
  const users = await subject.rows(`SELECT "id" FROM "user" WHERE "email" = ?`, person.email);
  const accounts = await subject.rows(`SELECT "userId" FROM account WHERE "providerId" = 'google' AND "accountId" = ?`, person.sub);
  assert.deepEqual([users.length, accounts], [1, [{ userId: users[0].id }]]);
});

test("one Google account linked by two people at once belongs to one", atelierOnly, async () => {
  const sub = subject.google.person().sub;
  const people = await Promise.all(Array.from({ length: 8 }, () => subject.resident()));
  const answers = await Promise.all(
    people.map((person) =>
      person.post("/link-social", { provider: "google", idToken: { token: subject.google.idToken(subject.google.person({ sub, email: person.email })) } }),
    ),
  );
  onlyOne(answers, is(200), ({ status }) => status >= 400);
  assert.equal((await subject.rows(`SELECT "id" FROM account WHERE "accountId" = ?`, sub)).length, 1);
});

test("one address signed up twenty times at once: one user, with one account and one session", async () => {
  const email = subject.email();
  const answers = await atOnce(() => subject.browser().post("/sign-up/email", { name: "Ada", email, password: PASSWORD }), 20);
  onlyOne(answers, is(200), is(422));
  const [{ id }, ...others] = await subject.rows(`SELECT "id" FROM "user" WHERE "email" = ?`, email);
  assert.equal(others.length, 0);
  for (const table of ["account", "session"]) assert.equal((await subject.rows(`SELECT "id" FROM ${table} WHERE "userId" = ?`, id)).length, 1, table);
});

test("one address taken over by two changes at once goes to one", atelierOnly, async () => {
  const next = subject.email("wanted");
  const people = await Promise.all(Array.from({ length: 6 }, () => subject.resident()));
  const open = ({ email, id }) =>
    subject.browser().get(`/verify-email?token=${jwt({ email, updateTo: next, requestType: "change-email-verification", userId: id }, subject.secret)}`);
  const answers = await Promise.all(people.map(open));
  onlyOne(answers, is(200), ({ status }) => status >= 400);
  assert.equal((await subject.rows(`SELECT "id" FROM "user" WHERE "email" = ?`, next)).length, 1);
});

test("a session revoked while it is being used does not come back", async () => {
  const person = await subject.resident();
  await subject.rows(`UPDATE session SET "expiresAt" = ? WHERE "token" = ?`, new Date(Date.now() + 3 * 86_400_000).toISOString(), person.token);
  const { cookie } = person;
  const use = () => subject.browser().get("/get-session", { headers: { cookie } });
  const end = () => subject.browser().post("/revoke-sessions", {}, { headers: { cookie } });
  await Promise.all([...Array.from({ length: 10 }, use), end(), ...Array.from({ length: 10 }, use)]);
  assert.deepEqual(await subject.rows(`SELECT "id" FROM session WHERE "userId" = ?`, person.id), []);
  assert.equal((await use()).body, null);
});
