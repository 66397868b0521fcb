import { batch } from "@preact/signals";
import { billingApi } from "./api";
import * as money from "./billing-state";
import { FROM_PORTAL } from "./checkout";
import { dropDraft, keepDraft } from "./draft";
import { refresh } from "./gallery";
import { asMe } from "./me";
import { isNewest } from "./newest";
import { place } from "./route";
import { leaveFor } from "./session";
import * as state from "./state";
import { attempt, type Trouble } from "./trouble";
import type { ApiKey, NewApiKey, Order, PortalFlow } from "./types";

export function forgetBilling(): void {
  batch(() => {
    money.billing.value = null;
    money.billingFailed.value = false;
    money.spending.value = null;
    money.spendingSeen.value = null;
    money.invoices.value = "loading";
    money.apiKeys.value = "loading";
    money.till.value = null;
    money.leaving.value = null;
    money.purchase.value = null;
  });
}

export async function loadBilling(): Promise<void> {
  money.billingFailed.value = false;
  const trouble = await asMe(billingApi.billing, (answer) => {
    if (!isNewest("billing", answer)) return;
    batch(() => {
      money.billing.value = answer;
      money.spending.value = answer.spending;
      state.takeCredits(answer.credits, answer);
    });
  });
  if (trouble) money.billingFailed.value = true;
}

/** What is on sale, for the landing. Where it cannot be told there is nothing to show. */
export async function loadOffers(): Promise<void> {
  await attempt(async () => {
    money.offers.value = await billingApi.plans();
  });
}

export async function loadInvoices(): Promise<void> {
  const trouble = await asMe(billingApi.invoices, (answer) => {
    if (isNewest("invoices", answer)) money.invoices.value = answer.invoices;
  });
  if (trouble && typeof money.invoices.peek() === "string") money.invoices.value = "failed";
}

/** Leads to Stripe's page of a purchase, and from there back to here. */
export function buy(order: Order): Promise<Trouble | null> {
  return leaveWith("pack" in order ? order.pack : `${order.plan} ${order.interval}`, (backTo) => billingApi.buy(order, backTo));
}

/** Leads to Stripe's pages for a plan and for what it is paid with. `to` tells apart buttons that lead to the same. */
export function openPortal(flow: PortalFlow, to?: string): Promise<Trouble | null> {
  return leaveWith(to === undefined ? flow : `${flow} ${to}`, (backTo) => billingApi.portal(flow, `${backTo}?${FROM_PORTAL}=1`));
}

async function leaveWith(name: string, request: (backTo: string) => Promise<{ url: string }>): Promise<Trouble | null> {
  if (money.leaving.peek() !== null) return null;
  money.leaving.value = name;
  const trouble = await asMe(
    () => request(place.peek() === "billing" ? "/billing" : "/"),
    ({ url }) => {
      keepDraft();
      leaveFor(url);
    },
  );
  // While the browser is leaving the button stays pressed.
  if (trouble) money.leaving.value = null;
  if (trouble?.code === "already_subscribed") void loadBilling();
  return trouble;
}

/** What may have changed at Stripe, in another tab or while the page was away. */
export function watchBilling(): void {
  addEventListener("pageshow", ({ persisted }) => {
    // Back by the browser's button, with everything as it was.
    if (!persisted) return;
    money.leaving.value = null;
    dropDraft();
    lookAgain();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && money.billing.peek()?.due) lookAgain();
  });
}

/** Two looks more, after the studio will have heard of it. */
export function lookLater(look: () => void = lookAgain): void {
  for (const afterMs of [2_000, 6_000]) setTimeout(look, afterMs);
}

function lookAgain(): void {
  if (state.phase.peek() !== "studio") return;
  void loadBilling();
  void refresh().catch(() => undefined);
}

export function limitSpending(dayLimit: number | null): Promise<Trouble | null> {
  return asMe(
    () => billingApi.limitSpending(dayLimit),
    () => {
      sayDone();
      void loadBilling();
    },
  );
}

export async function loadKeys(): Promise<void> {
  const trouble = await asMe(billingApi.keys, ({ keys }) => (money.apiKeys.value = keys));
  if (trouble && typeof money.apiKeys.peek() === "string") money.apiKeys.value = "failed";
}

function changeKeys(change: (keys: readonly ApiKey[]) => readonly ApiKey[]): void {
  const known = money.apiKeys.peek();
  if (typeof known !== "string") money.apiKeys.value = change(known);
}

/** Makes a key. `take` gets the one answer that holds its secret. */
export function addKey(name: string, dayLimit: number | null, take: (made: NewApiKey) => void): Promise<Trouble | null> {
  return asMe(
    () => billingApi.addKey(name, dayLimit),
    (made) => {
      const { key: _, ...listed } = made;
      changeKeys((keys) => [listed, ...keys]);
      take(made);
    },
  );
}

export function limitKey(id: string, dayLimit: number | null): Promise<Trouble | null> {
  return asMe(
    () => billingApi.limitKey(id, dayLimit),
    () => {
      changeKeys((keys) => keys.map((each) => (each.id === id ? { ...each, dayLimit } : each)));
      sayDone();
    },
  );
}

export async function removeKey(id: string): Promise<Trouble | null> {
  const trouble = await asMe(() => billingApi.removeKey(id));
  // One that is no longer there has reached what was asked for.
  if (trouble && trouble.code !== "ACCOUNT_NOT_FOUND") return trouble;
  changeKeys((keys) => keys.filter((each) => each.id !== id));
  state.notice.value = state.text.peek().billing.keys.removed;
  return null;
}

/** Told in passing, by sight and to assistive technology. */
function sayDone(): void {
  state.notice.value = state.text.peek().account.done.saved;
}
