// Sessions: reading, extending and ending them, the profile, and the cookie cache; in the http and the https configuration.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inDays, inSeconds, randomId, readSessionData, sessionData, signed } from "./support/auth-codec.mjs";
import { CLEARED, SESSION_KEYS, USER_KEYS, expecting } from "./support/auth-expect.mjs";
import { isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses, cookiesOf;
before(async () => {
  subject = await startSubject();
  ({ says, refuses, cookiesOf } = expecting(subject));
});
after(() => subject?.stop());

const SESSION = ["session_token for 604800 s"];
const CACHED = [...SESSION, "session_data for 300 s"];
const sessionsOf = async ({ id }) => (await subject.rows(`SELECT "token" FROM session WHERE "userId" = ?`, id)).map(({ token }) => token);
const set = (column, value, token) => subject.rows(`UPDATE session SET "${column}" = ? WHERE "token" = ?`, value, token);

for (const https of [false, true]) {
  describe(https ? "https" : "http", () => {
    before(() => subject.configure({ https }));

    test("get-session", async () => {
      const person = await subject.resident();
      const answer = await person.get("/get-session");
      assert.deepEqual(
        [answer.status, answer.cookies, Object.keys(answer.body), Object.keys(answer.body.session), Object.keys(answer.body.user)],
        [200, [], ["session", "user"], SESSION_KEYS, USER_KEYS],
      );
      assert.deepEqual([answer.headers["cache-control"], answer.headers.pragma], ["no-store", "no-cache"]);
      const nobody = await subject.browser().get("/get-session");
      says(nobody, 200, "null");
      assert.deepEqual([nobody.headers["cache-control"], nobody.headers.pragma], ["no-store", "no-cache"]);
      const posted = await person.post("/get-session", {});
      refuses(posted, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED");
      assert.equal(posted.headers["cache-control"], "no-store");
      // A body is not even looked at.
      refuses(
        await person.send("POST", "/api/auth/get-session", { body: "junk", headers: { "content-type": "text/plain" } }),
        "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
      );
    });

    test("how the cookie is read", async () => {
      const { token, id } = await subject.resident();
      const name = `${subject.prefix}session_token`;
      const value = signed(token, subject.secret);
      const bare = decodeURIComponent(value);
      const other = signed((await subject.resident()).token, subject.secret);
      const who = async (cookie) => (await subject.browser().get("/get-session", { headers: { cookie } })).body?.user.id;
      for (const cookie of [
        `${name}=${value}`,
        `${name}="${value}"`,
        `${name}=${bare}`,
        `a=b; ${name}=${value};c=d`,
        `a=b;${name}=${value}`,
        `${name} = ${value}`,
        `${name}=${value}; ${name}=${other}`,
      ]) {
        assert.equal(await who(cookie), id, cookie);
      }
      const flipped = bare.slice(0, 40) + (bare[40] === "A" ? "B" : "A") + bare.slice(41);
      const wrong = [
        ...[
          token,
          `${token}.`,
          `.${bare.split(".")[1]}`,
          flipped,
          bare.slice(0, -1),
          `${bare}=`,
          `${bare.slice(0, -1)}A`,
          `x${bare}`,
          `${encodeURIComponent(value)}`,
        ],
        ...[signed(token, "another secret of thirty-two letters"), "%", "%E0%A4%A", `%zz${bare}`, "", "null", `${token}.${"A".repeat(43)}=`],
      ];
      for (const cookie of wrong) {
        const answer = await subject.browser().get("/get-session", { headers: { cookie: `${name}=${cookie}` } });
        assert.deepEqual([cookie, answer.status, answer.body, answer.cookies], [cookie, 200, null, []]);
      }
      assert.equal(await who(`${name}=garbage; ${name}=${value}`), undefined, "only the first of a name counts");
      assert.equal(await who(`${name.toUpperCase()}=${value}`), undefined);
      const strange = https ? "better-auth.session_token" : "__Secure-better-auth.session_token";
      assert.equal(await who(`${strange}=${value}`), undefined, "the prefix of the other configuration");
      assert.equal(await who(`__Host-better-auth.session_token=${value}`), undefined);
    });

    test("a session is extended once a day", async () => {
      const person = await subject.resident();
      for (const [days, extends_] of [
        [6.001, false],
        [5.999, true],
      ]) {
        await set("expiresAt", inDays(days), person.token);
        const answer = await person.get("/get-session");
        assert.deepEqual([days, cookiesOf(answer)], [days, extends_ ? SESSION : []]);
        const left = Date.parse(answer.body.session.expiresAt) - Date.now();
        assert.ok(Math.abs(left - (extends_ ? 7 : days) * 86_400_000) < 5000, `${days}: ${left}`);
      }
      const [row] = await subject.rows(`SELECT * FROM session WHERE "token" = ?`, person.token);
      assert.ok(row.updatedAt > row.createdAt);
      const stays = async (path, headers) => {
        await set("expiresAt", inDays(3), person.token);
        const { cookie } = person;
        const answer = await subject.browser().get(path, { headers: { cookie: headers ? `${cookie}; ${headers}` : cookie } });
        return answer.cookies.length === 0 && answer.body.session.expiresAt < inDays(4);
      };
      assert.ok(await stays("/get-session?disableRefresh=true"));
      assert.ok(await stays("/get-session?disableRefresh=false"), "any text is true");
      assert.ok(!(await stays("/get-session?disableRefresh=")), "no text is false");
      assert.ok(await stays("/get-session", `${subject.prefix}dont_remember=${signed("true", subject.secret)}`));
      assert.ok(!(await stays("/get-session", `${subject.prefix}dont_remember=true`)), "not signed");
    });

    test("a guard extends it as well", async () => {
      const person = await subject.resident();
      await set("expiresAt", inDays(3), person.token);
      const answer = await person.get("/list-accounts");
      assert.deepEqual(cookiesOf(answer), SESSION);
      assert.ok((await subject.rows(`SELECT "expiresAt" FROM session WHERE "token" = ?`, person.token))[0].expiresAt > inDays(6.9));
    });

    test("a session that is over", async () => {
      const expired = await subject.resident();
      await set("expiresAt", inSeconds(-1), expired.token);
      says(await expired.get("/get-session"), 200, "null", CLEARED);
      assert.deepEqual(await sessionsOf(expired), [], "its row goes");
      const gone = subject.withSession(randomId());
      says(await gone.get("/get-session"), 200, "null", CLEARED);
      refuses(await subject.withSession(randomId()).get("/list-sessions"), "UNAUTHORIZED", { cookies: CLEARED });
      refuses(await subject.withSession(randomId()).post("/update-user", { name: "x" }), "UNAUTHORIZED", { cookies: CLEARED });
      refuses(await subject.withSession(randomId()).post("/revoke-sessions"), "UNAUTHORIZED", { cookies: CLEARED });
      const orphan = await subject.resident();
      await subject.rows(`DELETE FROM "user" WHERE "id" = ?`, orphan.id);
      says(await orphan.get("/get-session"), 200, "null", CLEARED);
    });

    test("list-sessions", async () => {
      const person = await subject.resident();
      const second = await subject.addSession(person.id);
      await subject.addSession(person.id, { days: -0.001 });
      await subject.resident();
      const { body } = await person.get("/list-sessions");
      assert.deepEqual(body.map(({ token }) => token).sort(), [person.token, second].sort());
      for (const session of body) assert.deepEqual([Object.keys(session), session.userId], [SESSION_KEYS, person.id]);
      await set("createdAt", inDays(-1.0001), person.token);
      refuses(await person.get("/list-sessions"), "SESSION_NOT_FRESH");
      refuses(await person.post("/unlink-account", { accountId: "x" }), "SESSION_NOT_FRESH");
      assert.equal((await person.get("/list-accounts")).status, 200);
      await set("createdAt", inDays(-0.9999), person.token);
      assert.equal((await person.get("/list-sessions")).status, 200);
    });

    test("revoke-session", async () => {
      const [person, stranger] = [await subject.resident(), await subject.resident()];
      const second = await subject.addSession(person.id);
      for (const token of [second, "unknown", "", stranger.token]) says(await person.post("/revoke-session", { token }), 200, { status: true }, [], token);
      assert.deepEqual([await sessionsOf(person), await sessionsOf(stranger)], [[person.token], [stranger.token]]);
      says(await person.post("/revoke-session", { token: person.token }), 200, { status: true }, CLEARED);
      assert.deepEqual(await sessionsOf(person), []);
    });

    test("revoke-sessions and revoke-other-sessions", async () => {
      const [person, stranger] = [await subject.resident(), await subject.resident()];
      await subject.addSession(person.id);
      says(await person.post("/revoke-other-sessions", {}), 200, { status: true });
      assert.deepEqual(await sessionsOf(person), [person.token]);
      await subject.addSession(person.id);
      says(await person.post("/revoke-sessions"), 200, { status: true }, CLEARED);
      assert.deepEqual([await sessionsOf(person), await sessionsOf(stranger)], [[], [stranger.token]]);
    });

    test("update-user", async () => {
      const person = await subject.resident();
      const row = async () => (await subject.rows(`SELECT * FROM "user" WHERE "id" = ?`, person.id))[0];
      const before = await row();
      says(await person.post("/update-user", { name: "Ada King", image: "https://img.example/k.png" }), 200, { status: true }, SESSION);
      const after = await row();
      assert.deepEqual([after.name, after.image, after.email, after.createdAt], ["Ada King", "https://img.example/k.png", before.email, before.createdAt]);
      assert.ok(after.updatedAt > before.updatedAt);
      says(
        await person.post("/update-user", { image: null, unknown: 1, emailVerified: true, id: "x", createdAt: "2001-01-01T00:00:00.000Z" }),
        200,
        { status: true },
        SESSION,
      );
      assert.deepEqual([(await row()).image, (await row()).name, (await row()).emailVerified, (await row()).id], [null, "Ada King", 0, person.id]);
      says(await person.post("/update-user", { name: "" }), 200, { status: true }, SESSION);
      for (const nothing of [{}, { unknown: 1 }, { email: "" }, { email: null }])
        says(await person.post("/update-user", nothing), 400, { message: "No fields to update" }, [], JSON.stringify(nothing));
      for (const email of ["x@example.com", 1, {}]) refuses(await person.post("/update-user", { email, name: "x" }), "EMAIL_CAN_NOT_BE_UPDATED");
      assert.equal((await row()).name, "");
    });

    test("update-user keeps a session that is not to be remembered as it is", async () => {
      const person = await subject.resident();
      person.jar.set(`${subject.prefix}dont_remember`, signed("true", subject.secret));
      assert.deepEqual(cookiesOf(await person.post("/update-user", { name: "x" })), [
        "session_token until the browser closes",
        "dont_remember until the browser closes",
      ]);
    });

    test("update-session", async () => {
      const person = await subject.resident();
      for (const json of [{}, { expiresAt: inDays(100) }, { userId: "x", token: "y" }])
        says(await person.post("/update-session", json), 400, { message: "No fields to update" });
      assert.deepEqual(await sessionsOf(person), [person.token]);
    });
  });
}

describe("the cookie cache", () => {
  before(() => subject.configure({ cookieCache: true }));

  /** Reads the session, and says whether it came from the cookie: the row behind it says something else. */
  const readsCache = async (browser) => {
    const answer = await browser.get("/get-session");
    return { answer, cached: answer.body?.user?.name === "In the cookie" };
  };
  const withCache = async (options = {}) => {
    const person = await subject.resident();
    const { body } = await person.get("/get-session?disableCookieCache=1");
    const { session, user } = body;
    const forge = (more = {}) => sessionData(more.session ?? session, { ...user, name: "In the cookie" }, more.secret ?? subject.secret, more);
    person.jar.set(`${subject.prefix}session_data`, forge(options));
    return Object.assign(person, { forge, session, user });
  };

  test("it is written where a session is read or set", async () => {
    const person = await subject.resident();
    const answer = await person.get("/get-session");
    assert.deepEqual(cookiesOf(answer), ["session_data for 300 s"]);
    const { session, user, version, updatedAt, expiresAt } = readSessionData(person.jar.get("better-auth.session_data"), subject.secret);
    assert.deepEqual([session, user, version, expiresAt - updatedAt], [answer.body.session, answer.body.user, "1", 300_000]);
    assert.deepEqual([Object.keys(session), Object.keys(user)], [SESSION_KEYS, USER_KEYS]);
    assert.deepEqual(cookiesOf(await person.post("/update-user", { name: 'Ünï <&>\u2028"\\' })), CACHED);
    assert.equal(readSessionData(person.jar.get("better-auth.session_data"), subject.secret).user.name, 'Ünï <&>\u2028"\\');
    const brief = await subject.browser().post("/sign-in/email", { email: person.email, password: person.password, rememberMe: false });
    assert.deepEqual(cookiesOf(brief), [
      "session_token until the browser closes",
      "dont_remember until the browser closes",
      "session_data until the browser closes",
    ]);
  });

  test("it answers get-session, with other keys first", async () => {
    const person = await withCache();
    const { answer, cached } = await readsCache(person);
    assert.deepEqual([cached, answer.cookies], [true, []]);
    assert.deepEqual(Object.keys(answer.body.session), ["id", "createdAt", "updatedAt", "userId", "expiresAt", "token", "ipAddress", "userAgent"]);
    assert.deepEqual(Object.keys(answer.body.user), ["id", "createdAt", "updatedAt", "email", "emailVerified", "name", "image"]);
    await subject.rows(`DELETE FROM session WHERE "userId" = ?`, person.id);
    assert.equal((await readsCache(person)).cached, true, "for as long as it lives");
    assert.equal((await person.get("/get-session?disableCookieCache=false")).body, null, "any text is true");
  });

  test("what it is not believed", async () => {
    const person = await withCache();
    const stale = { ...person.session, expiresAt: inSeconds(-5) };
    const foreign = { ...person.session, token: randomId() };
    const bad = { signature: "A".repeat(43) };
    const forgeries = [
      { secret: "another secret of thirty-two letters" },
      { expiresAt: Date.now() - 1 },
      { session: stale },
      { session: foreign },
      { version: "2" },
      { over: bad },
      { over: { expiresAt: Date.now() + 9e9 } },
      { over: { signature: undefined } },
      { over: { session: null } },
    ];
    for (const forgery of forgeries) {
      person.jar.set("better-auth.session_data", person.forge(forgery));
      const { answer, cached } = await readsCache(person);
      assert.equal(cached, false, JSON.stringify(forgery));
      assert.equal(answer.body.user.name, "Ada Lovelace");
      assert.equal(cookiesOf(answer).at(-1), "session_data for 300 s", "it is written anew");
    }
    // A lone percent sign makes better-auth answer 500.
    for (const junk of ["", "x", ...(isAtelier ? ["%"] : []), "e30", "bnVsbA", "W10", Buffer.from('{"session":').toString("base64url"), "A".repeat(3000)]) {
      person.jar.set("better-auth.session_data", junk);
      const { answer, cached } = await readsCache(person);
      assert.deepEqual([junk, answer.status, cached], [junk, 200, false]);
    }
  });

  test("without the session cookie it is worth nothing", async () => {
    const person = await withCache();
    const alone = subject.browser();
    alone.jar.set("better-auth.session_data", person.forge());
    says(await alone.get("/get-session"), 200, "null");
    refuses(await alone.get("/list-accounts"), "UNAUTHORIZED");
    alone.jar.set("better-auth.session_token", `${person.token}.forged`);
    says(await alone.get("/get-session"), 200, "null");
  });

  test("who asks for much is asked for the row", async () => {
    const person = await withCache();
    await subject.rows(`DELETE FROM session WHERE "userId" = ?`, person.id);
    // better-auth's ordinary guard takes the cookie's word; ours always asks.
    assert.equal((await subject.browser().get("/list-accounts", { headers: { cookie: person.cookie } })).status, isAtelier ? 401 : 200);
    const sensitive = {
      "/revoke-session": { token: "x" },
      "/revoke-sessions": {},
      "/revoke-other-sessions": {},
      "/change-email": { newEmail: subject.email() },
      "/verify-password": { password: "x" },
      "/change-password": { newPassword: "12345678", currentPassword: "x" },
      "/delete-user": {},
      "/link-social": { provider: "google" },
    };
    for (const [path, json] of Object.entries(sensitive)) {
      const { cookie } = person;
      const answer = await subject.browser().post(path, json, { headers: { cookie } });
      assert.deepEqual([path, answer.status, answer.body.code], [path, 401, "UNAUTHORIZED"]);
      assert.deepEqual(cookiesOf(answer), ["session_token cleared", "session_data cleared", "session_data cleared", "dont_remember cleared"], path);
    }
  });

  test("signing out clears it, chunks too", async () => {
    const person = await withCache();
    for (const chunk of ["session_data.0", "session_data.1"]) person.jar.set(`better-auth.${chunk}`, "x");
    const cleared = cookiesOf(await person.post("/sign-out"));
    assert.deepEqual(cleared.sort(), [
      "dont_remember cleared",
      "session_data cleared",
      "session_data cleared",
      "session_data.0 cleared",
      "session_data.1 cleared",
      "session_token cleared",
    ]);
  });

  test("a refresh writes both cookies", async () => {
    const person = await subject.resident();
    await set("expiresAt", inDays(3), person.token);
    assert.deepEqual(cookiesOf(await person.get("/get-session")), CACHED);
    await set("expiresAt", inDays(3), person.token);
    person.jar.delete("better-auth.session_data");
    // better-auth loses the first of the two here; both are better, and harmless.
    assert.deepEqual(cookiesOf(await person.get("/list-accounts")), isAtelier ? CACHED : CACHED.slice(1));
  });

  test("switched off, it is cleared", async () => {
    const person = await withCache();
    await subject.under({}, async () => {
      const { answer, cached } = await readsCache(person);
      assert.deepEqual([cached, cookiesOf(answer)], [false, ["session_data cleared"]]);
    });
  });
});
