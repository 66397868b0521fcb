import type { PurchaseNews } from "../src/checkout";
import type { EntryKind, GrantKind, Interval, Invoice } from "../src/billing-types";

const s = (count: number) => (count === 1 ? "" : "s");

const purchase: Record<Exclude<PurchaseNews, "paid">, string> = {
  asking: "Asking Stripe about your payment…",
  pending: "Your bank takes its time. The credits come as soon as it has confirmed, also if you close this page.",
  late: "Stripe knows of no payment yet. If you have paid, the credits come by themselves.",
  failed: "The payment did not go through, and nothing was charged. Perhaps another card works.",
  expired: "This purchase was not finished in time. Nothing was charged.",
  canceled: "Nothing was bought, and nothing was charged.",
};

const kinds: Record<Exclude<EntryKind, "hold" | "settle" | "void" | "grant">, string> = {
  refund: "Returned for a picture",
  claw: "Taken back with a payment that was returned",
  expire: "Expired",
  restore: "Restored: the payment counts after all",
};

const grants: Record<GrantKind, string> = {
  plan: "Credits of your plan",
  topup: "Credits bought",
  promo: "Credits given",
  goodwill: "Credits given as goodwill",
};

const invoiceKinds: Record<Invoice["kind"], string> = { plan: "Plan", topup: "Credits", other: "Other" };

/** Per what a price is. */
const per: Record<Interval, string> = { month: "a month", year: "a year" };

/** Plans, credits, limits and what has become of them. */
export const billing = {
  title: "Plan & billing",
  skip: "Skip to your plan",
  testMode: "Test mode: no real money moves.",
  leaving: "Opening Stripe…",
  balance: {
    title: "Credits",
    planIs: (name: string) => `Plan: ${name}`,
    plan: "From your plan",
    topUp: "Bought",
    given: "Given",
    expiring: (amount: string, date: string | number) => `${amount} of them expire on ${date}.`,
    debt: (count: number, shown: string) => `${shown} credit${s(count)} owed after a payment was returned: the next credits repay ${count === 1 ? "it" : "them"}.`,
  },
  plan: {
    title: "Your plan",
    monthly: (count: number, shown: string) => `${shown} credit${s(count)} a month`,
    renews: (date: string) => `Renews on ${date}.`,
    ends: (date: string) => `Cancelled: it ends on ${date}.`,
    free: "Everybody has this plan.",
    status: { trialing: "Trial", past_due: "Payment overdue", unpaid: "Not paid", paused: "Paused" },
    change: "Change plan",
    cancel: "Cancel plan",
    keep: "Keep the plan",
    payment: "Payment method",
    perMinute: (count: number, shown: string) => `${shown} order${s(count)} a minute`,
    concurrent: (shown: string) => `${shown} at the same time`,
    allModels: "All models",
    someModels: (names: string) => `Models: ${names}`,
  },
  plans: {
    title: "Plans",
    lead: "Paid by card, through Stripe. Cancel at any time.",
    intervals: { month: "Monthly", year: "Yearly" },
    per,
    perMonth: (price: string) => `${price} a month`,
    yearly: (count: number, shown: string) => `${shown} credit${s(count)} at once for the year`,
    rollover: (count: number) => `Unused credits stay ${count} period${s(count)} longer`,
    choose: (name: string) => `Choose ${name}`,
    changeTo: (name: string) => `Change to ${name}`,
  },
  packs: {
    title: "Top up",
    lead: "Once, without a plan. You pay at Stripe and come straight back.",
    each: (price: string) => `${price} a credit`,
    months: (count: number) => `good for ${count} month${s(count)}`,
    enough: "Enough for this",
  },
  till: {
    short: (count: number, shown: string) => `You need ${shown} more credit${s(count)}`,
    enough: "You have enough credits now",
    held: (count: number, shown: string) => `${shown} more ${count === 1 ? "is" : "are"} held for pictures in the making.`,
    instead: (model: string, price: string | number) => `Use ${model} instead: ${price}`,
    kept: "Your prompt is kept while you pay.",
    plans: "Or have credits every month",
    noSelling: "Credits are not sold in this studio. Ask whoever runs it.",
    back: "Back to the prompt",
  },
  purchase: {
    ...purchase,
    added: (count: number, shown: string) => `${shown} credit${s(count)} added. Thank you.`,
    prompt: "Your prompt is back.",
  },
  due: {
    why: (amount: string) => `Your payment of ${amount} did not go through.`,
    next: (date: string) => `The next attempt is on ${date}.`,
    last: "There will be no further attempt.",
    pay: "Pay now",
    method: "Update payment method",
  },
  spending: {
    title: "Spending limit",
    lead: "No more than this goes in one day, API keys included. You are told at 80\u00a0%.",
    label: "Credits a day",
    hint: "Leave empty for no limit.",
    wrong: "A whole number of credits, from 1. Leave empty for no limit.",
    save: "Save the limit",
    today: (count: number, shown: string) => `${shown} credit${s(count)} spent today`,
    ofLimit: (spent: string, limit: string | number) => `${spent} of ${limit} credits spent today`,
    resets: (clock: string) => `The day begins anew at\u00a0${clock}.`,
    near: (spent: string, limit: string | number) => `You have spent ${spent} of your ${limit} credits for today.`,
    reached: (limit: string) => `Your limit of ${limit} credits a day is reached.`,
  },
  invoices: {
    title: "Invoices",
    none: "No invoices yet.",
    kinds: invoiceKinds,
    status: { paid: "Paid", open: "Unpaid", draft: "In preparation", void: "Cancelled", uncollectible: "Written off" },
    page: "View",
    pdf: "PDF",
    noNumber: "No number yet",
  },
  keys: {
    title: "API keys",
    lead: "A key lets a program make pictures with your credits. Treat it like a password.",
    none: "No keys yet.",
    nameMissing: "Name the key, in 60 characters at most.",
    create: "Create a key",
    madeTitle: "Your new key",
    made: "Copy it now: it is shown this once.",
    copy: "Copy the key",
    hide: "I have it",
    used: (date: string) => `Last used on ${date}`,
    removed: "The key is deleted.",
    unused: "Never used",
    since: (date: string) => `Created on ${date}`,
    sure: (name: string) => `Delete “${name}”? Programs that use it stop working at once.`,
    edit: "Limit",
    cancel: "Cancel",
  },
  ledger: {
    title: "History",
    none: "Nothing yet.",
    kinds,
    grants,
    until: (date: string) => `good until ${date}`,
    picture: (model: string) => `Picture with ${model}`,
    deleted: "Deleted picture",
    open: "in the making",
    notCharged: "not charged",
    held: (_: number, shown: string) => `Held ${shown}`,
    charged: (_: number, shown: string) => `charged ${shown}`,
    returned: (_: number, shown: string) => `${shown} returned`,
    invoice: "Invoice",
  },
  pricing: {
    title: "What it costs",
    lead: "Begin for nothing. Buy credits when you need them, or have them every month.",
    packs: "Or once, without a plan",
  },
  problem: {
    resets: (clock: string) => `It begins anew at\u00a0${clock}.`,
    limit: (shown: string) => `Your plan allows ${shown}.`,
    plans: "See plans",
    change: "Change the limit",
    topUp: "Get credits",
  },
  dearer: (now: string, before: string | number) => `The price has changed: ${now} instead of ${before}. Press again to go on.`,
  notInPlan: "Not in your plan",
};
