import type { ProblemCode } from "./errors";

export type AccountMode = "up" | "in";
export type AccountField = "name" | "email" | "password";
/** What is wrong with each field: nothing typed, or a code with words in the catalogue. */
export type AccountErrors = { [field in AccountField]?: ProblemCode | "missing" | undefined };

/** The server's limits for passwords, in UTF-16 units. Source: better-auth, emailAndPassword. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;

/** Only what is surely wrong: the server has the last word on addresses. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Checks the form before it is sent. Signing in asks only that something is there: old rules may differ. */
export function checkAccount(fields: Record<AccountField, string>, mode: AccountMode): AccountErrors {
  const errors: AccountErrors = {};
  if (mode === "up" && fields.name.trim() === "") errors.name = "missing";
  if (fields.email.trim() === "") errors.email = "missing";
  else if (!EMAIL.test(fields.email.trim())) errors.email = "INVALID_EMAIL";
  if (fields.password === "") errors.password = "missing";
  else if (mode === "up" && fields.password.length < PASSWORD_MIN) errors.password = "PASSWORD_TOO_SHORT";
  else if (mode === "up" && fields.password.length > PASSWORD_MAX) errors.password = "PASSWORD_TOO_LONG";
  return errors;
}
