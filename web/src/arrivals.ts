import { FROM_PORTAL, takeReturn, type Returned } from "./checkout";

/** Good news that an address brings, from a mail's link or from Google. */
export const NOTICES = ["email-verified", "email-changed", "linked", "account-deleted"] as const;
/** And the page's own, shown in the same place. */
export const OWN_NOTICES = ["password-set"] as const;
export type NoticeCode = (typeof NOTICES)[number] | (typeof OWN_NOTICES)[number];

/** Bad news: what the page has words for, by the codes that better-auth and Google send. */
const ERRORS = {
  access_denied: "cancelled",
  state_mismatch: "state",
  state_not_found: "state",
  please_restart_the_process: "state",
  account_not_linked: "notLinked",
  unable_to_link_account: "unableToLink",
  email_does_not_match: "otherEmail",
  account_already_linked_to_different_user: "linkedElsewhere",
  account_ownership_conflict: "linkedElsewhere",
  email_not_found: "noEmail",
  email_not_verified: "unverified",
  invalid_code: "provider",
  no_code: "provider",
  unable_to_get_user_info: "provider",
  oauth_provider_not_found: "provider",
  issuer_mismatch: "provider",
  issuer_missing: "provider",
  nonce_binding_missing: "provider",
  server_error: "provider",
  temporarily_unavailable: "provider",
  INVALID_TOKEN: "badLink",
  TOKEN_EXPIRED: "oldLink",
  INVALID_USER: "otherUser",
  USER_NOT_FOUND: "noUser",
  user_not_found: "noUser",
} as const;

export type ArrivalError = (typeof ERRORS)[keyof typeof ERRORS] | "unknown";
export const ARRIVAL_ERRORS: readonly ArrivalError[] = [...new Set<ArrivalError>(Object.values(ERRORS)), "unknown"];

/** No mishap: who came in this way has no account yet, and was not asked for the age. They sign up, and choose the way again. */
const NEWCOMERS = {
  signup_disabled: "google",
  new_user_signup_disabled: "link",
} as const;

export type NewcomerBy = (typeof NEWCOMERS)[keyof typeof NEWCOMERS];

/** News that stays until it is closed, since it may have to be read twice. */
export type Flash = { kind: "good"; code: NoticeCode } | { kind: "bad"; code: ArrivalError } | { kind: "newcomer"; code: NewcomerBy };

export interface Arrival {
  flash: Flash | null;
  /** Of a mail's link to choose a new password. */
  resetToken: string | null;
  /** From Stripe's page of a purchase. */
  returned: Returned | null;
  /** From Stripe's pages for a plan and what it is paid with. */
  portal: boolean;
  /** The address without its news, so that a reload does not bring them again. */
  address: string;
}

/** What the page's address says on arrival. An error outweighs the notice of the success it stands for. */
export function readArrival(pathname: string, search: string): Arrival {
  const query = new URLSearchParams(search);
  const error = query.get("error");
  const notice = NOTICES.find((each) => each === query.get("notice"));
  // The screen of the new password tells its own trouble.
  const own = pathname === "/reset-password";
  let flash: Flash | null = null;
  if (error !== null && !own) flash = failureNamed(error);
  else if (notice) flash = { kind: "good", code: notice };
  const resetToken = own && error === null ? query.get("token") : null;
  for (const name of ["error", "error_description", "notice"]) query.delete(name);
  const returned = takeReturn(query);
  const portal = query.has(FROM_PORTAL);
  query.delete(FROM_PORTAL);
  const rest = query.toString();
  return { flash, resetToken, returned, portal, address: pathname + (rest ? `?${rest}` : "") };
}

function failureNamed(code: string): Flash {
  if (Object.hasOwn(NEWCOMERS, code)) return { kind: "newcomer", code: NEWCOMERS[code as keyof typeof NEWCOMERS] };
  return { kind: "bad", code: Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS] : "unknown" };
}
