import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { compose, launch, mailboxUrl, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { focused, signIn, signOut, vendors } from "./people.mjs";

const skip = studioUrl && mailboxUrl ? false : "ATELIER_URL and ATELIER_MAILBOX name no studio";

/** What stands on the local Stripe's pages. */
const pay = (page, how) => page.click(`button[name=how][value=${how}]`);
const atStripe = (page, what) => page.waitForURL((url) => url.origin === vendors && url.pathname.startsWith(`/stripe/${what}/`));
const control = async (what, body) => {
  const response = await fetch(`${vendors}/sandbox/stripe/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(response.ok, `${what}: ${response.status} ${await response.text()}`);
};
const stripeState = async () => (await fetch(`${vendors}/sandbox/stripe/state`)).json();

/** Credits that the chip says are available, however its language groups them. */
const available = (page, credits) =>
  page.waitForFunction(
    (wanted) => document.querySelector(".credits > button")?.getAttribute("aria-label")?.split("·")[0].replace(/\D/g, "") === String(wanted),
    credits,
  );
const chooseModel = async (page, id) => {
  await page.click(".model > button");
  await page.click(`.model-option input[value="${id}"]`);
  await page.waitForSelector(".models", { state: "detached" });
};
const said = (page, news) => page.waitForSelector(`[data-purchase=${news}]`);
/** The dearer of the two models that every test here knows, at 4 credits; the other one is 1. */
const DEAR = "flux-dev";

/** Orders without the page, so that of 50 credits 2 are left. */
async function drain(page) {
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

async function openBilling(page) {
  await page.click(".account > button");
  await page.click('.menu-item[href="/billing"]');
  await page.waitForSelector(".ledger-row, #section-history .account-note:not([role])");
}

describe("money on the page", { skip, timeout: 900_000 }, () => {
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
    assert.match(await studio.innerText(), /\$12\s+a month/);
    assert.match(await page.locator(".packs").innerText(), /500 credits[\s\S]*\$7[\s\S]*\$0\.014 a credit/);
    await page.locator(".plans .segment input").nth(1).click();
    assert.match(await studio.innerText(), /\$120\s+a year\s+\$10 a month[\s\S]*12,000 credits at once/);
    await page.click(".pricing > .primary");
    await focused(page, "#name");
    assert.deepEqual(await audit(page), []);
    await check();
  });

  it("shows where the credits came from, and sends a quote with each order", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await page.click(".credits > button");
    assert.match(await page.innerText(".credits .popover-panel"), /Plan: Free[\s\S]*Given\s+50[\s\S]*Available\s+50[\s\S]*Held\s+0/);
    await page.keyboard.press("Escape");
    await page.fill("#prompt", "A kite");
    await chooseModel(page, DEAR);
    await page.waitForResponse((response) => response.url().endsWith("/api/quotes") && response.ok());
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
    await compose(page, "A lighthouse");
    await page.waitForResponse("**/api/quotes");
    risen = true;
    await page.click(".generate");
    await page.waitForSelector(".composer-note.is-news");
    assert.match(await page.innerText(".composer-note"), /2 credits instead of 1/);
    assert.match(await page.innerText(".generate"), /2 credits/);
    assert.equal(requests.filter((request) => request.method() === "POST" && request.url().endsWith("/api/generations")).length, 0);
    assert.equal(await page.locator(".tile").count(), 0);
    await focused(page, "#prompt");
    await shot(page, "billing-dearer");
    await page.click(".generate");
    await pictures(page, 1);
    await check();
  });

  it("tops up in two clicks, and comes back to the same prompt", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await drain(page);
    await chooseModel(page, DEAR);
    await compose(page, "A bridge in fog, from below", { ratio: "16:9" });
    assert.match(await page.innerText(".generate"), /^2 credits short$/);
    assert.equal(await page.getAttribute(".generate", "aria-disabled"), "false");
    await page.click(".generate");
    await page.waitForSelector("dialog.till[open] .pack");
    assert.equal(await page.innerText("#till-title"), "You need 2 more credits");
    assert.match(await page.innerText(".till-why"), /costs 4 credits and you have 2/);
    assert.match(await page.innerText(".pack.is-enough"), /500 credits/);
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
    assert.match(await page.innerText("[data-purchase]"), /500 credits added/);
    await available(page, 502);
    await focused(page, "#prompt");
    assert.equal(await page.inputValue("#prompt"), "A bridge in fog, from below");
    assert.match(await page.innerText(".composer .model > button"), /FLUX dev/);
    assert.match(await page.innerText(".ratio > button"), /16:9/);
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
    assert.equal(await page.inputValue("#prompt"), "A heron");
    assert.match(await page.innerText(".ratio > button"), /4:5/);
    assert.match(await page.innerText(".generate"), /Generate\s+· 1 credit/);
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
    assert.equal(await page.innerText("#till-title"), "You need 3 more credits");
    await page.click(".sheet-close");
    await page.waitForSelector('.failed[data-code="insufficient_credits"]');
    assert.deepEqual(await audit(page), []);
    await page.locator(".failed").getByRole("button", { name: "Get credits" }).click();
    await page.getByRole("button", { name: /FLUX schnell instead/ }).click();
    await page.waitForSelector(".failed", { state: "detached" });
    assert.equal(await page.inputValue("#prompt"), "A dear picture");
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
    assert.match(await page.innerText("[data-purchase]"), /nothing was charged\. Your prompt is back/);
    assert.equal(await page.inputValue("#prompt"), "A prompt that waits");
    await available(page, 50);
    // The browser's own way back leads to a page that can be used, too.
    await page.click(".credits > button");
    await page.click(".balance-actions .primary");
    await page.locator("dialog.till[open] .pack").first().click();
    await atStripe(page, "checkout");
    await page.goBack();
    await page.waitForFunction(() => document.getElementById("prompt")?.value === "A prompt that waits");
    await page.waitForFunction(() => !document.querySelector('.pack[aria-disabled="true"]'));
    await check();
  });

  it("waits for a bank that takes its time", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await page.click(".credits > button");
    await page.click(".balance-actions .primary");
    await page.locator("dialog.till[open] .pack").first().click();
    await atStripe(page, "checkout");
    const session = new URL(page.url()).pathname.split("/").at(-1);
    await pay(page, "later");
    await said(page, "pending");
    assert.match(await page.innerText("[data-purchase]"), /bank takes its time/);
    await available(page, 50);
    await control("pay", { session, how: "settle" });
    await said(page, "paid");
    await available(page, 550);
    await check();
  });

  it("says so when a payment fails", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await page.click(".credits > button");
    await page.click(".balance-actions .primary");
    await page.locator("dialog.till[open] .pack").first().click();
    await atStripe(page, "checkout");
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
    await page.click(".credits > button");
    await page.click(".balance-actions .primary");
    await page.locator("dialog.till[open] .pack").first().click();
    await atStripe(page, "checkout");
    await context.clearCookies();
    await pay(page, "paid");
    await page.waitForSelector("form.auth");
    await signIn(page, account);
    await said(page, "paid");
    await available(page, 550);
    assert.equal(await page.inputValue("#prompt"), "Kept across the sign-in");
    await check();
  });

  it("subscribes, changes and cancels at Stripe, and shows where it stands", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await openBilling(page);
    assert.match(await page.title(), /^Plan & billing/);
    await focused(page, "h1");
    await page.getByRole("button", { name: "Choose Studio" }).click();
    await atStripe(page, "checkout");
    await pay(page, "paid");
    await said(page, "paid");
    assert.equal(page.url(), `${studioUrl}/billing`);
    await page.waitForFunction(() => /Studio[\s\S]*Renews on/.test(document.getElementById("section-plan").innerText));
    assert.match(await page.innerText("#section-credits"), /From your plan\s+1,000/);
    await page.waitForSelector("#section-invoices .row");
    assert.match(await page.innerText("#section-invoices"), /\$12\.00\s+Paid[\s\S]*Plan/);
    assert.match(await page.innerText("#section-history"), /Credits of your plan[\s\S]*\+1,000/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "billing-subscribed", { fullPage: true });

    await page.getByRole("button", { name: "Cancel plan" }).click();
    await atStripe(page, "portal");
    await page.getByRole("button", { name: "Cancel at the end of the period" }).click();
    await page.getByRole("button", { name: "Return to the studio" }).click();
    await page.waitForURL(`${studioUrl}/billing`);
    await untilShown(page, "#section-plan", /Cancelled: it ends on/);
    await page.getByRole("button", { name: "Keep the plan" }).click();
    await atStripe(page, "portal");
    await page.getByRole("button", { name: "Do not cancel" }).click();
    await page.goto(`${studioUrl}/billing`);
    await untilShown(page, "#section-plan", /Renews on/);
    await page.getByRole("button", { name: "Payment method" }).click();
    await atStripe(page, "portal");
    await page.goBack();
    await page.getByRole("button", { name: "Change to Atelier" }).click();
    await atStripe(page, "portal");
    await check();
  });

  /** The studio hears of it from Stripe, which may be after the page has asked. */
  async function untilShown(page, selector, pattern) {
    for (let n = 0; n < 20; n += 1) {
      await page.waitForSelector(selector);
      if (pattern.test(await page.innerText(selector))) return;
      await page.waitForTimeout(300);
      await page.reload();
    }
    assert.match(await page.innerText(selector), pattern);
  }

  it("asks for an unpaid invoice until it is paid", async () => {
    const { page, context, check } = await visitPaying();
    const { email } = await signUp(page);
    await openBilling(page);
    await page.getByRole("button", { name: "Choose Studio" }).click();
    await atStripe(page, "checkout");
    await pay(page, "paid");
    await said(page, "paid");
    const { customers, subscriptions } = await stripeState();
    const customer = customers.find((each) => each.email === email).id;
    await control("renew", { subscription: subscriptions.find((each) => each.customer === customer).id, how: "failed" });
    await untilShown(page, "main", /did not go through/);
    const banner = page.locator(".banner-due");
    assert.match(await banner.innerText(), /Your payment of \$12\.00 did not go through\. The next attempt is on/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "billing-due");
    await page.click(".back");
    await page.waitForSelector(".studio-main .banner-due");
    await banner.getByRole("button", { name: "Update payment method" }).click();
    await atStripe(page, "portal");
    await page.goto(studioUrl);
    const [invoice] = await Promise.all([context.waitForEvent("page"), banner.getByRole("link", { name: "Pay now" }).click()]);
    await invoice.waitForURL((url) => url.pathname.startsWith("/stripe/invoices/"));
    await invoice.click("button[name=how][value=paid]");
    await invoice.waitForLoadState();
    await invoice.close();
    for (let n = 0; n < 20 && (await banner.count()) > 0; n += 1) {
      await page.waitForTimeout(300);
      await page.reload();
      await page.waitForSelector(".credits > button");
      await page.waitForTimeout(300);
    }
    assert.equal(await banner.count(), 0);
    await check();
  });

  it("keeps the history in words, linked to pictures and invoices", async () => {
    const { page, context, check } = await visitPaying();
    await signUp(page);
    await compose(page, "A weather vane", { count: 2 });
    await page.click(".generate");
    await pictures(page, 2);
    await compose(page, "a drawing that will fail", { count: 1 });
    await page.click(".generate");
    await page.waitForSelector(".failed");
    await page.click(".credits > button");
    await page.click(".balance-actions .primary");
    await page.locator("dialog.till[open] .pack").first().click();
    await atStripe(page, "checkout");
    await pay(page, "paid");
    await said(page, "paid");
    await openBilling(page);
    const rows = await page.locator(".ledger-row").allInnerTexts();
    assert.equal(rows.length, 4, rows.join("\n---\n"));
    assert.match(rows[0], /Credits bought[\s\S]*good until[\s\S]*Invoice[\s\S]*\+500/);
    assert.match(rows[1], /Held 1 · not charged · 1 returned[\s\S]*0/);
    assert.match(rows[2], /A weather vane[\s\S]*Held 2 · charged 2[\s\S]*−2/);
    assert.match(rows[3], /Credits given[\s\S]*\+50/);
    const [invoice] = await Promise.all([context.waitForEvent("page"), page.locator(".ledger-row .row-note .link").first().click()]);
    await invoice.waitForURL((url) => url.pathname.startsWith("/stripe/invoices/"));
    await invoice.close();

    const picture = page.locator(".ledger-row", { hasText: "A weather vane" }).getByRole("button");
    await picture.click();
    await page.waitForSelector("dialog.viewer[open]");
    assert.deepEqual(await audit(page), []);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement?.matches(".ledger-what"));
    await picture.click();
    await page.click(".recipe .quiet-danger");
    await page.click(".recipe .confirm .danger");
    await page.waitForSelector("dialog.viewer[open]", { state: "detached" });
    await page.reload();
    await page.waitForSelector(".ledger-gone");
    assert.equal(await page.innerText(".ledger-gone"), "Deleted picture");
    await check();
  });

  it("shows older history on demand, and joins what belongs together", async () => {
    const { page, check } = await visit(browser, {
      before: (opening) => opening.route("**/api/ledger?*", (route) => route.continue({ url: route.request().url().replace("limit=50", "limit=2") })),
    });
    await signUp(page);
    await page.fill("#prompt", "A paper boat");
    await page.click(".generate");
    await pictures(page, 1);
    await page.fill("#prompt", "Another paper boat");
    await page.click(".generate");
    await pictures(page, 2);
    await openBilling(page);
    const more = page.locator("#section-history > .secondary");
    while ((await more.count()) > 0) {
      const before = await page.locator(".ledger-row").allInnerTexts();
      await more.click();
      await page.waitForFunction(
        (texts) => [...document.querySelectorAll(".ledger-row")].map((row) => row.innerText).join() !== texts.join(),
        before,
      );
    }
    const rows = await page.locator(".ledger-row").allInnerTexts();
    assert.equal(rows.length, 3, rows.join("\n---\n"));
    assert.match(rows[0], /Another paper boat[\s\S]*Held 1 · charged 1/);
    await check();
  });

  it("keeps to a limit for the day: tells it is near, refuses above it, in words", async () => {
    const { page, check } = await visit(browser, { expected: /status of 402/ });
    await signUp(page);
    await openBilling(page);
    await page.fill("#day-limit", "a few");
    await page.click("#section-spending [type=submit]");
    await page.waitForSelector("#day-limit-error");
    await focused(page, "#day-limit");
    await page.fill("#day-limit", "5");
    await page.click("#section-spending [type=submit]");
    await page.waitForSelector("#section-spending meter");
    await page.click(".back");
    await chooseModel(page, DEAR);
    await page.fill("#prompt", "A harbour");
    await page.click(".generate");
    await page.waitForSelector(".banner-warn");
    assert.match(await page.innerText(".banner-warn"), /4 of your 5 credits for today/);
    assert.deepEqual(await audit(page), []);
    await page.click(".banner-warn .icon-button");
    await page.waitForSelector(".banner-warn", { state: "detached" });
    await pictures(page, 1);
    await page.click(".generate");
    await page.waitForSelector('.failed[data-code="spending_limit"]');
    assert.match(await page.innerText(".failed"), /limit for today is reached\. It begins anew at/);
    await page.locator(".failed").getByRole("link", { name: "Change the limit" }).click();
    await focused(page, "#title-spending");
    await page.fill("#day-limit", "");
    await page.click("#section-spending [type=submit]");
    await page.waitForSelector("#section-spending meter", { state: "detached" });
    await check();
  });

  it("has own words for what a plan refuses", async () => {
    const { page, check } = await visit(browser, { expected: /status of 4(03|29)/ });
    await signUp(page);
    await page.fill("#prompt", "A barn");
    for (const [status, problem, words] of [
      [429, { code: "too_many_open", limit: 8 }, /more at once than your plan makes[\s\S]*allows 8/],
      [429, { code: "too_fast", limit: 30 }, /too much for one minute[\s\S]*allows 30/],
      [403, { code: "model_not_in_plan", plan: "free" }, /not in your plan/],
    ]) {
      const refuse = (route) => (route.request().method() === "POST" ? route.fulfill({ status, json: problem }) : route.continue());
      await page.route("**/api/generations", refuse);
      await page.click(".generate");
      const tile = page.locator(`.failed[data-code="${problem.code}"]`);
      await tile.waitFor();
      assert.match(await tile.innerText(), words);
      assert.match(await tile.innerText(), /See plans/);
      await page.unroute("**/api/generations", refuse);
    }
    assert.deepEqual(await audit(page), []);
    await page.locator(".failed").first().getByRole("link", { name: "See plans" }).click();
    await focused(page, "#title-plans");
    await check();
  });

  it("makes keys that are shown once, work, have limits, and end", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await openBilling(page);
    await page.click("#section-keys .key-form [type=submit]");
    await focused(page, "#key-name");
    await page.fill("#key-name", "My robot");
    await page.fill("#key-limit", "20");
    await page.click("#section-keys .key-form [type=submit]");
    await page.waitForSelector(".new-key");
    await focused(page, "#new-key-title");
    const secret = await page.innerText(".new-key-secret");
    assert.match(secret, /^atk_/);
    assert.deepEqual(await audit(page), []);
    const reply = await fetch(`${studioUrl}/api/generations`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      body: JSON.stringify({ model: "flux-schnell", prompt: "by a robot" }),
    });
    assert.equal(reply.status, 202);
    await page.getByRole("button", { name: "I have it" }).click();
    assert.equal(await page.locator(".new-key").count(), 0);
    await page.reload();
    await page.waitForSelector("#section-keys .row");
    const row = page.locator("#section-keys .row");
    assert.ok(!(await page.content()).includes(secret), "the secret can be seen again");
    assert.match(await row.innerText(), /My robot[\s\S]*1 of 20 credits today/);
    await row.getByRole("button", { name: "Limit, My robot" }).click();
    await row.locator("input").fill("");
    await row.getByRole("button", { name: "Save the limit" }).click();
    await page.waitForFunction(() => /1 credit today/.test(document.querySelector("#section-keys .row").innerText));
    await row.getByRole("button", { name: "Delete, My robot" }).click();
    assert.match(await row.innerText(), /stop working at once/);
    await page.keyboard.press("Escape");
    await row.getByRole("button", { name: "Delete, My robot" }).click();
    await row.locator(".confirm .danger").click();
    await page.waitForSelector("#section-keys .row", { state: "detached" });
    await check();
  });

  it("sells nothing where nothing is sold, and breaks nothing", async () => {
    const off = async (route) => {
      const response = await route.fetch();
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
    for (const section of ["credits", "plan", "spending", "keys", "history"]) assert.equal(await page.locator(`#section-${section}`).count(), 1, section);
    for (const section of ["plans", "topup", "invoices"]) assert.equal(await page.locator(`#section-${section}`).count(), 0, section);
    assert.deepEqual(await audit(page), []);
    await signOut(page);
    await check();
  });
});

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
