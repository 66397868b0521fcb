// What better-auth writes into cookies, mails and rows, made by hand from its contract: so that a test can also make what is wrong.
import { createHmac, randomInt, scryptSync } from "node:crypto";

const ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
export const randomId = (length = 32) => Array.from({ length }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join("");

const DAY_MS = 86_400_000;
/** The text of a moment so many days from now. */
export const inDays = (days) => new Date(Date.now() + days * DAY_MS).toISOString();
export const inSeconds = (seconds) => inDays(seconds / 86_400);

const hmac = (secret, text, encoding) => createHmac("sha256", secret).update(text).digest(encoding);

/** A signed cookie's value as it is on the wire. */
export const signed = (value, secret) => encodeURIComponent(`${value}.${hmac(secret, value, "base64")}`);

/** The value under a signature that holds, or undefined. */
export function unsigned(wire, secret) {
  const text = decodeURIComponent(wire);
  const value = text.slice(0, text.lastIndexOf("."));
  return signed(value, secret) === wire ? value : undefined;
}

/** A password's hash; the salt goes in as its hexadecimal text. */
export function hashPassword(password, salt = "00112233445566778899aabbccddeeff") {
  return `${salt}:${scryptSync(password.normalize("NFKC"), salt, 64, { N: 16384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 }).toString("hex")}`;
}

/** A token of a verification mail. */
export function jwt(claims, secret, header = { alg: "HS256" }) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part(header)}.${part({ ...claims, iat: claims.iat ?? now, exp: claims.exp ?? now + 3600 })}`;
  return `${text}.${header.alg === "none" ? "" : hmac(secret, text, "base64url")}`;
}
export const claimsOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

/** The cookie cache. `over` replaces fields after signing. */
export function sessionData(session, user, secret, { expiresAt = Date.now() + 300_000, version = "1", over = {} } = {}) {
  const payload = { session, user, updatedAt: Date.now(), version };
  const signature = hmac(secret, JSON.stringify({ ...payload, expiresAt }), "base64url");
  return Buffer.from(JSON.stringify({ session: payload, expiresAt, signature, ...over })).toString("base64url");
}
/** What a cookie cache says, if its signature holds. */
export function readSessionData(value, secret) {
  const { session, expiresAt, signature } = JSON.parse(Buffer.from(value, "base64url"));
  return hmac(secret, JSON.stringify({ ...session, expiresAt }), "base64url") === signature ? { ...session, expiresAt } : undefined;
}
