// Whom the tests of better-auth's protocol judge: the built Worker, or (AUTH_SUBJECT=better-auth) npm's better-auth itself, which
// proves what the tests expect. Both on a database of their own, with the same options, mails and Google.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { freePort } from "../../../scripts/lib/ports.mjs";
import { Browser } from "./auth-browser.mjs";
import { hashPassword, inDays, randomId, signed } from "./auth-codec.mjs";
import { CLIENT_ID, CLIENT_SECRET, startGoogle } from "./auth-google.mjs";
import { startPeer } from "./auth-peer.mjs";
import { execute, startSqld } from "./auth-sqld.mjs";
import { countingProxy } from "./proxy.mjs";
import { startStudio, until } from "./studio.mjs";

export const isAtelier = (process.env.AUTH_SUBJECT ?? "atelier") === "atelier";
/** For tests of what Atelier adds to better-auth. */
export const atelierOnly = { skip: isAtelier ? false : "better-auth does not promise this" };

export const HTTPS_ORIGIN = "https://app.example";
export const PASSWORD = "correct horse battery";
const PASSWORD_HASH = hashPassword(PASSWORD);

/**
 * @typedef {object} Profile options by better-auth's meaning; what is not said is better-auth's default, but mail, Google and
 *   magic links are on
 * @property {boolean} [https]
 * @property {boolean} [rateLimit]
 * @property {boolean} [cookieCache]
 * @property {boolean} [deleteVerification]
 * @property {boolean} [revokeOnReset]
 * @property {boolean} [requireVerification]
 * @property {boolean} [magicLink]
 * @property {boolean} [mail]
 * @property {boolean} [google]
 * @property {string[]} [trustedOrigins]
 * @property {Record<string, string>} [vars] more variables of the Worker
 */

const flag = (on) => (on ? "1" : "0");
const workerVars = (profile, google, mailKey) => ({
  AUTH_RATE_LIMIT: flag(profile.rateLimit),
  AUTH_COOKIE_CACHE: flag(profile.cookieCache),
  AUTH_DELETE_VERIFICATION: flag(profile.deleteVerification),
  AUTH_REVOKE_ON_RESET: flag(profile.revokeOnReset),
  AUTH_REQUIRE_VERIFICATION: flag(profile.requireVerification),
  AUTH_MAGIC_LINK: flag(profile.magicLink !== false && profile.mail !== false),
  TRUSTED_ORIGINS: (profile.trustedOrigins ?? []).join(","),
  GOOGLE_CLIENT_ID: profile.google === false ? "" : CLIENT_ID,
  GOOGLE_CLIENT_SECRET: profile.google === false ? "" : CLIENT_SECRET,
  GOOGLE_AUTH_URL: "",
  GOOGLE_TOKEN_URL: google.tokenUrl,
  GOOGLE_JWKS_URL: google.jwksUrl,
  ...(profile.mail === false ? { MAIL_API_KEY: "" } : mailKey && { MAIL_API_KEY: mailKey }),
  ...profile.vars,
});

/** Mails by recipient: `next` gives each once, `all` every one. */
function mailbox(list) {
  const taken = new Map();
  const all = async (email) => (await list()).filter(({ to }) => [to].flat().some((address) => address.toLowerCase() === email.toLowerCase()));
  return {
    all,
    async next(email) {
      const index = taken.get(email) ?? 0;
      const mail = await until(async () => (await all(email))[index], `mail ${index + 1} to ${email}`);
      taken.set(email, index + 1);
      return mail;
    },
  };
}

async function sandboxMails(url) {
  const { messages } = await (await fetch(`${url}/messages`)).json();
  return messages.reverse().map((message) => ({ ...message, link: /^https?:\/\/\S+\/api\/auth\/\S+$/m.exec(message.text)?.[0] }));
}

async function startAtelier(profile, google) {
  const vars = { ...workerVars(profile, google), ...(profile.https && { BETTER_AUTH_URL: HTTPS_ORIGIN }) };
  const stack = await startStudio({ vars });
  const mailKey = stack.vars.MAIL_API_KEY;
  return {
    stack,
    url: stack.url,
    origin: profile.https ? HTTPS_ORIGIN : stack.url,
    databaseUrl: stack.databaseUrl,
    secret: stack.secrets.BETTER_AUTH_SECRET,
    proxy: stack.proxy,
    log: stack.log,
    mails: mailbox(() => sandboxMails(stack.mailboxUrl)),
    /** Sends every mail that waits. */
    settle: () => stack.runCron(),
    async configure(profile) {
      const origin = profile.https ? HTTPS_ORIGIN : stack.url;
      await stack.reload({ ...workerVars(profile, google, mailKey), BETTER_AUTH_URL: origin });
      return origin;
    },
    stop: () => stack.stop(),
  };
}

async function startBetterAuth(profile, google) {
  const port = await freePort();
  const sqld = await startSqld(port);
  const proxy = await countingProxy(port);
  const secret = randomBytes(32).toString("base64url");
  const peer = await startPeer({ origin: "http://127.0.0.1", secret, databaseUrl: proxy.url, google, profile });
  const originFor = ({ https }) => (https ? HTTPS_ORIGIN : peer.url);
  peer.configure(originFor(profile), profile);
  return {
    url: peer.url,
    origin: originFor(profile),
    databaseUrl: sqld.url,
    secret,
    proxy,
    log: [],
    mails: mailbox(async () => peer.mails),
    settle: async () => {},
    configure: async (profile) => (peer.configure(originFor(profile), profile), originFor(profile)),
    async stop() {
      await peer.stop();
      await proxy.close();
      await sqld.stop();
    },
  };
}

/** @param {Profile} [profile] */
export async function startSubject(profile = {}) {
  const google = await startGoogle();
  const subject = await (isAtelier ? startAtelier : startBetterAuth)(profile, google);
  const peers = [];
  let current = profile;
  return {
    ...subject,
    google,
    get origin() {
      return subject.origin;
    },
    get prefix() {
      return current.https ? "__Secure-better-auth." : "better-auth.";
    },
    /** @param {Profile} profile from now on */
    async configure(profile) {
      current = profile;
      subject.origin = await subject.configure(profile);
    },
    /** Calls `test` under other options. */
    async under(profile, test) {
      const before = current;
      await this.configure(profile);
      try {
        return await test();
      } finally {
        await this.configure(before);
      }
    },
    /** A real better-auth server beside the subject, that takes itself for the same origin. */
    async peer(profile = current) {
      const peer = await startPeer({ origin: subject.origin, secret: subject.secret, databaseUrl: subject.databaseUrl, google, profile });
      peers.push(peer);
      return { ...peer, mail: (email) => mailbox(async () => peer.mails).next(email), url: peer.url, origin: subject.origin };
    },
    browser: (options) => new Browser({ url: subject.url, origin: subject.origin }, options),
    rows: async (sql, ...parameters) => (await execute(subject.databaseUrl, sql, parameters)).rows,
    mail: subject.mails.next,
    mailsTo: async (email) => (await subject.settle(), subject.mails.all(email)),
    email: (name = "u") => `${name}.${randomBytes(6).toString("hex")}@example.com`,
    /** Someone who signed up by the wire. */
    async signUp({ email = this.email(), password = PASSWORD, name = "Ada Lovelace", browser = this.browser(), ...more } = {}) {
      const answer = await browser.post("/sign-up/email", { name, email, password, ...more });
      assert.equal(answer.status, 200, answer.text);
      return Object.assign(browser, { email: email.toLowerCase(), password, id: answer.body.user.id, user: answer.body.user, token: answer.body.token });
    },
    /**
     * Someone who was there before: rows as better-auth writes them, and a session cookie made by hand. No hash is computed.
     * @returns {Promise<Browser & {id: string, email: string, password: string, token: string}>}
     */
    async resident({ email = this.email(), verified = false, password = true, google: sub, sessionDays = 7, signedInDaysAgo = 0, name = "Ada Lovelace" } = {}) {
      const [id, now, since] = [randomId(), inDays(0), inDays(-signedInDaysAgo)];
      const run = (sql, ...parameters) => execute(subject.databaseUrl, sql, parameters);
      await run(
        `INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?)`,
        id,
        name,
        email,
        verified,
        since,
        since,
      );
      const account = `INSERT INTO account ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?, ?)`;
      if (password) await run(account, randomId(), id, "credential", id, PASSWORD_HASH, now, now);
      if (sub) await run(account, randomId(), sub, "google", id, null, now, now);
      const token = await this.addSession(id, { days: sessionDays, createdDaysAgo: signedInDaysAgo });
      return Object.assign(this.withSession(token), { id, email, password: PASSWORD });
    },
    /** A row of a session; gives its token. */
    async addSession(userId, { days = 7, createdDaysAgo = 0, token = randomId() } = {}) {
      const since = inDays(-createdDaysAgo);
      const sql = `INSERT INTO session ("id", "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId") VALUES (?, ?, ?, ?, ?, '', '', ?)`;
      await execute(subject.databaseUrl, sql, [randomId(), inDays(days), token, since, since, userId]);
      return token;
    },
    /** A browser with the cookie of a session. */
    withSession(token) {
      const browser = this.browser();
      browser.jar.set(`${this.prefix}session_token`, signed(token, subject.secret));
      return Object.assign(browser, { token });
    },
    /** A row of a single-use token. */
    addVerification: (identifier, value, seconds = 300) =>
      execute(subject.databaseUrl, `INSERT INTO verification ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?)`, [
        ...[randomId(), identifier, value],
        ...[inDays(seconds / 86_400), inDays(0), inDays(0)],
      ]),
    async stop() {
      for (const peer of peers) await peer.stop();
      await subject.stop();
      await google.close();
    },
  };
}
