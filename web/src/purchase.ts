import { batch } from "@preact/signals";
import { billingApi } from "./api";
import { loadBilling, loadInvoices, lookLater } from "./billing";
import * as money from "./billing-state";
import { judgeCheckout } from "./checkout";
import { refreshLedger } from "./history";
import { asMe } from "./me";
import { place } from "./route";
import * as state from "./state";
import type { Trouble } from "./trouble";
import type { Checkout } from "./types";

/** Follows the purchase that one came back from until it is decided. Before the studio knows who is there, nothing happens. */
export async function followPurchase(): Promise<void> {
  const back = money.returned.peek();
  if (!back || state.phase.peek() !== "studio") return;
  money.returned.value = null;
  money.purchase.value = { say: back.canceled ? "canceled" : "asking", checkout: null };
  for (let look = 0; ; look += 1) {
    const { checkout, trouble } = await ask(back.checkout);
    // The session is over: the news are for who signs in again.
    if (trouble?.code === "unauthenticated") money.returned.value = back;
    if (state.phase.peek() !== "studio") return;
    // Somebody else's, or made up: there are no news.
    if (trouble?.code === "ACCOUNT_NOT_FOUND") return void (money.purchase.value = null);
    const { say, againMs } = judgeCheckout(checkout?.state ?? "open", back.canceled, look);
    batch(() => {
      if (checkout) state.takeCredits(checkout.balance, checkout);
      // What its reader has closed comes back only with something new.
      if (money.purchase.peek() || say === "paid" || say === "failed") money.purchase.value = { say, checkout };
    });
    if (say === "paid") {
      arrived();
      // That it is paid, which plan it is and its invoice are messages of Stripe's of their own.
      return lookLater(arrived);
    }
    if (againMs === null) return;
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

async function ask(id: string): Promise<{ checkout: Checkout | null; trouble: Trouble | null }> {
  const answers: Checkout[] = [];
  const trouble = await asMe(
    () => billingApi.checkout(id),
    (answer) => answers.push(answer),
  );
  return { checkout: answers[0] ?? null, trouble };
}

/** The plan and the lists say it too. */
function arrived(): void {
  if (state.phase.peek() !== "studio") return;
  void loadBilling();
  if (place.peek() !== "billing") return;
  void loadInvoices();
  refreshLedger();
}
