import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { answered, compose, launch, mailboxUrl, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";
import { focused, vendors } from "./people.mjs";
import { atStripe, chooseModel, control, DEAR, openBilling, pay, said, stripeState, topUp } from "./shop.mjs";

const skip = studioUrl && mailboxUrl ? false : "ATELIER_URL and ATELIER_MAILBOX name no studio";

describe("the billing page", { skip, timeout: 900_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  const visitPaying = (options) => visit(browser, { also: [vendors], ...options });

  const shown = (page, selector, pattern, options) =>
    page.waitForFunction(([where, source]) => new RegExp(source).test(document.querySelector(where)?.innerText), [selector, pattern.source], options);

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
    await shown(page, "#section-plan", /Studio[\s\S]*Renews on/);
    // That the plan runs and that it was paid are two messages of Stripe's.
    await untilShown(page, "#section-credits", /From your plan\s+1,000/);
    await page.waitForSelector("#section-invoices .row");
    await matches(() => page.innerText("#section-invoices"), /\$12\.00\s+Paid[\s\S]*Plan/);
    await matches(() => page.innerText("#section-history"), /Credits of your plan[\s\S]*\+1,000/);
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

  it("shows the plan and its invoice that Stripe tells later than the payment", async () => {
    const { page, check } = await visitPaying();
    await signUp(page);
    await openBilling(page);
    await page.getByRole("button", { name: "Choose Studio" }).click();
    await atStripe(page, "checkout");
    const read = async (route, path) => (await route.fetch({ url: studioUrl + path })).json();
    const heard = async (route) => [(await read(route, "/api/billing")).plan?.id, (await read(route, "/api/billing/invoices")).invoices?.length];
    // When the page hears of the payment the studio has heard it all; its first answers are as if it had not.
    const late = { "/api/billing": 2, "/api/billing/invoices": 2 };
    await page.route("**/api/billing/checkouts/*", async (route) => {
      await equals(() => heard(route), ["studio", 1]);
      await route.continue();
    });
    const early = { "/api/billing": ({ plan, ...rest }) => ({ ...rest, plan: { ...plan, name: { en: "Not yet" } } }), "/api/billing/invoices": () => ({ invoices: [] }) };
    for (const [path, before] of Object.entries(early)) {
      await page.route(`**${path}`, async (route) => {
        late[path] -= 1;
        if (late[path] < 0) return route.continue();
        const response = await answered(route);
        return route.fulfill({ response, json: before(await response.json()) });
      });
    }
    await pay(page, "paid");
    await said(page, "paid");
    await shown(page, "#section-plan", /Studio[\s\S]*Renews on/);
    await page.waitForSelector("#section-invoices .row");
    assert.ok(Object.values(late).every((n) => n < 0), JSON.stringify(late));
    await check();
  });

  /** The studio hears of it from Stripe, which may be after the page has asked. */
  async function untilShown(page, selector, pattern) {
    for (let n = 0; !(await shown(page, selector, pattern, { timeout: 2000 }).catch(() => false)); n += 1) {
      assert.ok(n < 10, `${selector} never says ${pattern}`);
      await page.reload();
    }
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
    await matches(() => banner.innerText(), /Your payment of \$12\.00 did not go through\. The next attempt is on/);
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
    await topUp(page);
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
    await page.getByRole("button", { name: "Reuse", exact: true }).click();
    await focused(page, "#prompt");
    await equals(() => page.inputValue("#prompt"), "A weather vane");
    await page.goBack();
    await picture.click();
    await page.click(".recipe .quiet-danger");
    await page.click(".recipe .confirm .danger");
    await page.waitForSelector("dialog.viewer[open]", { state: "detached" });
    await page.reload();
    await page.waitForSelector(".ledger-gone");
    await equals(() => page.innerText(".ledger-gone"), "Deleted picture");
    await check();
  });

  /** A page of the history holds two entries. */
  const shortly = { before: (opening) => opening.route("**/api/ledger?*", (route) => route.continue({ url: route.request().url().replace("limit=50", "limit=2") })) };

  it("asks again for what failed of the history: the newest, though there is more that is older", async () => {
    const { page, check } = await visit(browser, { ...shortly, expected: /ERR_FAILED/ });
    await signUp(page);
    await compose(page, "A paper boat");
    await page.click(".generate");
    await pictures(page, 1);
    await openBilling(page);
    await page.waitForSelector("#section-history > .secondary");
    await page.click(".back");
    await compose(page, "Another paper boat");
    await page.click(".generate");
    await pictures(page, 2);
    await page.route("**/api/ledger?*", (route) => route.abort("failed"), { times: 1 });
    await openBilling(page);
    await page.locator("#section-history [role=alert] button").click();
    await shown(page, ".ledger-row", /Another paper boat/);
    await check();
  });

  it("shows older history on demand, and joins what belongs together", async () => {
    const { page, check } = await visit(browser, shortly);
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
    await matches(() => page.innerText(".banner-warn"), /4 of your 5 credits for today/);
    assert.deepEqual(await audit(page), []);
    await page.click(".banner-warn .icon-button");
    await page.waitForSelector(".banner-warn", { state: "detached" });
    await pictures(page, 1);
    await page.click(".generate");
    await page.waitForSelector('.failed[data-code="spending_limit"]');
    await matches(() => page.innerText(".failed"), /limit for today is reached\. It begins anew at/);
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
      [429, { code: "too_many_open", limit: 8 }, /does not make that many at once[\s\S]*allows 8/],
      [429, { code: "too_fast", limit: 30 }, /Too many orders in one minute[\s\S]*allows 30/],
      [403, { code: "model_not_in_plan", plan: "free" }, /not in your plan/],
    ]) {
      const refuse = (route) => (route.request().method() === "POST" ? route.fulfill({ status, json: problem }) : route.continue());
      await page.route("**/api/generations", refuse);
      await page.click(".generate");
      const tile = page.locator(`.failed[data-code="${problem.code}"]`);
      await tile.waitFor();
      await matches(() => tile.innerText(), words);
      await matches(() => tile.innerText(), /See plans/);
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
    await matches(() => row.innerText(), /My robot[\s\S]*1 of 20 credits spent today/);
    await row.getByRole("button", { name: "Limit, My robot" }).click();
    await row.locator("input").fill("");
    await row.getByRole("button", { name: "Save the limit" }).click();
    await page.waitForFunction(() => /1 credit spent today/.test(document.querySelector("#section-keys .row").innerText));
    await row.getByRole("button", { name: "Delete, My robot" }).click();
    await matches(() => row.innerText(), /stop working at once/);
    await page.keyboard.press("Escape");
    await row.getByRole("button", { name: "Delete, My robot" }).click();
    await row.locator(".confirm .danger").click();
    await page.waitForSelector("#section-keys .row", { state: "detached" });
    await check();
  });
});
