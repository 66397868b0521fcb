// The real thing: npm's better-auth with the studio's options, on the studio's database and secret, answering on a port of its own.
import { createServer } from "node:http";
import { CLIENT_ID, CLIENT_SECRET } from "./auth-google.mjs";
import { sqldDialect } from "./auth-sqld.mjs";

// It decides when it is loaded whether it is in production.
process.env.NODE_ENV = "production";
const { betterAuth } = await import("better-auth");
const { magicLink } = await import("better-auth/plugins/magic-link");

/** Google's addresses are written into better-auth; here they lead to the tests' Google. */
let google;
const realFetch = globalThis.fetch;
globalThis.fetch = (url, init) => {
  const local = { "https://oauth2.googleapis.com/token": google?.tokenUrl, "https://www.googleapis.com/oauth2/v3/certs": google?.jwksUrl }[String(url)];
  return realFetch(local ?? url, init);
};

/**
 * @param {object} what
 * @param {string} what.origin that it believes to be served at
 * @param {string} what.secret
 * @param {string} what.databaseUrl
 * @param {object} what.google
 * @param {import("./auth-subject.mjs").Profile} what.profile
 */
export async function startPeer({ origin, secret, databaseUrl, google: theirs, profile = {} }) {
  google = theirs;
  const mails = [];
  const send =
    (kind) =>
    async ({ user, email, newEmail, url }) =>
      void mails.push({ kind, to: email ?? user.email, newEmail, link: url, text: url });
  const build = (origin, profile) =>
    betterAuth({
      baseURL: origin,
      secret,
      database: { dialect: sqldDialect(databaseUrl), type: "sqlite" },
      trustedOrigins: profile.trustedOrigins ?? [],
      emailAndPassword: {
        enabled: true,
        requireEmailVerification: profile.requireVerification ?? false,
        revokeSessionsOnPasswordReset: profile.revokeOnReset ?? false,
        ...(profile.mail !== false && { sendResetPassword: send("reset") }),
      },
      emailVerification: profile.mail === false ? {} : { sendVerificationEmail: send("verification"), sendOnSignIn: profile.requireVerification ?? false },
      user: {
        changeEmail: { enabled: true, ...(profile.mail !== false && { sendChangeEmailConfirmation: send("confirmation") }) },
        deleteUser: { enabled: true, ...(profile.deleteVerification && { sendDeleteAccountVerification: send("delete") }) },
      },
      socialProviders: profile.google === false ? {} : { google: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET } },
      session: { cookieCache: { enabled: profile.cookieCache ?? false, maxAge: 300 } },
      rateLimit: { enabled: profile.rateLimit ?? false },
      advanced: { ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] } },
      plugins: profile.magicLink === false ? [] : [magicLink({ sendMagicLink: send("magic") })],
      telemetry: { enabled: false },
      logger: { disabled: true },
    });
  let auth = build(origin, profile);
  let base = origin;

  const server = createServer({ maxHeaderSize: 512 * 1024 }, (request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      try {
        const headers = new Headers();
        for (let i = 0; i < request.rawHeaders.length; i += 2) headers.append(request.rawHeaders[i], request.rawHeaders[i + 1]);
        const body = chunks.length && !["GET", "HEAD"].includes(request.method) ? Buffer.concat(chunks) : undefined;
        const answer = await auth.handler(new Request(base + request.url, { method: request.method, headers, body }));
        const sent = [...answer.headers].filter(([name]) => name !== "set-cookie");
        response.writeHead(answer.status, [...sent, ...answer.headers.getSetCookie().map((cookie) => ["set-cookie", cookie])].flat());
        response.end(Buffer.from(await answer.arrayBuffer()));
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    get origin() {
      return base;
    },
    mails,
    /** Its own functions, for what the wire does not offer. */
    context: () => auth.$context,
    configure(origin, profile) {
      base = origin;
      auth = build(origin, profile);
    },
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}
