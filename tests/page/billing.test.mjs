import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { answered, compose, launch, mailboxUrl, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";
import { focused, signIn, signOut, vendors } from "./people.mjs";
import { atStripe, available, chooseModel, control, DEAR, drain, pay, said, topUp } from "./shop.mjs";

const skip = studioUrl && mailboxUrl ? false : "ATELIER_URL and ATELIER_MAILBOX name no studio";

describe("buying on the page", { skip, timeout: 900_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  const visitPaying = (options) => visit(browser, { also: [vendors], ...options });

  it("says what it costs before one is in", async () => {
    const { page, check } = await visit(browser);
    await page.waitForSelector(".pricing");
    const studio = page.locator(".plan-card", { hasText: "Studio" });
    await matches(() => studio.innerText(), /\$12\s+a month/);
    await matches(() => page.locator(".packs").innerText(), /500 credits[\s\S]*\$7[\s\S]*\$0\.014 a credit/);
    await page.locator(".plans .segment input").nth(1).click();
    await matches(() => studio.innerText(), /\$120\s+a year\s+\$10 a month[\s\S]*12,000 credits at once/);
    await page.click(".pricing > .primary");
    await focused(page, "#name");
    assert.deepEqual(await audit(page), []);
    await check();
  });

  it("shows where the credits came from, and sends a quote with each order", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await page.click(".credits > button");
    await matches(() => page.innerText(".credits .popover-panel"), /Plan: Free[\s\S]*Given\s+50[\s\S]*Available\s+50[\s\S]*Held\s+0/);
    await page.keyboard.press("Escape");
    await page.fill("#prompt", "A kite");
    const quoted = page.waitForResponse((response) => response.url().endsWith("/api/quotes") && response.ok() && response.request().postData().includes(DEAR));
    await chooseModel(page, DEAR);
    await quoted;
    await page.waitForTimeout(100);
    const quotes = () => requests.filter((request) => request.url().endsWith("/api/quotes"));
    const before = quotes().length;
    await page.fill("#prompt", "A kite over dunes");
    await page.waitForTimeout(500);
    assert.equal(quotes().length, before, "another prompt has no other price");
    assert.ok(!quotes()[0].postData().includes("kite"), "a prompt has no part in a quote");
    await page.click(".generate");
    await pictures(page, 1);
    const order = requests.find((request) => request.method() === "POST" && request.url().endsWith("/api/generations")).postDataJSON();
    assert.ok(order.quote.length > 20);
    await available(page, 46);
    await check();
  });

  it("shows a price that has risen before anything is sent", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    let risen = false;
    await page.route("**/api/quotes", async (route) => {
      const response = await route.fetch();
      const quote = await response.json();
      await route.fulfill({ response, json: risen ? { ...quote, price: quote.price + 1 } : { ...quote, expiresAt: new Date().toISOString() } });
    });
    const quoted = page.waitForResponse("**/api/quotes");
    await compose(page, "A lighthouse");
    await quoted;
    risen = true;
    await page.click(".generate");
    await page.waitForSelector(".composer-note.is-news");
    await matches(() => page.innerText(".composer-note"), /2 credits instead of 1/);
    await matches(() => page.innerText(".generate"), /2 credits/);
    assert.equal(requests.filter((request) => request.method() === "POST" && request.url().endsWith("/api/generations")).length, 0);
    assert.equal(await page.locator(".tile").count(), 0);
    await focused(page, "#prompt");
    await shot(page, "billing-dearer");
    await page.click(".generate");
    await pictures(page, 1);
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await check();
  });

  it("tops up in two clicks, and comes back to the same prompt", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await drain(page);
    await chooseModel(page, DEAR);
    await compose(page, "A bridge in fog, from below", { ratio: "16:9" });
    await matches(() => page.innerText(".generate"), /^Add credits · 2 short$/);
    await equals(() => page.getAttribute(".generate", "aria-disabled"), "false");
    await page.click(".generate");
    await page.waitForSelector("dialog.till[open] .pack");
    await equals(() => page.innerText("#till-title"), "You need 2 more credits");
    // Not on anything that a key still held down would press.
    await focused(page, "#till-title");
    await matches(() => page.innerText(".till-why"), /costs 4 credits and you have 2/);
    await matches(() => page.innerText(".pack.is-enough"), /500 credits/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "billing-short");
    await page.keyboard.press("Escape");
    await focused(page, "#prompt");
    await page.keyboard.press("Control+Enter");
    await page.click("dialog.till[open] .pack.is-enough");
    await atStripe(page, "checkout");
    await pay(page, "paid");
    await said(page, "paid");
    assert.equal(page.url(), `${studioUrl}/`);
    await matches(() => page.innerText("[data-purchase]"), /500 credits added/);
    await available(page, 502);
    await focused(page, "#prompt");
    await equals(() => page.inputValue("#prompt"), "A bridge in fog, from below");
    await matches(() => page.innerText(".composer .model > button"), /FLUX dev/);
    await matches(() => page.innerText(".ratio > button"), /16:9/);
    await shot(page, "billing-paid");
    await page.keyboard.press("Control+Enter");
    await available(page, 498);
    await page.reload();
    await available(page, 498);
    assert.equal(await page.inputValue("#prompt"), "", "the draft came back twice");
    assert.equal(await page.locator("[data-purchase]").count(), 0, "the news came back");
    await check();
  });

  it("offers a model that can be paid, with words and settings kept", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await drain(page);
    await chooseModel(page, DEAR);
    await compose(page, "A heron", { ratio: "4:5" });
    await page.click(".generate");
    await page.getByRole("button", { name: /FLUX schnell instead: 1 credit$/ }).click();
    await page.waitForSelector("dialog.till[open]", { state: "detached" });
    await focused(page, "#prompt");
    await equals(() => page.inputValue("#prompt"), "A heron");
    await matches(() => page.innerText(".ratio > button"), /4:5/);
    await matches(() => page.innerText(".generate"), /Generate\s+· 1 credit/);
    await page.click(".generate");
    await available(page, 1);
    await check();
  });

  it("opens the same where only the studio knew of the shortfall, and keeps it beside the tile", async () => {
    const { page, check } = await visit(browser, { expected: /status of 402/ });
    await signUp(page);
    await page.route("**/api/generations", (route) =>
      route.request().method() === "POST"
        ? route.fulfill({ status: 402, json: { code: "insufficient_credits", needed: 9, available: 6, shortfall: 3, cheaper: { model: "flux-schnell", price: 1 } } })
        : route.continue(),
    );
    await chooseModel(page, DEAR);
    await compose(page, "A dear picture");
    await page.click(".generate");
    await page.waitForSelector("dialog.till[open] .pack");
    await equals(() => page.innerText("#till-title"), "You need 3 more credits");
    await page.click(".sheet-close");
    await page.waitForSelector('.failed[data-code="insufficient_credits"]');
    assert.deepEqual(await audit(page), []);
    await page.locator(".failed").getByRole("button", { name: "Get credits" }).click();
    await page.getByRole("button", { name: /FLUX schnell instead/ }).click();
    await page.waitForSelector(".failed", { state: "detached" });
    await equals(() => page.inputValue("#prompt"), "A dear picture");
    await check();
  });

  it("says of one who turned back that nothing was charged, and has the prompt", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await page.fill("#prompt", "A prompt that waits");
    await page.click(".credits > button");
    await page.click(".balance-actions .primary");
    await page.locator("dialog.till[open] .pack").nth(1).click();
    await atStripe(page, "checkout");
    await pay(page, "cancel");
    await said(page, "canceled");
    assert.equal(page.url(), `${studioUrl}/`);
    await matches(() => page.innerText("[data-purchase]"), /nothing was charged\. Your prompt is back/);
    await equals(() => page.inputValue("#prompt"), "A prompt that waits");
    await available(page, 50);
    // The browser's own way back leads to a page that can be used, too.
    await topUp(page);
    await page.goBack();
    await page.waitForFunction(() => document.getElementById("prompt")?.value === "A prompt that waits");
    await page.waitForFunction(() => !document.querySelector('.pack[aria-disabled="true"]'));
    await check();
  });

  it("waits for a bank that takes its time", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await topUp(page);
    const session = new URL(page.url()).pathname.split("/").at(-1);
    await pay(page, "later");
    await said(page, "pending");
    await matches(() => page.innerText("[data-purchase]"), /bank takes its time/);
    await available(page, 50);
    await control("pay", { session, how: "settle" });
    await said(page, "paid");
    await available(page, 550);
    await check();
  });

  it("says so when a payment fails", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await topUp(page);
    const session = new URL(page.url()).pathname.split("/").at(-1);
    await pay(page, "later");
    await said(page, "pending");
    await control("pay", { session, how: "bounce" });
    await said(page, "failed");
    await available(page, 50);
    await check();
  });

  it("tells whoever lost the session meanwhile, once they are back", async () => {
    const { page, context, check } = await visitPaying({ expected: /status of 401/ });
    const account = await signUp(page);
    await page.fill("#prompt", "Kept across the sign-in");
    await topUp(page);
    await context.clearCookies();
    await pay(page, "paid");
    await page.waitForSelector("form.auth");
    await signIn(page, account);
    await said(page, "paid");
    await available(page, 550);
    await equals(() => page.inputValue("#prompt"), "Kept across the sign-in");
    await check();
  });

  it("sells nothing where nothing is sold, and breaks nothing", async () => {
    const off = async (route) => {
      const response = await answered(route);
      await route.fulfill({ response, json: { ...(await response.json()), enabled: false } });
    };
    const { page, check } = await visit(browser, {
      before: async (opening) => {
        await opening.route("**/api/billing", off);
        await opening.route("**/api/plans", off);
      },
    });
    await page.waitForSelector(".promises");
    await page.waitForTimeout(300);
    assert.equal(await page.locator(".pricing").count(), 0);
    await signUp(page);
    await drain(page);
    await chooseModel(page, DEAR);
    await page.fill("#prompt", "A mill");
    await page.click(".generate");
    await page.waitForSelector("dialog.till[open] .till-note");
    assert.equal(await page.locator(".pack").count(), 0);
    assert.deepEqual(await audit(page), []);
    await page.keyboard.press("Escape");
    await page.click(".credits > button");
    assert.equal(await page.locator(".balance-actions .primary").count(), 0);
    await page.click(".balance-actions .secondary");
    await page.waitForSelector(".ledger-row");
    for (const section of ["credits", "plan", "spending", "keys", "history"]) await equals(() => page.locator(`#section-${section}`).count(), 1, section);
    for (const section of ["plans", "topup", "invoices"]) assert.equal(await page.locator(`#section-${section}`).count(), 0, section);
    assert.deepEqual(await audit(page), []);
    await signOut(page);
    // What is still under way through the routes would outlive the page.
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await check();
  });
});
