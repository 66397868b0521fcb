import type { components } from "./openapi";

type Schemas = components["schemas"];

/** What the API says of money. Amounts are in the currency's minor unit. */
export type Credits = Schemas["Credits"];
export type Limits = Schemas["PlanLimits"];
export type Interval = Schemas["Interval"];
/** A plan on offer; without prices it is the one that everybody has. */
export type Plan = Schemas["PlanShown"];
export type Pack = Schemas["Pack"];
export type Offers = Schemas["PlanList"];
/** The plan that somebody has. */
export type OwnPlan = Schemas["CurrentPlan"];
export type Spending = Schemas["SpendingShown"];
export type Billing = Schemas["BillingShown"];

/** What is to be bought: `POST /api/billing/checkouts`. */
export type Order = { plan: string; interval: Interval } | { pack: string };
export type CheckoutReply = Schemas["CheckoutOpened"];
export type CheckoutState = "open" | "pending" | "paid" | "failed" | "expired";
export type Checkout = Omit<Schemas["CheckoutShown"], "kind" | "state"> & { kind: "plan" | "topup"; state: CheckoutState };
export type PortalFlow = "manage" | "change" | "cancel" | "payment";

export type Invoice = Omit<Schemas["InvoiceShown"], "kind"> & { kind: "plan" | "topup" | "other" };
export type InvoicesReply = { invoices: Invoice[] };

export type EntryKind = "grant" | "hold" | "settle" | "void" | "refund" | "claw" | "expire" | "restore";
export type GrantKind = "plan" | "topup" | "promo" | "goodwill";
export type LedgerEntry = Omit<Schemas["LedgerEntry"], "kind" | "grant"> & { kind: EntryKind; grant: GrantKind | null };
export type LedgerReply = Omit<Schemas["LedgerPage"], "entries"> & { entries: LedgerEntry[] };

export type ApiKey = Schemas["KeyShown"];
export type ApiKeysReply = Schemas["KeyList"];
/** The one answer that holds the secret. */
export type NewApiKey = Schemas["KeyMade"];

/** A price that the studio keeps to until it expires. */
export type Quote = Schemas["QuoteShown"];
