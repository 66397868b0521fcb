// What a body and a query must be at each endpoint: every issue in the schema's order, and before anything is asked about sessions.
import { after, before, test } from "node:test";
import { exchange } from "./support/auth-browser.mjs";
import { expected, expecting, invalid } from "./support/auth-expect.mjs";
import { startSubject } from "./support/auth-subject.mjs";

let subject, says, refuses;
before(async () => {
  subject = await startSubject();
  ({ says, refuses } = expecting(subject));
});
after(() => subject?.stop());

const raw = (method, path, headers = {}, body) => exchange(subject.url, method, `/api/auth${path}`, { headers, body });
const post = (path, json) => subject.browser().post(path, json);

const POSTS = [
  ...["/sign-up/email", "/sign-in/email", "/sign-in/social", "/sign-in/magic-link", "/sign-out", "/reset-password", "/request-password-reset"],
  ...["/send-verification-email", "/revoke-session", "/revoke-sessions", "/revoke-other-sessions", "/update-session", "/update-user"],
  ...["/change-email", "/change-password", "/verify-password", "/link-social", "/unlink-account", "/delete-user"],
];
/** These have no schema, and take whatever comes. */
const TAKE_ANYTHING = ["/revoke-sessions", "/revoke-other-sessions"];
const BODY_OPTIONAL = ["/sign-out", ...TAKE_ANYTHING];
const RECORDS = ["/update-user", "/update-session"];

test("no body at all: the type is not looked at, the schema decides", async () => {
  for (const path of POSTS.filter((path) => !BODY_OPTIONAL.includes(path))) {
    const issue = expected("body", RECORDS.includes(path) ? "record" : "object", "undefined");
    const issues = path === "/sign-up/email" ? [issue, expected("body", "record", "undefined")] : [issue];
    says(await raw("POST", path), 400, invalid(...issues), [], path);
    says(await raw("POST", path, { "content-type": "text/plain" }), 400, invalid(...issues), [], path);
  }
});

test("a body that is no object", async () => {
  for (const path of POSTS.filter((path) => !TAKE_ANYTHING.includes(path))) {
    for (const [json, type] of [
      [[], "array"],
      [null, "null"],
      [7, "number"],
      ["x", "string"],
      [true, "boolean"],
    ]) {
      const issue = expected("body", RECORDS.includes(path) ? "record" : "object", type);
      const issues = path === "/sign-up/email" ? [issue, expected("body", "record", type)] : [issue];
      says(await post(path, json), 400, invalid(...issues), [], `${path} ${type}`);
    }
  }
});

const string = (path, received) => expected(`body.${path}`, "string", received);
const boolean = (path, received) => expected(`body.${path}`, "boolean", received);
const badEmail = (path) => `[body.${path}] Invalid email address`;
const RESERVED =
  "[body.additionalParams] additionalParams cannot include reserved OAuth parameters: state, client_id, redirect_uri, response_type, code_challenge, code_challenge_method, nonce, scope";
const OAUTH_ISSUES = [
  [{}, "[body.provider] Invalid input"],
  [{ provider: 1 }, "[body.provider] Invalid input"],
  [{ provider: "google", disableRedirect: "x", scopes: "x", requestSignUp: 1, loginHint: 1, additionalData: "x", additionalParams: "x", idToken: "x" }],
  [{ provider: "google", scopes: ["a", 1] }, string("scopes.1", "number")],
  [{ provider: "google", additionalParams: { a: 1 } }, string("additionalParams.a", "number")],
  ...["state", "client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "nonce", "scope"].map((key) => [
    { provider: "google", additionalParams: { [key]: "x" } },
    RESERVED,
  ]),
  [{ provider: "google", idToken: {} }, string("idToken.token", "undefined")],
  [
    { provider: "google", idToken: { token: "x", nonce: 1, accessToken: null, refreshToken: [] } },
    string("idToken.nonce", "number"),
    string("idToken.accessToken", "null"),
    string("idToken.refreshToken", "array"),
  ],
];
const SCHEMAS = {
  "/sign-up/email": [
    [{}, string("name", "undefined"), string("email", "undefined"), string("password", "undefined")],
    [
      { name: 1, email: [], password: true, image: {}, callbackURL: 0, rememberMe: "true" },
      string("name", "number"),
      string("email", "array"),
      string("password", "boolean"),
      string("image", "object"),
      string("callbackURL", "number"),
      boolean("rememberMe", "string"),
    ],
    [{ name: "", email: "nope", password: "" }, badEmail("email"), "[body.password] Too small: expected string to have >=1 characters"],
    [{ name: "", email: "a@b.co", password: "12345678", image: null }, string("image", "null")],
  ],
  "/sign-in/email": [
    [{}, string("email", "undefined"), string("password", "undefined")],
    [
      { email: 1, password: null, callbackURL: false, rememberMe: 1 },
      string("email", "number"),
      string("password", "null"),
      string("callbackURL", "boolean"),
      boolean("rememberMe", "number"),
    ],
  ],
  "/sign-out": [[{ disableRedirect: "x", state: 1 }, boolean("disableRedirect", "string"), string("state", "number")]],
  "/revoke-session": [
    [{}, string("token", "undefined")],
    [{ token: 1 }, string("token", "number")],
  ],
  "/change-email": [
    [{}, string("newEmail", "undefined")],
    [{ newEmail: "x" }, badEmail("newEmail")],
    [{ newEmail: "a@b.co", callbackURL: null }, string("callbackURL", "null")],
  ],
  "/change-password": [
    [{}, string("newPassword", "undefined"), string("currentPassword", "undefined")],
    [
      { newPassword: 1, currentPassword: null, revokeOtherSessions: "x" },
      string("newPassword", "number"),
      string("currentPassword", "null"),
      boolean("revokeOtherSessions", "string"),
    ],
  ],
  "/verify-password": [
    [{}, string("password", "undefined")],
    [{ password: {} }, string("password", "object")],
  ],
  "/request-password-reset": [
    [{}, string("email", "undefined")],
    [{ email: "x" }, badEmail("email")],
    [{ email: "a@b.co", redirectTo: null }, string("redirectTo", "null")],
  ],
  "/reset-password": [
    [{}, string("newPassword", "undefined")],
    [{ newPassword: 1, token: 1 }, string("newPassword", "number"), string("token", "number")],
  ],
  "/send-verification-email": [
    [{}, string("email", "undefined")],
    [{ email: "x", callbackURL: 0 }, badEmail("email"), string("callbackURL", "number")],
  ],
  "/sign-in/social": [
    ...OAUTH_ISSUES,
    [{ provider: "google", newUserCallbackURL: 0, errorCallbackURL: false }, string("newUserCallbackURL", "number"), string("errorCallbackURL", "boolean")],
    [
      { provider: "google", idToken: { token: "x", expiresAt: "x", user: 1 } },
      expected("body.idToken.expiresAt", "number", "string"),
      expected("body.idToken.user", "object", "number"),
    ],
  ],
  "/link-social": OAUTH_ISSUES,
  "/unlink-account": [
    [{}, string("accountId", "undefined")],
    [{ accountId: 1 }, string("accountId", "number")],
  ],
  "/delete-user": [[{ password: 1, token: 1, callbackURL: 0 }, string("callbackURL", "number"), string("password", "number"), string("token", "number")]],
  "/sign-in/magic-link": [
    [{}, string("email", "undefined")],
    [{ email: "x", name: 1, metadata: "x" }, badEmail("email"), string("name", "number"), expected("body.metadata", "record", "string")],
    [
      { email: "a@b.co", name: null, newUserCallbackURL: 0, errorCallbackURL: false },
      string("name", "null"),
      string("newUserCallbackURL", "number"),
      string("errorCallbackURL", "boolean"),
    ],
  ],
};
const MANY = {
  "/sign-in/social": [
    boolean("disableRedirect", "string"),
    expected("body.idToken", "object", "string"),
    expected("body.scopes", "array", "string"),
    boolean("requestSignUp", "number"),
    string("loginHint", "number"),
    expected("body.additionalParams", "record", "string"),
    expected("body.additionalData", "record", "string"),
  ],
  "/link-social": [
    expected("body.idToken", "object", "string"),
    boolean("requestSignUp", "number"),
    expected("body.scopes", "array", "string"),
    boolean("disableRedirect", "string"),
    string("loginHint", "number"),
    expected("body.additionalParams", "record", "string"),
    expected("body.additionalData", "record", "string"),
  ],
};

test("validation names every issue in the schema's order, before it asks who is there", async () => {
  for (const [path, cases] of Object.entries(SCHEMAS)) {
    for (const [json, ...issues] of cases) {
      says(await post(path, json), 400, invalid(...(issues.length ? issues : MANY[path])), [], `${path} ${JSON.stringify(json)}`);
    }
  }
});

test("addresses: what is one", async () => {
  const ok = { "a.b+c@example.com": 1, "o'neil@example.com": 1, "A_b-1@sub.example-x.co": 1, "1@2.ee": 1, "_@x.yz": 1, "a+@b.co": 1, "a-@b.co": 1 };
  const bad = [
    "a",
    "a@",
    "@b.co",
    "a@b",
    "a@b.c",
    "a b@c.de",
    " a@b.co",
    "a@b.co ",
    ".a@b.co",
    "a.@b.co",
    "a..b@c.de",
    "a'@b.co",
    '"a"@b.co',
    "a@[1.2.3.4]",
    "a@1.2.3.4",
    "a@-b.co",
    "a@b..co",
    "a@b.c1",
    "é@b.co",
    "a@é.co",
    "a@b.co\n",
    "a@b.co,c@d.ef",
    "a@b@c.de",
    "a＠b.co",
    "a@b_c.de",
    "a/b@c.de",
    "a%b@c.de",
    "a!b@c.de",
    "",
  ];
  for (const newEmail of Object.keys(ok)) refuses(await post("/change-email", { newEmail }), "UNAUTHORIZED", { what: newEmail });
  for (const newEmail of bad) says(await post("/change-email", { newEmail }), 400, invalid(badEmail("newEmail")), [], JSON.stringify(newEmail));
});

test("queries are validated too; a key given twice is an array", async () => {
  const wants = (name, received) => invalid(expected(`query.${name}`, "string", received));
  for (const path of ["/verify-email", "/delete-user/callback", "/magic-link/verify"]) {
    says(await raw("GET", path), 400, wants("token", "undefined"), [], path);
    says(await raw("GET", `${path}?token=a&token=b`), 400, wants("token", "array"), [], path);
    says(await raw("GET", `${path}?token=a&callbackURL=/a&callbackURL=/b`), 400, wants("callbackURL", "array"), [], path);
  }
  says(await raw("GET", "/reset-password/x"), 400, wants("callbackURL", "undefined"));
  says(await raw("GET", "/callback/google?state=a&state=b"), 400, wants("state", "array"));
});
