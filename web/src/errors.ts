/** Every code that the studio's API or its sign-in can answer with, and the page's own two. */
export const PROBLEM_CODES = [
  "insufficient_credits",
  "invalid_input",
  "unknown_model",
  "unauthenticated",
  "idempotency_key_reused",
  "host_refused",
  "not_found",
  "generation_open",
  "rate_limited",
  "internal",
  "unavailable",
  "INVALID_EMAIL_OR_PASSWORD",
  "INVALID_EMAIL",
  "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
  "PASSWORD_TOO_SHORT",
  "PASSWORD_TOO_LONG",
  "VALIDATION_ERROR",
  "connection_lost",
  "unexpected",
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

export const FAILURE_CODES = [
  "content_refused",
  "host_failed",
  "host_refused",
  "output_unusable",
  "output_lost",
  "timed_out",
  "canceled",
] as const satisfies readonly import("./types").FailureCode[];

/** A code the page has words for. What it does not know reads as what its HTTP status says. */
export function knownCode(code: string, status: number): ProblemCode {
  const known = PROBLEM_CODES.find((each) => each === code);
  if (known) return known;
  if (status === 401) return "unauthenticated";
  if (status === 429) return "rate_limited";
  if (status >= 500) return "internal";
  return "unexpected";
}

/** The form field an account error belongs beside; null: it concerns the form as a whole. */
export function fieldOf(code: ProblemCode): "name" | "email" | "password" | null {
  switch (code) {
    case "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL":
    case "INVALID_EMAIL":
      return "email";
    case "PASSWORD_TOO_SHORT":
    case "PASSWORD_TOO_LONG":
    case "INVALID_EMAIL_OR_PASSWORD":
      return "password";
    default:
      return null;
  }
}
