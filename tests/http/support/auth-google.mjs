// A Google whose every word a test can choose: the endpoints that servers call, and what a browser would bring back from its page.
// It is as strict as Google with what a server sends: one use of a code, the same redirect address, the right verifier and secret.
import { createHash, createHmac, generateKeyPairSync, randomBytes, randomInt, sign } from "node:crypto";
import { createServer } from "node:http";

export const CLIENT_ID = "atelier-tests.apps.googleusercontent.com";
export const CLIENT_SECRET = "GOCSPX-of-the-tests";

const base64url = (data) => Buffer.from(data).toString("base64url");
const newKey = (kid) => ({ kid, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) });

export async function startGoogle() {
  let keys = [newKey("key-1"), newKey("key-2")];
  const codes = new Map();
  const requests = [];
  const answer = (response, status, body, headers = {}) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      const body = Object.fromEntries(new URLSearchParams(text));
      requests.push({ method: request.method, path: request.url, headers: request.headers, body });
      if (request.url === "/certs") {
        const jwks = keys.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }));
        return answer(response, 200, { keys: jwks }, { "cache-control": `public, max-age=${google.certsMaxAge}` });
      }
      if (google.outage) return response.writeHead(google.outage, { location: "/elsewhere" }).end("{}");
      const grant = codes.get(body.code);
      codes.delete(body.code);
      const secretIsRight = body.client_id === CLIENT_ID && body.client_secret === CLIENT_SECRET;
      if (!secretIsRight) return answer(response, 401, { error: "invalid_client", error_description: "Unauthorized" });
      const verifierIsRight =
        grant &&
        createHash("sha256")
          .update(body.code_verifier ?? "")
          .digest("base64url") === grant.challenge;
      if (!verifierIsRight || grant.redirectUri !== body.redirect_uri)
        return answer(response, 400, { error: "invalid_grant", error_description: "Bad Request" });
      return answer(response, 200, grant.tokens);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;

  const google = {
    tokenUrl: `${url}/token`,
    jwksUrl: `${url}/certs`,
    /** What servers have asked of it, oldest first. */
    requests,
    /** An HTTP status that every token request gets. */
    outage: undefined,
    certsMaxAge: 3600,
    /** A person that Google knows; `more` are further claims, undefined takes one away. */
    person: (more = {}) => ({
      sub: `1${String(randomInt(1e9)).padStart(9, "0")}${String(randomInt(1e9)).padStart(9, "0")}`,
      email: `g.${randomBytes(6).toString("hex")}@example.com`,
      email_verified: true,
      name: "Grace Hopper",
      picture: "https://img.example/g.png",
      ...more,
    }),
    /** An ID token. `more.header` and `more.key` are for tokens that are wrong. */
    idToken(claims, { alg = "RS256", kid = keys[0].kid, key = keys.find((key) => key.kid === kid)?.privateKey, header = {} } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: "https://accounts.google.com", azp: CLIENT_ID, aud: CLIENT_ID, iat: now, exp: now + 3600, ...claims };
      const signed = `${base64url(JSON.stringify({ alg, kid, typ: "JWT", ...header }))}.${base64url(JSON.stringify(all))}`;
      if (alg === "none") return `${signed}.`;
      const signature = alg === "HS256" ? createHmac("sha256", key).update(signed).digest() : sign("sha256", Buffer.from(signed), key);
      return `${signed}.${base64url(signature)}`;
    },
    /** The public key as text, which a careless verifier would take as the secret of an HS256 token. */
    publicPem: () => keys[0].publicKey.export({ type: "spki", format: "pem" }),
    /** New keys take the place of the old ones. */
    rotate() {
      keys = keys.map((_, i) => newKey(`key-${randomBytes(4).toString("hex")}-${i}`));
    },
    /**
     * What the browser is sent back with after the person has consented.
     * @param {string} address the authorization URL that a server made
     * @param {object} person claims
     * @param {object} [tokens] laid over the token answer; undefined takes a field away
     * @returns {string} the query of the callback
     */
    consent(address, person, tokens = {}) {
      const asked = new URL(address).searchParams;
      const code = `4/0A${randomBytes(24).toString("base64url")}`;
      const nonce = asked.get("nonce") ?? undefined;
      codes.set(code, {
        challenge: asked.get("code_challenge"),
        redirectUri: asked.get("redirect_uri"),
        tokens: {
          access_token: `ya29.${randomBytes(12).toString("base64url")}`,
          expires_in: 3599,
          refresh_token: `1//0${randomBytes(12).toString("base64url")}`,
          scope: "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile",
          token_type: "Bearer",
          id_token: google.idToken({ nonce, ...person }),
          ...tokens,
        },
      });
      return new URLSearchParams({ state: asked.get("state"), code, scope: "email profile openid", authuser: "0", prompt: "consent" }).toString();
    },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
  return google;
}
