import type { Trouble } from "./trouble";

/** What is wrong with a field: nothing typed, or a trouble with words in the catalogue. */
export type FieldTrouble = Trouble | "missing";
export type Errors<Name extends string> = { [name in Name]?: FieldTrouble };

/** The server's limits for passwords, in UTF-16 units. Source: better-auth, emailAndPassword. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;

/** Only what is surely wrong: the server has the last word on addresses. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function checkEmail(email: string): FieldTrouble | null {
  if (email.trim() === "") return "missing";
  return EMAIL.test(email.trim()) ? null : { code: "INVALID_EMAIL" };
}

/** Of a password that is to be set. */
export function checkNewPassword(password: string): FieldTrouble | null {
  if (password === "") return "missing";
  if (password.length < PASSWORD_MIN) return { code: "PASSWORD_TOO_SHORT" };
  return password.length > PASSWORD_MAX ? { code: "PASSWORD_TOO_LONG" } : null;
}

export interface SignUpFields {
  name: string;
  email: string;
  password: string;
  /** Ticked: "yes". */
  age: string;
}

/** Checks the form before it is sent: no account is made before the age is confirmed. */
export function checkSignUp({ name, email, password, age }: SignUpFields): Errors<keyof SignUpFields> {
  return found({
    name: name.trim() === "" ? "missing" : null,
    email: checkEmail(email),
    password: checkNewPassword(password),
    age: checkAge(age),
  });
}

function checkAge(age: string): FieldTrouble | null {
  return age === "" ? "missing" : null;
}

/** Signing in asks only that something is there: old rules may differ. */
export function checkSignIn({ email, password }: { email: string; password: string }): Errors<"email" | "password"> {
  return found({ email: checkEmail(email), password: password === "" ? "missing" : null });
}

/** Those fields of a check that are wrong. */
export function found<Name extends string>(checked: Record<Name, FieldTrouble | null>): Errors<Name> {
  return Object.fromEntries(Object.entries(checked).filter(([, trouble]) => trouble !== null)) as Errors<Name>;
}

/** One or two letters for who has no picture. */
export function initials(name: string, email: string): string {
  const words = (name.trim() || email).split(/\s+/);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return chosen.map((word) => [...(word ?? "")][0] ?? "").join("").toLocaleUpperCase();
}
