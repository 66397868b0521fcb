// What an answer of better-auth's protocol must be, to the byte: status, body with its keys in order, cookies.
import assert from "node:assert/strict";
import { parseCookie } from "./auth-browser.mjs";

/** Every error whose message follows from its code. */
export const ERRORS = {
  ACCOUNT_NOT_FOUND: [400, "Account not found"],
  CREDENTIAL_ACCOUNT_NOT_FOUND: [400, "Credential account not found"],
  CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: [403, "Cross-site navigation login blocked. This request appears to be a CSRF attack."],
  EMAIL_ALREADY_VERIFIED: [400, "Email is already verified"],
  EMAIL_CAN_NOT_BE_UPDATED: [400, "Email can not be updated"],
  EMAIL_MISMATCH: [400, "Email mismatch"],
  EMAIL_NOT_VERIFIED: [403, "Email not verified"],
  FAILED_TO_GET_USER_INFO: [404, "Failed to get user info"],
  FAILED_TO_UNLINK_LAST_ACCOUNT: [400, "You can't unlink your last account"],
  INVALID_CALLBACK_URL: [403, "Invalid callbackURL"],
  INVALID_EMAIL: [400, "Invalid email"],
  INVALID_EMAIL_OR_PASSWORD: [401, "Invalid email or password"],
  INVALID_ERROR_CALLBACK_URL: [403, "Invalid errorCallbackURL"],
  INVALID_NEW_USER_CALLBACK_URL: [403, "Invalid newUserCallbackURL"],
  INVALID_ORIGIN: [403, "Invalid origin"],
  INVALID_PASSWORD: [400, "Invalid password"],
  INVALID_REDIRECT_URL: [403, "Invalid redirectURL"],
  INVALID_TOKEN: [401, "Invalid token"],
  INVALID_USER: [401, "Invalid user"],
  LINKING_DIFFERENT_EMAILS_NOT_ALLOWED: [401, "Account not linked - different emails not allowed"],
  LINKING_NOT_ALLOWED: [401, "Account not linked - linking not allowed"],
  METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED: [405, "POST method requires deferSessionRefresh to be enabled in session config"],
  MISSING_OR_NULL_ORIGIN: [403, "Missing or null Origin"],
  OAUTH_LINK_ERROR: [401, "account not linked"],
  PASSWORD_TOO_LONG: [400, "Password too long"],
  PASSWORD_TOO_SHORT: [400, "Password too short"],
  PROVIDER_NOT_FOUND: [404, "Provider not found"],
  RESET_PASSWORD_DISABLED: [400, "Reset password isn't enabled"],
  SESSION_EXPIRED: [400, "Session expired. Re-authenticate to perform this action."],
  SESSION_NOT_FRESH: [403, "Session is not fresh"],
  SOCIAL_ACCOUNT_ALREADY_LINKED: [409, "Social account already linked"],
  TOKEN_EXPIRED: [401, "Token expired"],
  UNAUTHORIZED: [401, "Unauthorized"],
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: [422, "User already exists. Use another email."],
  USER_EMAIL_NOT_FOUND: [401, "User email not found"],
  USER_NOT_FOUND: [401, "User not found"],
  VERIFICATION_EMAIL_NOT_ENABLED: [400, "Verification email isn't enabled"],
};

/** What ends a session in the browser. */
export const CLEARED = ["session_token cleared", "session_data cleared", "dont_remember cleared"];

export const invalid = (...issues) => ({ message: issues.join("; "), code: "VALIDATION_ERROR" });
export const expected = (path, type, received) => `[${path}] Invalid input: expected ${type}, received ${received}`;

/** @param {{prefix: string}} subject */
export function expecting(subject) {
  /** Cookies as "name lifetime": the rest of what they are must be as the configuration wants it. */
  const cookiesOf = (answer) =>
    answer.cookies.map((header) => {
      const { name, value, attributes } = parseCookie(header);
      const secure = subject.prefix.startsWith("__Secure-") ? "Secure; " : "";
      const form = new RegExp(`^(?:Max-Age=(\\d+); )?Path=/; HttpOnly; ${secure}SameSite=Lax$`);
      assert.ok(name.startsWith(subject.prefix) && form.test(attributes), header);
      const [, lifetime] = form.exec(attributes);
      if (lifetime === "0") assert.equal(value, "", header);
      const said = lifetime === "0" ? "cleared" : lifetime === undefined ? "until the browser closes" : `for ${lifetime} s`;
      return `${name.slice(subject.prefix.length)} ${said}`;
    });

  /** Status, body and cookies; keys of objects in order. */
  const says = (answer, status, body, cookies = [], what = "") => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    assert.deepEqual([what, answer.status, answer.text, cookiesOf(answer)], [what, status, text, cookies]);
    assert.equal(answer.headers["content-type"], text === "" ? undefined : "application/json", what);
  };
  return {
    cookiesOf,
    says,
    /** An error with code; `status` where it is not the usual one. */
    refuses(answer, code, { cookies = [], status = ERRORS[code][0], what } = {}) {
      says(answer, status, { message: ERRORS[code][1], code }, cookies, what);
    },
    /** A redirect, its address as it stands in the header. */
    leads(answer, location, cookies = [], what = "") {
      assert.deepEqual([what, answer.status, answer.headers.location, cookiesOf(answer)], [what, 302, location, cookies], answer.text);
      assert.equal(answer.text, "");
    },
  };
}

export const SESSION_KEYS = ["expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "id"];
export const USER_KEYS = ["name", "email", "emailVerified", "image", "createdAt", "updatedAt", "id"];
