import { computed, signal } from "@preact/signals";
import type { Returned, PurchaseNews } from "./checkout";
import type { Loadable } from "./state";
import type { ApiKey, Billing, Checkout, GenerationRequest, Invoice, LedgerEntry, Offers, Spending } from "./types";

/** What the till is open for: to buy credits beforehand, or because an order could not be paid. */
export type Till =
  | { for: "topup" }
  | {
      for: "order";
      needed: number;
      order: GenerationRequest;
      /** The tile that stands refused for it. */
      pending: string | null;
      /** What the studio offered instead; undefined: it was not asked. */
      cheaper?: { model: string; price: number } | null | undefined;
    };

/** What is said of a purchase that one came back from. */
export interface Purchase {
  say: PurchaseNews;
  checkout: Checkout | null;
}

/** Plan, limits and offers of who is signed in, as last answered. */
export const billing = signal<Billing | null>(null);
export const billingFailed = signal(false);
/** Whether anything can be bought here. */
export const selling = computed(() => billing.value?.enabled === true);

/** What the day has come to, by the last answer that said so; and the notice that was put away, by what it said. */
export const spending = signal<Spending | null>(null);
export const spendingSeen = signal<string | null>(null);

export const invoices = signal<Loadable<Invoice>>("loading");
export const apiKeys = signal<Loadable<ApiKey>>("loading");

export const ledger = signal<readonly LedgerEntry[]>([]);
export const ledgerCursor = signal<string | null>(null);
export const ledgerListing = signal<"idle" | "loading" | "loaded" | "failed">("idle");
/** Generations of the ledger that turned out to be gone. */
export const ledgerGone = signal<ReadonlySet<string>>(new Set());

export const till = signal<Till | null>(null);
/** What Stripe was asked for, until the page is left for it: a second press would be a second purchase. */
export const leaving = signal<string | null>(null);

export const returned = signal<Returned | null>(null);
export const purchase = signal<Purchase | null>(null);

/** What is on sale, for who is not signed in. */
export const offers = signal<Offers | null>(null);
