// Where a redirect may lead: every parameter that names a target, at every endpoint, in every form that has ever led away.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { jwt, randomId } from "./support/auth-codec.mjs";
import { expecting } from "./support/auth-expect.mjs";
import { PASSWORD, atelierOnly, isAtelier, startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses, origin;
before(async () => {
  subject = await startSubject();
  ({ says, refuses } = expecting(subject));
  ({ origin } = subject);
});
after(() => subject?.stop());

/** Lead away, or might in some browser, or are nothing at all. */
const hostile = () => {
  const { host, port } = new URL(origin);
  return [
    ...["https://evil.example", "https://evil.example/x", "http://evil.example:80", "//evil.example", "///evil.example", "////evil.example", "//"],
    ...["/\\evil.example", "\\\\evil.example", "\\/evil.example", "/x\\..\\evil", "https:\\\\evil.example", "http:/\\evil.example"],
    ...[
      "/\t/evil.example",
      "/\n/evil.example",
      "/\r\n/evil.example",
      "\t//evil.example",
      " //evil.example",
      " https://evil.example",
      "/\u0000/evil.example",
      "/x\u007f",
      "/\u0085x",
      "/x\r\nSet-Cookie: a=b",
    ],
    ...["/%2fevil.example", "/%2F%2Fevil.example", "/%5cevil.example", "/%5Cevil.example", "/a%2Fb"],
    ...[
      "javascript:alert(1)",
      "JavaScript:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "vbscript:x",
      `blob:${origin}/x`,
      "file:///etc/passwd",
      "ftp://evil.example",
      "mailto:a@b.co",
      "app://x",
    ],
    ...["evil", "evil.example", "./x", "../x", "?x=1", "#x", "https:evil.example", "https:/evil.example", "／／evil.example", "null", "undefined", "0"],
    ...[
      `${origin}@evil.example`,
      `${origin}.evil.example`,
      `${origin}%40evil.example`,
      `https://${host}`,
      `http://${host}:${port}`,
      `http://${host}1`,
      `http://localhost:${port}`,
      `//${host}/x`,
      `http://evil.example/${origin}`,
      `http://evil.example?${origin}`,
      `http://evil.example#@${host}`,
      `http://evil.example\\@${host}`,
    ],
    ...["http://[::1", "https://", "http:", "://x"],
  ];
};

/** Stay here, whatever a careless reader makes of them. Not all of them need be taken. */
const twisted = () => {
  const { host, port } = new URL(origin);
  return [
    ...[
      "/a/..//evil.example",
      "/.//evil.example",
      "/..//evil.example",
      "/./\u002e//evil.example",
      "/%2e//evil.example",
      "/a/%2e%2e//evil.example",
      "/.//evil.example?x=1#y",
      "/x?u=//evil.example",
      "/x?u=https://evil.example",
      "/x#//evil.example",
      "/%252f/evil.example",
      "/x?a=%2f%5c",
      "/@evil.example",
      "/:80",
      "/;//evil.example",
      "/%zz",
    ],
    ...["/日本/é", "/\u2028x", "/ x", "/x\u00a0y", "/\ufeff/evil.example", "/\u00ad/evil.example", "/😀?q=é#ü", "/\ud800x"],
    ...[
      `http://u:p@${host}/x`,
      `${origin}//evil.example`,
      `${origin}/.//evil.example`,
      `${origin}/a\\b`,
      `HTTP://${host}/x`,
      `http://127.1:${port}/x`,
      `\t${origin}/x`,
      `http:/${host}/x`,
      `http:${host}/x`,
      `${origin}?x`,
      `${origin}#x`,
    ],
  ];
};

const MESSAGES = {
  callbackURL: "INVALID_CALLBACK_URL",
  redirectTo: "INVALID_REDIRECT_URL",
  errorCallbackURL: "INVALID_ERROR_CALLBACK_URL",
  newUserCallbackURL: "INVALID_NEW_USER_CALLBACK_URL",
};
const POSTS = [
  ...[
    "/sign-up/email",
    "/sign-in/email",
    "/sign-in/social",
    "/sign-in/magic-link",
    "/sign-out",
    "/reset-password",
    "/request-password-reset",
    "/send-verification-email",
    "/callback/google",
  ],
  ...[
    "/revoke-session",
    "/revoke-sessions",
    "/revoke-other-sessions",
    "/update-session",
    "/update-user",
    "/change-email",
    "/change-password",
    "/verify-password",
    "/link-social",
    "/unlink-account",
    "/delete-user",
  ],
];
const query = (text) => encodeURIComponent(text.toWellFormed());

test("a hostile target in the body of any POST, by any name: refused before anything else", async () => {
  const browser = subject.browser();
  for (const path of POSTS) {
    for (const [name, code] of Object.entries(MESSAGES)) {
      const answers = await Promise.all(hostile().map(async (target) => [target, await browser.post(path, { [name]: target })]));
      for (const [target, answer] of answers) refuses(answer, code, { what: `${path} ${name} ${JSON.stringify(target)}` });
    }
  }
});

test("what is no text is no target", async () => {
  const labels = { callbackURL: "callbackURL", redirectTo: "redirectURL", errorCallbackURL: "errorCallbackURL", newUserCallbackURL: "newUserCallbackURL" };
  for (const path of POSTS) {
    for (const [name, label] of Object.entries(labels)) {
      for (const value of [7, true, [], ["/x"], {}, { toString: "/x" }]) {
        says(await subject.browser().post(path, { [name]: value }), 400, { message: `Invalid ${label}: expected a string` }, [], `${path} ${name}`);
      }
    }
  }
});

test("a hostile target in the query of a POST, and in a form", async () => {
  const browser = subject.browser();
  for (const target of hostile()) {
    for (const path of ["/sign-in/email", "/sign-out", "/sign-in/social"])
      refuses(await browser.post(`${path}?callbackURL=${query(target)}`, {}), "INVALID_CALLBACK_URL", { what: `${path} ${target}` });
    for (const [name, code] of Object.entries(MESSAGES))
      refuses(await browser.send("POST", "/api/auth/sign-in/email", { form: { [name]: target } }), code, { what: `form ${target}` });
  }
  // The body comes first; only without one there is the query looked at.
  assert.equal((await browser.post("/sign-out?callbackURL=//evil.example", { callbackURL: "/fine" })).status, 200);
});

test("a hostile target in a link", async () => {
  const person = await subject.resident({ verified: true });
  const good = jwt({ email: person.email, userId: person.id }, subject.secret);
  const links = [
    ...[
      "/verify-email?token=x&callbackURL=",
      `/verify-email?token=${good}&callbackURL=`,
      "/reset-password/x?callbackURL=",
      "/delete-user/callback?token=x&callbackURL=",
    ],
    ...["callbackURL", "errorCallbackURL", "newUserCallbackURL"].map((name) => `/magic-link/verify?token=x&${name}=`),
    "/magic-link/verify?token=x&callbackURL=/fine&errorCallbackURL=/fine&newUserCallbackURL=",
  ];
  for (const link of links) {
    const answers = await Promise.all(hostile().map(async (target) => [target, await person.get(link + query(target))]));
    for (const [target, answer] of answers) refuses(answer, "INVALID_CALLBACK_URL", { what: `${link} ${JSON.stringify(target)}` });
  }
});

/** Every way to be sent somewhere, to its end. Each gives the answer that sends; some refuse. */
async function journeys(target) {
  const person = await subject.resident({ verified: true });
  const token = (identifier, value) => subject.addVerification(identifier, value);
  const [reset, magic, fresh, end] = [randomId(24), randomId(), randomId(), randomId()];
  await token(`reset-password:${reset}`, person.id);
  await token(`magic-link:${magic}`, JSON.stringify({ type: "magic-link", email: person.email }));
  await token(`magic-link:${fresh}`, JSON.stringify({ type: "magic-link", email: subject.email() }));
  await token(`delete-account-${end}`, person.id);
  const to = query(target);
  const google = async (json, claims, more = "") => {
    const browser = subject.browser();
    const { body } = await browser.post("/sign-in/social", { provider: "google", ...json });
    if (!body.url) return undefined;
    return browser.get(`/callback/google?${subject.google.consent(body.url, claims)}${more}`);
  };
  const known = subject.google.person({ email: person.email });
  const { get } = subject.browser();
  return {
    "verify-email, wrong token": await get(`/verify-email?token=x&callbackURL=${to}`),
    "verify-email": await get(`/verify-email?token=${jwt({ email: person.email }, subject.secret)}&callbackURL=${to}`),
    "reset link, wrong token": await get(`/reset-password/x?callbackURL=${to}`),
    "reset link": await get(`/reset-password/${reset}?callbackURL=${to}`),
    "magic link, wrong token": await get(`/magic-link/verify?token=x&callbackURL=${to}`),
    "magic link, its error target": await get(`/magic-link/verify?token=x&callbackURL=/a&errorCallbackURL=${to}`),
    "magic link": await get(`/magic-link/verify?token=${magic}&callbackURL=${to}`),
    "magic link, new user": await get(`/magic-link/verify?token=${fresh}&callbackURL=/a&newUserCallbackURL=${to}`),
    Google: await google({ callbackURL: target }, known),
    "Google, new user": await google({ callbackURL: "/a", newUserCallbackURL: target }, subject.google.person()),
    "Google, error": await google({ callbackURL: "/a", errorCallbackURL: target }, known, "&error=access_denied&error_description=//evil.example"),
    "sign-in": await subject.browser().post("/sign-in/email", { email: person.email, password: PASSWORD, callbackURL: target }),
    "delete link": await person.get(`/delete-user/callback?token=${end}&callbackURL=${to}`),
  };
}

test("Auth0 Next.js CVE-2026-107369, Rodauth CVE-2026-82467: the address that is sent, not the one that was checked, stays here", async () => {
  for (const target of twisted()) {
    // better-auth answers 500 where it would have to encode the header.
    if (!isAtelier && /[^\x21-\x7e]/.test(target)) continue;
    for (const [what, answer] of Object.entries(await journeys(target))) {
      const location = answer?.headers.location;
      assert.ok(!answer || [200, 302, 400, 403, 404].includes(answer.status), `${what} ${JSON.stringify(target)}: ${answer?.status} ${answer?.text}`);
      if (location === undefined) continue;
      assert.match(location, /^[\x21-\x7e]+$/, `${what} ${JSON.stringify(target)}`);
      // better-auth 1.7.25 normalises dots after its check, when it adds an error: `/.//evil.example` leads to evil.example.
      if (!isAtelier && new URL(target, origin).pathname.startsWith("//")) continue;
      assert.equal(new URL(location, `${origin}/api/auth/x`).origin, origin, `${what} ${JSON.stringify(target)} leads to ${location}`);
    }
  }
});

test("an address of ours keeps its query and its fragment", async () => {
  for (const [target, location] of Object.entries({ "/": "/", "/a/b?c=d&e=%2Ff#g": "/a/b?c=d&e=%2Ff#g", [`${origin}/a?b#c`]: `${origin}/a?b#c` })) {
    const sent = await journeys(target);
    const absolute = new URL(target, origin).href;
    for (const what of ["verify-email", "Google", "Google, new user", "sign-in", "delete link"]) assert.equal(sent[what].headers.location, location, what);
    for (const what of ["magic link", "magic link, new user"]) assert.equal(sent[what].headers.location, absolute, what);
    assert.ok(new URL(sent["reset link"].headers.location).searchParams.get("token"));
    assert.equal(new URL(sent["Google, error"].headers.location, origin).searchParams.get("error"), "access_denied");
  }
});

test("CVE-2024-56734, CVE-2025-27143, CVE-2025-71403: patterns of trusted origins match whole hosts", async () => {
  await subject.under({ trustedOrigins: ["https://*.wild.example", "https://exact.example"] }, async () => {
    const foes = [
      ...[
        "https://evil.example/.wild.example",
        "https://evil.example?.wild.example",
        "https://evil.example#.wild.example",
        "https://evil.example\\.wild.example",
        "https://evil.example/a.wild.example/../..",
        "https://wild.example",
      ],
      ...[
        "https://a.wild.example@evil.example",
        "https://a.wild.example.evil.example",
        "https://a.wild.example:pw@evil.example/",
        "https://evil.example%2f.wild.example",
        "https://evil.example%00.wild.example",
        "https://awild.example",
        "http://a.wild.example",
      ],
      ...[
        "https://exact.example.evil.example",
        "https://exact.example@evil.example",
        "https://exactXexample",
        "https://exact.example:444",
        "http://exact.example",
        "https://notexact.example",
        "//exact.example",
        "https://evil.example/?https://exact.example",
      ],
    ];
    for (const target of foes) {
      const answer = await subject.browser().post("/sign-in/social", { provider: "google", callbackURL: target });
      refuses(answer, "INVALID_CALLBACK_URL", { what: target });
      refuses(await subject.browser().get(`/verify-email?token=x&callbackURL=${query(target)}`), "INVALID_CALLBACK_URL", { what: target });
    }
    for (const target of ["https://a.wild.example/x", "https://a.b.wild.example", "https://exact.example/x?y#z", "https://EXACT.example:443"]) {
      const answer = await subject.browser().get(`/verify-email?token=x&callbackURL=${query(target)}`);
      assert.equal(new URL(answer.headers.location).origin, new URL(target).origin, target);
    }
  });
});

test("the error page sends nobody away, and repeats nothing as markup (CVE-2025-71404)", async () => {
  for (const text of [...hostile(), "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\r\nSet-Cookie: x=y", "x".repeat(2000)]) {
    for (const more of ["", `&error_description=${query(text)}`]) {
      const answer = await subject.browser().get(`/error?error=${query(text)}${more}`);
      assert.deepEqual([answer.status, answer.text, answer.cookies], [302, "", []], text);
      assert.match(answer.headers.location, /^\/\?error=[A-Za-z0-9_%-]+(&error_description=[A-Za-z0-9*._+%-]*)?$/, text);
    }
  }
});

test("no endpoint takes a target that it does not know", atelierOnly, async () => {
  // Names that other servers know: nothing of them may come back in a Location.
  const names = [
    "redirect",
    "redirect_uri",
    "redirect_to",
    "return_to",
    "returnTo",
    "next",
    "url",
    "continue",
    "to",
    "post_logout_redirect_uri",
    "errorURL",
    "newUserURL",
    "RelayState",
  ];
  for (const name of names) {
    for (const path of [
      "/verify-email?token=x",
      "/magic-link/verify?token=x",
      "/error?error=x",
      "/callback/google?code=x",
      "/reset-password/x?callbackURL=/a",
      "/delete-user/callback?token=x",
    ]) {
      const { headers, text } = await subject.browser().get(`${path}&${name}=https://evil.example`);
      assert.ok(!`${headers.location}${text}`.includes("evil.example"), `${path} ${name}`);
    }
    const { headers, text } = await subject.browser().post("/sign-in/social", { provider: "google", [name]: "https://evil.example" });
    assert.ok(!`${headers.location}${text}`.includes("evil.example"), name);
  }
});
