import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { launch, mailboxUrl, shot, signUp, somebody, studioUrl, submit, visit } from "./browser.mjs";
import { asAnotherClient, beAtGoogle, pictureIsCopied, toSignIn, vendors } from "./people.mjs";

const skip = studioUrl && mailboxUrl ? false : "ATELIER_URL and ATELIER_MAILBOX name no studio";

/** 375 px is the narrowest phone that is common; a desktop window zoomed to 200 and to 400 % is 640 and 320 px wide (WCAG 1.4.10). */
const SIZES = {
  desktop: { viewport: { width: 1280, height: 860 } },
  phone: { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  zoomed: { viewport: { width: 640, height: 430 }, deviceScaleFactor: 2 },
  narrow: { viewport: { width: 320, height: 430 }, deviceScaleFactor: 2 },
};
const SOME = ["en-light-desktop", "en-dark-phone", "fr-light-phone", "fr-dark-zoomed", "fr-light-narrow"];
/** EVERY_LOOK=1 goes through all, for looking at the pictures. */
const LOOKS = ["en-GB", "fr-CA"]
  .flatMap((locale) => ["light", "dark"].flatMap((colorScheme) => Object.keys(SIZES).map((size) => ({ locale, colorScheme, size }))))
  .map((look) => ({ ...look, name: [look.locale.slice(0, 2), look.colorScheme, look.size].join("-") }))
  .filter(({ name }) => process.env.EVERY_LOOK || SOME.includes(name));
/** Other devices of the same person, as their browsers name them. */
const DEVICES = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
];

describe("every account screen is sound", { skip, timeout: 900_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  for (const { locale, colorScheme, size, name: look } of LOOKS) {
    const open = async (more) => {
      const visitor = await visit(browser, { ...SIZES[size], locale, colorScheme, expected: /status of 4(0[013]|29)/, ...more });
      const seen = async (name) => {
        assert.deepEqual(await audit(visitor.page, size === "phone" ? 44 : 24), [], name);
        await shot(visitor.page, `account-${name}-${look}`, { fullPage: true });
      };
      return { ...visitor, seen };
    };

    it(`before one is in: ${look}`, async () => {
      const { page, seen, check } = await open();
      await page.waitForSelector("form.auth");
      await seen("sign-up");
      await submit(page);
      await page.waitForSelector("#age-error");
      await seen("sign-up-errors");
      await toSignIn(page);
      await seen("sign-in");
      await page.fill("#email", somebody().email);
      await page.fill("#password", "not the password");
      await submit(page);
      await page.waitForSelector("#password-error");
      await seen("sign-in-errors");
      await page.route("**/api/auth/sign-in/email", (route) =>
        route.fulfill({ status: 429, headers: { "x-retry-after": "900" }, json: { message: "Too many requests. Please try again later." } }),
      );
      await submit(page);
      await page.waitForSelector(".form-error");
      await seen("too-many");
      await page.click(".auth-options .link");
      await page.waitForSelector("form.auth:not(:has(#password))");
      await seen("forgotten");
      await submit(page);
      await page.waitForSelector(".inbox");
      await seen("inbox");
      for (const [name, query] of [["reset", "?token=x"], ["reset-expired", "?error=INVALID_TOKEN"]]) {
        await page.goto(`${studioUrl}/reset-password${query}`);
        await page.waitForSelector("form.auth");
        await seen(name);
      }
      for (const [name, query] of [["newcomer", "error=signup_disabled"], ["news-bad", "error=state_mismatch"], ["news-good", "notice=email-verified"]]) {
        await page.goto(`${studioUrl}/?${query}`);
        await page.waitForSelector(".flash");
        await seen(name);
      }
      await check();
    });

    it(`the question for the age: ${look}`, async () => {
      const { page, seen, check } = await open();
      await page.waitForSelector("form.auth");
      await asAnotherClient(page, "sign-up/email", somebody());
      await page.reload();
      for (const [name, next] of [["age", ".secondary"], ["age-refused", ".quiet-danger"], ["age-delete", ".danger"]]) {
        await page.waitForSelector(`dialog[open] ${next}`);
        await seen(name);
        await page.click(`dialog[open] ${next}`);
      }
      await page.waitForSelector("#age-delete-proof-error");
      await seen("age-delete-errors");
      await check();
    });

    it(`the account: ${look}`, async () => {
      const { page, seen, check } = await open();
      const { email, password } = await signUp(page);
      for (const agent of DEVICES) {
        const headers = { "content-type": "application/json", "user-agent": agent, origin: studioUrl };
        const reply = await fetch(`${studioUrl}/api/auth/sign-in/email`, { method: "POST", headers, body: JSON.stringify({ email, password }) });
        assert.equal(reply.status, 200);
      }
      await page.waitForSelector(".banner");
      await seen("banner");
      await page.click(".account > button");
      await page.waitForSelector('.menu-item[href="/account"]');
      await seen("menu");
      await page.click('.menu-item[href="/account"]');
      await page.waitForSelector("#section-sessions .row");
      await page.waitForSelector("#section-methods .row");
      await seen("page");
      await page.click(".banner .secondary");
      await page.fill("#new-email", somebody().email);
      await page.click("#section-email [type=submit]");
      await page.waitForSelector("#section-email .flash");
      await page.click("#section-remove .quiet-danger");
      await seen("page-asked");
      await page.click("#section-remove .danger");
      await page.fill("#new-email", "nobody");
      await page.click("#section-email [type=submit]");
      await page.click("#section-password [type=submit]");
      await page.waitForSelector("#new-password-error");
      await seen("page-errors");
      await check();
    });

    it(`an account that came from Google: ${look}`, async () => {
      const { page, seen, check } = await open({ also: [vendors], expected: /status of 4(0[0134]|29)/ });
      await page.check("#age");
      await page.click(".auth-ways .google-mark");
      await beAtGoogle(page, { ...somebody(), name: "Marguerite-Éléonore de Saint-Exupéry-Lavoisier" });
      await page.waitForSelector("#prompt");
      await pictureIsCopied(page);
      await page.goto(`${studioUrl}/account`);
      await page.waitForFunction(() => document.querySelector(".account .avatar-picture")?.naturalWidth > 0);
      await page.waitForSelector("#section-sessions .row");
      await page.waitForSelector("#section-methods .row");
      await page.click("#section-password .primary");
      await page.waitForSelector("#section-password .flash");
      await page.click("#section-remove .quiet-danger");
      await seen("google");
      // A second way, of which one can be taken away.
      await page.route("**/api/auth/list-accounts", async (route) => {
        const response = await route.fetch();
        const list = await response.json();
        await route.fulfill({ response, json: [...list, { ...list[0], id: "other", providerId: "credential" }] });
      });
      await page.goto(`${studioUrl}/account?error=email_does_not_match`);
      await page.locator("#section-methods .row .secondary").first().click();
      await page.waitForSelector(".confirm");
      await seen("methods-confirm");
      await page.route("**/api/account/sessions", (route) => route.fulfill({ status: 400, json: { code: "invalid_input" } }));
      await page.reload();
      await page.waitForSelector("#section-sessions .secondary");
      await seen("list-failed");
      await page.route("**/api/account", (route) => route.fulfill({ status: 400, json: { code: "invalid_input" } }));
      await page.reload();
      await page.waitForSelector(".account-wait");
      await seen("page-failed");
      await check();
    });
  }
});
