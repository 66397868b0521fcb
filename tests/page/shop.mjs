import assert from "node:assert/strict";
import { vendors } from "./people.mjs";

/** Presses one of the buttons of the local Stripe's page. */
export const pay = (page, how) => page.click(`button[name=how][value=${how}]`);

/** Waits to be on one of its pages: `checkout`, `portal`. */
export const atStripe = (page, what) => page.waitForURL((url) => url.origin === vendors && url.pathname.startsWith(`/stripe/${what}/`));

/** Makes something happen there, as its README says. */
export async function control(what, body) {
  const response = await fetch(`${vendors}/sandbox/stripe/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(response.ok, `${what}: ${response.status} ${await response.text()}`);
}

export const stripeState = async () => (await fetch(`${vendors}/sandbox/stripe/state`)).json();

/** Waits until the chip says so many available, however its language groups them. */
export const available = (page, credits) =>
  page.waitForFunction(
    (wanted) => document.querySelector(".credits > button")?.getAttribute("aria-label")?.split("·")[0].replace(/\D/g, "") === String(wanted),
    credits,
  );

/** What the page says of the purchase that one came back from. */
export const said = (page, news) => page.waitForSelector(`[data-purchase=${news}]`);

/** The dearer of the two models that the tests know, at 4 credits; the first of the catalogue is 1. */
export const DEAR = "flux-dev";

export async function chooseModel(page, id) {
  await page.click(".model > button");
  await page.click(`.model-option input[value="${id}"]`);
  await page.waitForSelector(".models", { state: "detached" });
}

/** Orders without the page, so that of 50 credits 2 are left. */
export async function drain(page) {
  await page.evaluate(async (model) => {
    for (let n = 0; n < 3; n += 1) {
      const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
      const response = await fetch("/api/generations", { method: "POST", headers, body: JSON.stringify({ model, prompt: "drain", outputs: 4 }) });
      if (response.status !== 202) throw new Error(`draining: ${response.status}`);
    }
  }, DEAR);
  await page.reload();
  await available(page, 2);
}

/** Opens the page of plan and billing by the menu. */
export async function openBilling(page) {
  await page.click(".account > button");
  await page.click('.menu-item[href="/billing"]');
  await page.waitForSelector(".ledger-row, #section-history .account-note:not([role])");
}

/** To Stripe's page for the smallest pack, by the chip. */
export async function topUp(page) {
  await page.click(".credits > button");
  await page.click(".balance-actions .primary");
  await page.locator("dialog.till[open] .pack").first().click();
  await atStripe(page, "checkout");
}
