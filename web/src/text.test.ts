import { describe, expect, it } from "vitest";
import { en } from "../text/en";
import { fr } from "../text/fr";
import * as enLibrary from "../text/en-library";
import * as frLibrary from "../text/fr-library";
import { accountCode, FAILURE_CODES, fieldOf, knownCode, PROBLEM_CODES } from "./errors";

/** Every text of a catalogue by its path; texts with a hole are filled twice, for one and for many. */
function texts(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") {
    return [1, 4].flatMap((count): [string, string][] => [[`${path}(${count})`, String(value(count, String(count)))]]);
  }
  return Object.entries(value as object).flatMap(([key, child]) => texts(child, path ? `${path}.${key}` : key));
}

describe("the text catalogues", () => {
  it("have the same keys", () => {
    expect(texts(fr).map(([path]) => path)).toEqual(texts(en).map(([path]) => path));
    expect(texts(frLibrary).map(([path]) => path)).toEqual(texts(enLibrary).map(([path]) => path));
  });

  it.each([
    ["en", [en, enLibrary]],
    ["fr", [fr, frLibrary]],
  ])("leave nothing empty and no hole unfilled in %s", (_, catalogue) => {
    for (const [path, text] of texts(catalogue)) {
      expect(text.trim(), path).not.toBe("");
      expect(text, path).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  it("keep French signs on the line of their word", () => {
    for (const [path, text] of texts([fr, frLibrary])) {
      expect(text, path).not.toMatch(/[^\u00a0\u202f][:;?!»](\s|$)/);
      expect(text, path).not.toMatch(/«[^\u00a0\u202f]/);
      expect(text, path).not.toMatch(/'/);
    }
  });

  it("say the same number of promises and examples, with the same pictures and ratios", () => {
    expect(fr.landing.promises.map(({ icon }) => icon)).toEqual(en.landing.promises.map(({ icon }) => icon));
    expect(fr.empty.examples.map(({ ratio }) => ratio)).toEqual(en.empty.examples.map(({ ratio }) => ratio));
  });

  it("count as each language counts", () => {
    expect([0, 1, 2].map((n) => en.header.credits(n, String(n)))).toEqual(["0 credits", "1 credit", "2 credits"]);
    expect([0, 1, 2].map((n) => fr.header.credits(n, String(n)))).toEqual(["0\u00a0crédit", "1\u00a0crédit", "2\u00a0crédits"]);
  });
});

/** Every code that better-auth 1.7.25 can answer the page's requests with. */
const OF_ACCOUNTS = [
  ...["VALIDATION_ERROR", "INVALID_EMAIL", "PASSWORD_TOO_SHORT", "PASSWORD_TOO_LONG", "INVALID_EMAIL_OR_PASSWORD"],
  ...["EMAIL_PASSWORD_SIGN_UP_DISABLED", "EMAIL_PASSWORD_DISABLED", "EMAIL_NOT_VERIFIED", "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"],
  ...["FAILED_TO_CREATE_USER", "FAILED_TO_CREATE_SESSION", "FAILED_TO_GET_SESSION", "FAILED_TO_UPDATE_USER", "UNAUTHORIZED"],
  ...["MISSING_OR_NULL_ORIGIN", "INVALID_ORIGIN", "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", "INVALID_CALLBACK_URL", "INVALID_REDIRECT_URL"],
  ...["INVALID_ERROR_CALLBACK_URL", "INVALID_NEW_USER_CALLBACK_URL", "EMAIL_CAN_NOT_BE_UPDATED", "FIELD_NOT_ALLOWED", "MISSING_FIELD"],
  ...["CREDENTIAL_ACCOUNT_NOT_FOUND", "INVALID_PASSWORD", "CHANGE_EMAIL_DISABLED", "EMAIL_MISMATCH", "EMAIL_ALREADY_VERIFIED"],
  ...["VERIFICATION_EMAIL_NOT_ENABLED", "RESET_PASSWORD_DISABLED", "INVALID_TOKEN", "TOKEN_EXPIRED", "USER_NOT_FOUND", "INVALID_USER"],
  ...["SESSION_EXPIRED", "SESSION_NOT_FRESH", "PROVIDER_NOT_FOUND", "SOCIAL_ACCOUNT_ALREADY_LINKED"],
  ...["FAILED_TO_UNLINK_LAST_ACCOUNT", "ACCOUNT_NOT_FOUND"],
];

describe("error codes", () => {
  it.each([
    ["en", en],
    ["fr", fr],
  ])("all have words in %s", (_, catalogue) => {
    expect(Object.keys(catalogue.problems).sort()).toEqual([...PROBLEM_CODES].sort());
    expect(Object.keys(catalogue.failures).sort()).toEqual([...FAILURE_CODES].sort());
  });

  it.each(OF_ACCOUNTS)("of accounts have words: %s", (code) => {
    expect(accountCode(code, 400)).not.toBe("unexpected");
  });

  it("that are unknown are told by their status", () => {
    expect(knownCode("host_refused", 502)).toBe("host_refused");
    expect(knownCode("UNAUTHORIZED", 401)).toBe("unauthenticated");
    expect(knownCode("", 429)).toBe("rate_limited");
    expect(knownCode("", 503)).toBe("internal");
    expect(knownCode("teapot", 418)).toBe("unexpected");
  });

  it("of an account stand beside their field", () => {
    expect(fieldOf("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")).toBe("email");
    expect(fieldOf("PASSWORD_TOO_SHORT")).toBe("password");
    expect(fieldOf("INVALID_PASSWORD")).toBe("current");
    expect(fieldOf("internal")).toBeNull();
  });
});
