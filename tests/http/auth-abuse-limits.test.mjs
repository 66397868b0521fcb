// Guessing and flooding: limits per address of the network and per path, and a count of wrong passwords that no address escapes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { someAddress } from "./support/auth-browser.mjs";
import { expecting } from "./support/auth-expect.mjs";
import { PASSWORD, atelierOnly, isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses;
before(async () => {
  subject = await startSubject({ rateLimit: true });
  ({ says, refuses } = expecting(subject));
});
after(() => subject?.stop());

const TOO_MANY = { message: "Too many requests. Please try again later." };
const JSON_TYPE = { "content-type": "application/json" };

/** Cheap requests that a limit counts: refused by validation, which comes later. */
const knock = (path, headers = {}, method = "POST") =>
  subject.browser().send(method, `/api/auth${path}`, { body: method === "POST" ? "{}" : undefined, headers: { ...JSON_TYPE, ...headers } });
const from = (address) => ({ "cf-connecting-ip": address });
const limited = (answer, window, what) => {
  says(answer, 429, TOO_MANY, [], what);
  const wait = answer.headers["x-retry-after"];
  assert.ok(/^\d+$/.test(wait) && Number(wait) >= 1 && Number(wait) <= window, `${what}: ${wait}`);
  assert.equal(answer.headers["retry-after"], undefined, what);
};

describe("limits", () => {
  test("per path", async () => {
    const rules = {
      "/sign-in/email": [3, 10],
      "/sign-in/social": [3, 10],
      "/sign-up/email": [3, 10],
      "/change-password": [3, 10],
      "/change-email": [3, 10],
      "/request-password-reset": [3, 60],
      "/send-verification-email": [3, 60],
      "/sign-in/magic-link": [5, 60],
    };
    const address = someAddress();
    for (const [path, [most, window]] of Object.entries(rules)) {
      for (let i = 0; i < most; i++) assert.equal((await knock(path, from(address))).status, 400, `${path} ${i}`);
      limited(await knock(path, from(address)), window, path);
      assert.equal((await knock(path, from(someAddress()))).status, 400, `${path} from elsewhere`);
    }
    for (let i = 0; i < 5; i++) assert.equal((await knock("/magic-link/verify?token=x", from(address), "GET")).status, 302);
    limited(await knock("/magic-link/verify?token=x", from(address), "GET"), 60, "magic link");
    assert.equal((await knock("/get-session", from(address), "GET")).status, 200, "other paths are counted by themselves");
  });

  test("100 in 10 seconds for the others", async () => {
    const address = someAddress();
    const answers = await Promise.all(Array.from({ length: 100 }, () => knock("/ok", from(address), "GET")));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    limited(await knock("/ok", from(address), "GET"), 10, "/ok");
  });

  test("everything counts, whatever becomes of it, before anything is looked at", async () => {
    const wrong = [
      { body: '{"email":', headers: JSON_TYPE },
      { body: "x", headers: { "content-type": "text/plain" } },
      { body: "{}", headers: { ...JSON_TYPE, cookie: "a=b", origin: "https://evil.example" } },
    ];
    const browser = subject.browser();
    const statuses = [];
    for (const options of wrong) statuses.push((await browser.send("POST", "/api/auth/sign-in/email", options)).status);
    assert.deepEqual(statuses, [400, 415, 403]);
    for (const options of wrong) limited(await browser.send("POST", "/api/auth/sign-in/email", options), 10, "the fourth");
    const lost = subject.browser();
    for (let i = 0; i < 3; i++) assert.equal((await lost.get("/sign-in/nope")).status, 404);
    limited(await lost.get("/sign-in/nope"), 10, "a path that is not there");
  });

  test("GHSA-p6v2-xcpg-h6xw, CVE-2026-45364: one network, one counter, however it is written", async () => {
    const networks = [
      ["2001:db8:1:2::1", "2001:0DB8:0001:0002:FFFF:0:0:5", "2001:db8:1:2:3:4:5:6", "2001:DB8:1:2:aaaa::"],
      // better-auth knows a mapped address in hexadecimal only if it is in lower case.
      ["192.0.2.77", "::ffff:192.0.2.77", isAtelier ? "::FFFF:C000:024D" : "::ffff:c000:024d", "0:0:0:0:0:ffff:192.0.2.77"],
      ["2001:db8::1", "2001:db8:0:0::2", "2001:db8:0:0:1::", "2001:0db8::ffff"],
    ];
    for (const forms of networks) {
      for (const form of forms.slice(0, 3)) assert.equal((await knock("/sign-in/email", from(form))).status, 400, form);
      for (const form of forms) limited(await knock("/sign-in/email", from(form)), 10, form);
    }
    for (const other of ["2001:db8:1:3::1", "192.0.2.78", "2001:db8:0:1::1"]) assert.equal((await knock("/sign-in/email", from(other))).status, 400, other);
  });

  test("GHSA-p6v2-xcpg-h6xw: a thousand tries from one /64", async () => {
    const tries = Array.from({ length: 1000 }, (_, i) => `2001:db8:77:88:${i.toString(16)}:${(i * 7919).toString(16).slice(-4)}::${(i % 15) + 1}`);
    let through = 0;
    for (let i = 0; i < tries.length; i += 50) {
      const answers = await Promise.all(tries.slice(i, i + 50).map((address) => knock("/sign-up/email", from(address))));
      through += answers.filter(({ status }) => status !== 429).length;
    }
    assert.ok(through >= 3 && through <= 6, `${through} came through`);
  });

  test("Hono CVE-2026-27700: nobody chooses an address for himself", async () => {
    const address = someAddress();
    const lies = [
      "x-forwarded-for",
      "x-real-ip",
      "true-client-ip",
      "forwarded",
      "x-client-ip",
      "cf-connecting-ipv6",
      "cf-pseudo-ipv4",
      "fastly-client-ip",
      "x-cluster-client-ip",
      "x-originating-ip",
    ];
    const lie = (i) => Object.fromEntries(lies.map((name) => [name, name === "forwarded" ? `for=203.0.113.${i}` : `203.0.113.${i}`]));
    for (let i = 0; i < 3; i++) assert.equal((await knock("/sign-in/email", { ...from(address), ...lie(i) })).status, 400);
    for (let i = 3; i < 6; i++) limited(await knock("/sign-in/email", { ...from(address), ...lie(i) }), 10, "spoofed");
  });

  test("no address, or none that is one: all of them share a counter", async () => {
    const none = [
      undefined,
      "garbage",
      "203.0.113.5, 203.0.113.6",
      "203.0.113.7:80",
      "[::1]",
      "fe80::1%eth0",
      "1.2.3",
      "1.2.3.4.5",
      "0x7f.1",
      "999.1.1.1",
      ":::1",
      "2001:db8::1::2",
    ];
    const path = "/sign-in/unaddressed";
    for (let i = 0; i < 3; i++) assert.equal((await knock(path, from(none[i]))).status, 404, String(none[i]));
    for (const form of none) limited(await knock(path, from(form)), 10, String(form));
  });

  test("GHSA-x732-6j76-qmhm: another spelling of a path is not another way in", async () => {
    const person = await subject.resident();
    const browser = subject.browser();
    const body = JSON.stringify({ email: person.email, password: PASSWORD });
    const go = (path) => browser.send("POST", path, { body, headers: JSON_TYPE });
    for (let i = 0; i < 3; i++) await knock("/sign-in/email", from(browser.headers["cf-connecting-ip"]));
    limited(await go("/api/auth/sign-in/email"), 10, "the path itself");
    const aliases = [
      "//api/auth/sign-in/email",
      "/api//auth/sign-in/email",
      "/api/auth//sign-in/email",
      "/api/auth/sign-in//email",
      "/api/auth/sign-in/email/",
      "/api/auth/sign-in/email//",
      "/API/auth/sign-in/email",
      "/api/auth/Sign-In/email",
      "/api/auth/sign-in/EMAIL",
      "/api/auth/sign%2Din/email",
      "/api/auth/sign-in%2Femail",
      "/api/auth/sign-in/email;x",
      "/api/auth/sign-in/email%20",
      "/api/auth/sign-in/email%00",
      "/api/auth/sign-in/email.",
      "/api/auth/./sign-in/./email",
      "/api/auth/x/../sign-in/email",
      "/api/auth/sign-in\\email",
      "/api/auth/sign-in/email?x=1",
      "/api/auth/sign-in/email?",
    ];
    for (const path of aliases) {
      const answer = await go(path);
      assert.ok([404, 405, 429].includes(answer.status), `${path}: ${answer.status} ${answer.text}`);
      assert.deepEqual(answer.cookies, [], path);
    }
  });

  test("a session does not lift a limit, and a limit does not touch other people", async () => {
    const person = await subject.resident();
    for (let i = 0; i < 3; i++) await person.post("/change-password", {});
    limited(await person.post("/change-password", { currentPassword: PASSWORD, newPassword: "next password" }), 10, "change-password");
    assert.equal((await person.get("/get-session")).status, 200);
    const other = await subject.resident();
    assert.equal((await other.post("/change-password", { currentPassword: PASSWORD, newPassword: "next password" })).status, 200);
  });
});

describe("without limits", () => {
  before(() => subject.configure({ rateLimit: false }));
  test("nothing is counted", async () => {
    const address = someAddress();
    for (let i = 0; i < 8; i++) assert.equal((await knock("/sign-in/email", from(address))).status, 400);
  });
});

describe("wrong passwords", atelierOnly, () => {
  before(() => subject.configure({ rateLimit: false }));
  const attempt = (email, password = "wrong password") => subject.browser().post("/sign-in/email", { email, password });
  const locked = (answer, minutes, what) => {
    says(answer, 429, TOO_MANY, [], what);
    const wait = Number(answer.headers["x-retry-after"]);
    assert.ok(wait > minutes * 60 - 60 && wait <= minutes * 60, `${what}: ${wait} s`);
  };

  test("ten in a row from anywhere, for an address that is known and one that is not: the same", async () => {
    const person = await subject.resident();
    const spellings = [person.email, person.email.toUpperCase()];
    const stories = await Promise.all(
      [(i) => spellings[i % 2], () => "nobody.at.all@example.com"].map(async (email) => {
        const story = [];
        for (let i = 0; i < 12; i++) {
          const answer = await attempt(email(i));
          story.push([
            answer.status,
            answer.text,
            Object.keys(answer.headers)
              .filter((name) => name !== "content-length")
              .sort()
              .join(),
          ]);
        }
        return story;
      }),
    );
    assert.deepEqual(stories[0], stories[1]);
    assert.deepEqual(
      stories[0].map(([status]) => status),
      [...Array(10).fill(401), 429, 429],
    );
    locked(await attempt(person.email, PASSWORD), 15, "the right password, too late");
    assert.notEqual((await person.get("/get-session")).body, null, "who is in stays in");
    const other = await subject.resident();
    assert.equal((await attempt(other.email, PASSWORD)).status, 200, "nobody else is locked out");
  });

  test("the right one begins the count anew", async () => {
    const { email } = await subject.resident();
    for (let i = 0; i < 9; i++) refuses(await attempt(email), "INVALID_EMAIL_OR_PASSWORD");
    assert.equal((await attempt(email, PASSWORD)).status, 200);
    for (let i = 0; i < 2; i++) refuses(await attempt(email), "INVALID_EMAIL_OR_PASSWORD");
  });

  test("a lock ends, and the next is twice as long", async () => {
    const { email } = await subject.resident();
    const afterTheLock = () => subject.rows(`UPDATE password_tries SET "until" = 1 WHERE "until" > 0`);
    for (const minutes of [15, 30]) {
      for (let i = 0; i < 10; i++) refuses(await attempt(email), "INVALID_EMAIL_OR_PASSWORD");
      locked(await attempt(email, PASSWORD), minutes, `${minutes} minutes`);
      await afterTheLock();
    }
    assert.equal((await attempt(email, PASSWORD)).status, 200);
  });

  test("all at once, no more than fifty are looked at: they are counted before", async () => {
    const { email } = await subject.resident();
    const answers = await Promise.all(Array.from({ length: 55 }, () => attempt(email)));
    const count = (status) => answers.filter((answer) => answer.status === status).length;
    assert.ok(count(401) <= 50 && count(401) + count(429) === 55, answers.map(({ status }) => status).join());
    locked(await attempt(email, PASSWORD), 15, "the right password, too late");
  });

  test("guessing with a session at hand is counted too", async () => {
    const paths = {
      "/verify-password": { password: "wrong password" },
      "/change-password": { currentPassword: "wrong password", newPassword: "next password" },
      "/delete-user": { password: "wrong password" },
    };
    for (const [path, json] of Object.entries(paths)) {
      const person = await subject.resident();
      const statuses = [];
      for (let i = 0; i < 12; i++) statuses.push((await person.post(path, json)).status);
      assert.deepEqual(statuses, [...Array(10).fill(400), 429, 429], path);
    }
  });
});

test("better-auth counts no wrong passwords", { skip: isAtelier }, async () => {
  const { email } = await subject.resident();
  for (let i = 0; i < 11; i++) refuses(await subject.browser().post("/sign-in/email", { email, password: "wrong password" }), "INVALID_EMAIL_OR_PASSWORD");
});
