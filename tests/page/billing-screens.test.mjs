import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { launch, mailboxUrl, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { vendors } from "./people.mjs";
import { atStripe, pay, said } from "./shop.mjs";

const skip = studioUrl && mailboxUrl ? false : "ATELIER_URL and ATELIER_MAILBOX name no studio";

/** 375 px is the narrowest phone that is common; 320 px is a desktop window at 400 % (WCAG 1.4.10). */
const LOOKS = [
  { name: "en-light-desktop", locale: "en-GB" },
  { name: "fr-dark-desktop", locale: "fr-CA", colorScheme: "dark" },
  { name: "en-dark-phone", locale: "en-GB", colorScheme: "dark", phone: true },
  { name: "fr-light-phone", locale: "fr-CA", phone: true },
  { name: "fr-light-narrow", locale: "fr-CA", viewport: { width: 320, height: 430 }, deviceScaleFactor: 2 },
];

describe("every screen of money is sound", { skip, timeout: 600_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  for (const { name: look, phone, ...options } of LOOKS) {
    it(look, async () => {
      const size = phone ? { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {};
      const { page, check } = await visit(browser, { ...size, ...options, also: [vendors], expected: /status of (402|503)/ });
      const seen = async (name, more) => {
        assert.deepEqual(await audit(page, phone ? 44 : 24), [], name);
        await shot(page, `billing-${name}-${look}`, more);
      };
      await page.waitForSelector(".pricing");
      await seen("pricing", { fullPage: true });
      await signUp(page);
      await page.click(".credits > button");
      await seen("popover");
      await page.click(".balance-actions .primary");
      await page.waitForSelector("dialog.till[open] .pack");
      await seen("top-up");
      await page.route("**/api/billing/checkouts", (route) => route.fulfill({ status: 503, json: { code: "unavailable" } }));
      await page.locator("dialog.till[open] .pack").first().click();
      await page.waitForSelector("dialog.till[open] .form-error");
      await seen("top-up-failed");
      await page.unroute("**/api/billing/checkouts");
      await page.locator("dialog.till[open] .pack").first().click();
      await atStripe(page, "checkout");
      await pay(page, "paid");
      await said(page, "paid");
      await seen("paid");
      await page.goto(`${studioUrl}/billing`);
      await page.waitForSelector(".ledger-row");
      await page.waitForSelector("#section-invoices .row");
      await page.fill("#key-name", "Un robot");
      await page.click("#section-keys .key-form [type=submit]");
      await page.waitForSelector(".new-key");
      await page.locator("#section-keys .row .row-actions button").first().click();
      await page.locator("#section-keys .limit-form input").fill("x");
      await page.click("#section-keys .limit-form [type=submit]");
      await page.waitForSelector("#section-keys .field-error");
      await seen("page", { fullPage: true });
      await page.route("**/api/billing", (route) => route.fulfill({ status: 503, json: { code: "unavailable" } }));
      await page.reload();
      await page.waitForSelector(".account-wait button");
      await seen("page-failed");
      await check();
    });
  }
});
