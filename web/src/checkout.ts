import { pollDelayMs } from "./polling";
import type { CheckoutState } from "./types";

/** Coming back from Stripe, by the address. */
export interface Returned {
  checkout: string;
  /** Turned back instead of paying. */
  canceled: boolean;
}

/** Where Stripe's portal leads back to: what was done there the studio hears a moment later. */
export const FROM_PORTAL = "portal";

/** What the page says of a purchase. `late`: Stripe does not know of a payment, and is not asked any more. */
export type PurchaseNews = "asking" | "pending" | "late" | "paid" | "failed" | "expired" | "canceled";

export interface NextLook {
  say: PurchaseNews;
  /** Null: it is decided, or will not be here. */
  againMs: number | null;
}

/** About a minute: a payment that the studio does not know of by then comes by Stripe's message, or not at all. */
const OPEN_LOOKS = 15;
/** About twenty minutes: a bank that takes longer takes days. */
const PENDING_LOOKS = 50;
const PENDING_MAX_MS = 30_000;

/** What an answer about a purchase means, the look numbered from 0, and when to look again. */
export function judgeCheckout(state: CheckoutState, canceled: boolean, look: number): NextLook {
  switch (state) {
    case "paid":
    case "failed":
      return { say: state, againMs: null };
    case "expired":
      return { say: canceled ? "canceled" : "expired", againMs: null };
    case "pending":
      return { say: "pending", againMs: look < PENDING_LOOKS ? Math.min(PENDING_MAX_MS, pollDelayMs(look) * (1 + look / 5)) : null };
    case "open":
      if (canceled) return { say: "canceled", againMs: null };
      return look < OPEN_LOOKS ? { say: "asking", againMs: pollDelayMs(look) } : { say: "late", againMs: null };
  }
}

/** Ids of purchases have this form; anything else in the address is not asked about. */
const ID = /^[\w-]{1,64}$/;

/** Takes what Stripe's return added out of the query. */
export function takeReturn(query: URLSearchParams): Returned | null {
  const checkout = query.get("checkout");
  const canceled = query.get("canceled") !== null;
  if (checkout === null) return null;
  query.delete("checkout");
  query.delete("canceled");
  return ID.test(checkout) ? { checkout, canceled } : null;
}
