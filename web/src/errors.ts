import { problems } from "../text/en-problems";

/** Every code that the page has words for: the studio's, better-auth's as far as a person can meet them, and the page's own. */
export type ProblemCode = keyof typeof problems;
export const PROBLEM_CODES = Object.keys(problems) as ProblemCode[];

/** Codes that tell a person the same as another one does. */
const SAME: Record<string, ProblemCode> = {
  UNAUTHORIZED: "unauthenticated",
  FAILED_TO_GET_SESSION: "unauthenticated",
  USER_ALREADY_EXISTS: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
  TOKEN_EXPIRED: "INVALID_TOKEN",
  INVALID_USER: "INVALID_TOKEN",
  SESSION_EXPIRED: "SESSION_NOT_FRESH",
  EMAIL_PASSWORD_SIGN_UP_DISABLED: "EMAIL_PASSWORD_DISABLED",
  RESET_PASSWORD_DISABLED: "VERIFICATION_EMAIL_NOT_ENABLED",
  EMAIL_CAN_NOT_BE_UPDATED: "VALIDATION_ERROR",
  FIELD_NOT_ALLOWED: "VALIDATION_ERROR",
  MISSING_FIELD: "VALIDATION_ERROR",
  BODY_MUST_BE_AN_OBJECT: "VALIDATION_ERROR",
  MISSING_OR_NULL_ORIGIN: "INVALID_ORIGIN",
  INVALID_CALLBACK_URL: "INVALID_ORIGIN",
  INVALID_REDIRECT_URL: "INVALID_ORIGIN",
  INVALID_ERROR_CALLBACK_URL: "INVALID_ORIGIN",
  INVALID_NEW_USER_CALLBACK_URL: "INVALID_ORIGIN",
  CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: "INVALID_ORIGIN",
  LINKED_ACCOUNT_ALREADY_EXISTS: "SOCIAL_ACCOUNT_ALREADY_LINKED",
  FAILED_TO_CREATE_USER: "account_failed",
  FAILED_TO_CREATE_SESSION: "account_failed",
  FAILED_TO_CREATE_VERIFICATION: "account_failed",
  FAILED_TO_UPDATE_USER: "account_failed",
};

/** Better-auth answers some refusals by a sentence without a code. */
const SENTENCES: Record<string, ProblemCode> = {
  "Email is the same": "EMAIL_IS_THE_SAME",
  "Verification email isn't enabled": "VERIFICATION_EMAIL_NOT_ENABLED",
  "No fields to update": "VALIDATION_ERROR",
};

export const FAILURE_CODES = [
  "content_refused",
  "host_failed",
  "host_refused",
  "output_unusable",
  "output_lost",
  "timed_out",
  "canceled",
] as const satisfies readonly import("./types").FailureCode[];

/** A code the page has words for. What it does not know reads as what its sentence or its HTTP status says. */
export function knownCode(code: string, status: number, sentence = ""): ProblemCode {
  const known = PROBLEM_CODES.find((each) => each === code) ?? SAME[code] ?? SENTENCES[sentence];
  if (known) return known;
  if (status === 401) return "unauthenticated";
  if (status === 429) return "rate_limited";
  if (status >= 500) return "internal";
  return "unexpected";
}

/** The words of pictures speak of credits, of which there are none in an account's forms. */
const IN_ACCOUNTS: Partial<Record<ProblemCode, ProblemCode>> = {
  internal: "account_failed",
  unavailable: "account_failed",
  invalid_input: "VALIDATION_ERROR",
  not_found: "ACCOUNT_NOT_FOUND",
};

/** The same, for what is done with an account rather than with pictures. */
export function accountCode(code: string, status: number, sentence = ""): ProblemCode {
  const known = knownCode(code, status, sentence);
  return IN_ACCOUNTS[known] ?? known;
}

/** Which of a form's fields an error concerns; null: the form as a whole. */
export function fieldOf(code: ProblemCode): "email" | "password" | "current" | null {
  switch (code) {
    case "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL":
    case "INVALID_EMAIL":
    case "EMAIL_IS_THE_SAME":
      return "email";
    case "PASSWORD_TOO_SHORT":
    case "PASSWORD_TOO_LONG":
    case "INVALID_EMAIL_OR_PASSWORD":
      return "password";
    case "INVALID_PASSWORD":
      return "current";
    default:
      return null;
  }
}
