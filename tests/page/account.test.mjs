import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { fillSignUp, launch, mailboxUrl, signUp, somebody, strict, studioUrl, submit, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";
import { beAtGoogle, confirmAddress, focused, mailTo, openAccount, pictureIsCopied, signIn, signOut, vendors } from "./people.mjs";

const skip = studioUrl && mailboxUrl ? false : "ATELIER_URL and ATELIER_MAILBOX name no studio";

describe("the account page", { skip, timeout: 600_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  const said = (page, pattern) => page.waitForFunction((source) => new RegExp(source).test(document.querySelector(".notice")?.textContent), pattern.source);
  const error = (page, field) => page.locator(`#${field}-error`);
  /** Resolves when the page's next connection to the feed is open. */
  const hearing = (page) => page.waitForEvent("websocket").then((feed) => feed.waitForEvent("framereceived"));
  const send = (page, section) => page.click(`#section-${section} [type=submit]`);

  it("opens from the menu under a path of its own, and keeps a new name", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await page.fill("#prompt", "A prompt that waits");
    await openAccount(page);
    assert.equal(page.url(), `${studioUrl}/account`);
    assert.match(await page.title(), /^Your account/);
    await focused(page, "h1");
    assert.deepEqual(await audit(page), []);
    await page.fill("#name", " ");
    await send(page, "profile");
    await error(page, "name").waitFor();
    await focused(page, "#name");
    await page.fill("#name", "Ada King");
    await send(page, "profile");
    await said(page, /Saved/);
    await equals(() => page.innerText(".avatar-large"), "AK");
    await page.goBack();
    await page.waitForSelector("#prompt");
    await equals(() => page.inputValue("#prompt"), "A prompt that waits");
    await page.goForward();
    await page.waitForSelector("#section-profile");
    await page.reload();
    await page.waitForSelector("#section-profile");
    await equals(() => page.inputValue("#name"), "Ada King");
    await page.click(".back");
    await page.waitForSelector("#prompt");
    await check();
  });

  it("is asked for at the sign-in, and shown after it", async () => {
    const { page, check } = await visit(browser);
    const account = await signUp(page);
    await signOut(page);
    await page.goto(`${studioUrl}/account`);
    await page.waitForSelector("#remember");
    await signIn(page, account);
    await page.waitForSelector("#section-profile");
    await check();
  });

  it("changes an address that nobody has confirmed by one mail, a confirmed one by two", async () => {
    const { page, check } = await visit(browser, { expected: /status of 400/ });
    const { email } = await signUp(page);
    await openAccount(page);
    await page.fill("#new-email", email);
    await send(page, "email");
    await error(page, "new-email").waitFor();
    await matches(() => error(page, "new-email").innerText(), /already your address/);
    const second = somebody().email;
    await page.fill("#new-email", second);
    await send(page, "email");
    await page.waitForSelector("#section-email .flash");
    assert.ok((await page.innerText("#section-email .flash")).includes(second));
    await page.goto((await mailTo(second)).link);
    await page.waitForSelector(".flash-good");
    assert.equal(page.url(), `${studioUrl}/account`);
    await page.waitForFunction((address) => document.querySelector(".account-value")?.textContent.includes(address), second);

    if (await page.locator(".banner").count()) await confirmAddress(page, second);
    await page.goto(`${studioUrl}/account`);
    await page.waitForSelector("#section-email .badge:not(.badge-plain)");
    const third = somebody().email;
    await page.fill("#new-email", third);
    await send(page, "email");
    await page.waitForSelector("#section-email .flash");
    const told = await page.innerText("#section-email .flash");
    assert.ok(told.includes(second) && told.includes(third), told);
    await page.goto((await mailTo(second)).link);
    await page.waitForSelector(".flash-good");
    await matches(() => page.innerText(".flash"), /one more step/);
    await page.waitForFunction((address) => document.querySelector(".account-value")?.textContent.includes(address), second);
    await page.goto((await mailTo(third)).link);
    await page.waitForFunction((address) => document.querySelector(".account-value")?.textContent.includes(address), third);
    await check();
  });

  it("changes the password, and ends what was signed in elsewhere", async () => {
    const here = await visit(browser, { expected: /status of 400/ });
    const account = await signUp(here.page);
    const there = await visit(browser, { expected: /status of 401/ });
    const heard = hearing(there.page);
    await signIn(there.page, account);
    await openAccount(there.page);
    await heard;
    const { page } = here;
    await openAccount(page);
    await page.fill("#current-password", "not the one");
    await page.fill("#new-password", "another long secret");
    await send(page, "password");
    await error(page, "current-password").waitFor();
    await focused(page, "#current-password");
    await page.fill("#current-password", account.password);
    await send(page, "password");
    await said(page, /password is changed/);
    assert.equal(await page.inputValue("#new-password"), "");
    await page.waitForFunction(() => document.querySelectorAll("#section-sessions .row").length === 1);
    // The feed hangs up there, so that it says so by itself.
    await there.page.waitForSelector("form.auth .auth-note");
    await signIn(there.page, { ...account, password: "another long secret" });
    await there.page.waitForSelector("#section-profile");
    await here.check();
    await there.check();
  });

  it("shows where one is signed in, and ends it there", async () => {
    const here = await visit(browser);
    const account = await signUp(here.page);
    const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const others = [];
    for (const userAgent of [firefox, firefox.replace("Windows NT 10.0; Win64; x64", "X11; Linux x86_64")]) {
      const other = await visit(browser, { userAgent, expected: /status of 401/ });
      const heard = hearing(other.page);
      await signIn(other.page, account);
      await heard;
      others.push(other);
    }
    const { page } = here;
    await openAccount(page);
    await page.waitForFunction(() => document.querySelectorAll("#section-sessions .row").length === 3);
    const rows = await page.locator("#section-sessions .row").allInnerTexts();
    const own = rows.find((row) => row.includes("This one"));
    assert.match(own, /Chrome on/);
    assert.match(own, /Active now/);
    assert.ok(!own.includes("Sign out"));
    const again = hearing(others[1].page);
    await page.getByRole("button", { name: /^Sign out: Firefox on Windows/ }).click();
    await said(page, /Signed out there/);
    await focused(page, "#title-sessions");
    await equals(() => page.locator("#section-sessions .row").count(), 2);
    await others[0].page.reload();
    await others[0].page.waitForSelector("form.auth");
    // Whoever stays signed in calls the feed again after it hung up on all: not while that is refused.
    await again;
    await page.locator("#section-sessions").getByRole("button", { name: "Sign out everywhere else" }).click();
    await said(page, /everywhere else/);
    await equals(() => page.locator("#section-sessions .row").count(), 1);
    await others[1].page.reload();
    await others[1].page.waitForSelector("form.auth");
    await here.check();
    for (const other of others) await other.check();
  });

  it("links Google and takes a way to sign in away, but never the last", async () => {
    const { page, check } = await visit(browser, { also: [vendors], expected: /status of 400/ });
    const account = await signUp(page);
    await openAccount(page);
    await matches(() => page.innerText("#section-methods"), /only way in/);
    const link = () => page.getByRole("button", { name: "Link a Google account" }).click();
    await link();
    await beAtGoogle(page, somebody());
    await page.waitForSelector(".flash-bad");
    await matches(() => page.innerText(".flash"), /another address/);
    assert.equal(page.url(), `${studioUrl}/account`);
    await page.waitForSelector("#section-methods .row");
    await link();
    await beAtGoogle(page, account);
    await page.waitForSelector(".flash-good");
    await matches(() => page.innerText(".flash"), /linked/);
    await page.waitForFunction(() => document.querySelectorAll("#section-methods .row").length === 2);
    assert.deepEqual(await audit(page), []);

    await page.getByRole("button", { name: "Remove: Google" }).click();
    await page.waitForSelector(".confirm");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".confirm", { state: "detached" });
    await page.getByRole("button", { name: "Remove: E-mail and password" }).click();
    await page.locator(".confirm .danger").click();
    await said(page, /Removed/);
    await matches(() => page.innerText("#section-methods"), /only way in/);

    // The first password comes by mail, as a forgotten one does.
    await page.locator("#section-password .primary").click();
    await page.waitForSelector("#section-password .flash");
    await page.goto((await mailTo(account.email)).link);
    await page.fill("#password", "a quite new secret");
    await submit(page);
    await page.waitForSelector("#current-password");
    assert.equal(page.url(), `${studioUrl}/account`);
    await page.waitForFunction(() => document.querySelectorAll("#section-methods .row").length === 2);

    // The other page of the same account was quicker.
    await page.route("**/api/auth/unlink-account", (route) =>
      route.fulfill({ status: 400, json: { message: "You can't unlink your last account", code: "FAILED_TO_UNLINK_LAST_ACCOUNT" } }),
    );
    await page.getByRole("button", { name: "Remove: Google" }).click();
    await page.locator(".confirm .danger").click();
    await page.waitForSelector("#section-methods .form-error");
    await matches(() => page.innerText("#section-methods .form-error"), /only way to sign in/);
    await check();
  });

  it("shows the picture that came from Google from a copy of the studio's own, and takes it away", async () => {
    const { page, requests, check } = await visit(browser, { also: [vendors], expected: /status of 404/ });
    await page.check("#age");
    await page.getByRole("button", { name: "Continue with Google" }).click();
    await beAtGoogle(page, somebody());
    const picture = (within) => page.waitForFunction((box) => document.querySelector(`${box} .avatar-picture`)?.naturalWidth > 0, within);
    await page.waitForSelector("#prompt");
    const atHome = requests.length;
    await openAccount(page);
    await pictureIsCopied(page);
    await page.reload();
    await picture(".avatar-large");
    await picture(".account");
    const sources = await page.$$eval(".avatar-picture", (images) => images.map((image) => image.src));
    for (const source of sources) assert.ok(source.startsWith(`${studioUrl}/media/`), source);
    for (const request of requests.slice(atHome)) assert.ok(request.url().startsWith(studioUrl), request.url());
    await page.getByRole("button", { name: "Remove the picture" }).click();
    await said(page, /removed/);
    await equals(() => page.innerText(".avatar-large"), "CR");
    await page.reload();
    await page.waitForSelector(".avatar-large");
    assert.equal(await page.locator(".avatar-picture").count(), 0);
    await check();
  });

  it("asks to sign in again where that is needed, and comes back", async () => {
    const { page, check } = await visit(browser, { also: [vendors], expected: /status of 403/ });
    const account = await signUp(page);
    await openAccount(page);
    await page.getByRole("button", { name: "Link a Google account" }).click();
    await beAtGoogle(page, account);
    await page.waitForFunction(() => document.querySelectorAll("#section-methods .row").length === 2);
    await page.route("**/api/auth/unlink-account", (route) =>
      route.fulfill({ status: 403, json: { message: "Session is not fresh", code: "SESSION_NOT_FRESH" } }),
    );
    await page.getByRole("button", { name: "Remove: Google" }).click();
    await page.locator(".confirm .danger").click();
    await page.locator("#section-methods .form-error").getByRole("button", { name: "Sign in again" }).click();
    await page.waitForSelector("form.auth .auth-note");
    await matches(() => page.innerText(".auth-note"), /Sign in again/);
    await page.unroute("**/api/auth/unlink-account");
    await signIn(page, account);
    await page.waitForFunction(() => document.querySelectorAll("#section-methods .row").length === 2);
    await page.getByRole("button", { name: "Remove: Google" }).click();
    await page.locator(".confirm .danger").click();
    await said(page, /Removed/);
    await check();
  });

  it("deletes the account after its password, and says so", async () => {
    const { page, check } = await visit(browser, { expected: /status of 40[01]/ });
    const account = await signUp(page);
    await openAccount(page);
    await page.click("#section-remove .quiet-danger");
    await matches(() => page.innerText("#section-remove"), /pictures[\s\S]*credits[\s\S]*cannot be undone/);
    await focused(page, ".goes");
    await page.getByRole("button", { name: "Keep the account" }).click();
    await focused(page, "#section-remove .quiet-danger");
    await page.click("#section-remove .quiet-danger");
    await page.click("#section-remove .danger");
    await error(page, "delete-proof").waitFor();
    await page.fill("#delete-proof", "not the one");
    await page.click("#section-remove .danger");
    await page.waitForFunction(() => /not your password/.test(document.querySelector("#delete-proof-error")?.textContent));
    await page.fill("#delete-proof", account.password);
    await page.click("#section-remove .danger");
    await page.waitForSelector("form.auth .flash-good");
    assert.equal(page.url(), `${studioUrl}/`);
    assert.deepEqual(await audit(page), []);
    await signIn(page, account);
    await error(page, "password").waitFor();
    await check();
  });

  it("deletes an account without a password after a tick", async () => {
    const { page, check } = await visit(browser, { also: [vendors] });
    await page.check("#age");
    await page.getByRole("button", { name: "Continue with Google" }).click();
    await beAtGoogle(page, somebody());
    await page.waitForSelector("#prompt");
    await openAccount(page);
    await matches(() => page.innerText("#section-password"), /no password yet/);
    await page.click("#section-remove .quiet-danger");
    await page.click("#section-remove .danger");
    await error(page, "delete-proof").waitFor();
    await page.check("#delete-proof");
    await page.click("#section-remove .danger");
    await page.waitForSelector("form.auth .flash-good");
    await check();
  });

  it("deletes by a mail, where the operator wants it so", { skip: strict.url ? false : "ATELIER_STRICT_URL names no studio" }, async () => {
    const { page, check } = await visit(browser, { at: strict.url });
    const account = await fillSignUp(page);
    await submit(page);
    await page.goto((await mailTo(account.email, strict.mailbox)).link);
    await signIn(page, account);
    await page.waitForSelector("#prompt");
    await openAccount(page);
    await page.click("#section-remove .quiet-danger");
    await page.fill("#delete-proof", account.password);
    await page.click("#section-remove .danger");
    await page.waitForSelector("#section-remove .flash-good");
    assert.ok((await page.innerText("#section-remove .flash")).includes(account.email));
    await page.goto((await mailTo(account.email, strict.mailbox)).link);
    await page.waitForSelector("form.auth .flash-good");
    await matches(() => page.innerText(".flash"), /deleted/);
    await check();
  });

  it("can be used with the keyboard alone", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    const tabTo = async (selector) => {
      for (let n = 0; n < 60; n += 1) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
      }
      assert.fail(`Tab never reached ${selector}`);
    };
    await page.waitForSelector(".banner");
    await tabTo(".account > button");
    await page.keyboard.press("Enter");
    await tabTo('.menu-item[href="/account"]');
    await page.keyboard.press("Enter");
    await focused(page, "h1");
    await page.waitForSelector("#section-sessions .row");
    await tabTo("#name");
    await page.keyboard.type(" the Second");
    await page.keyboard.press("Enter");
    await said(page, /Saved/);
    await tabTo("#current-password");
    await tabTo("#end-others");
    await page.keyboard.press("Space");
    assert.equal(await page.isChecked("#end-others"), false);
    await tabTo("#section-remove .quiet-danger");
    await page.keyboard.press("Enter");
    await focused(page, ".goes");
    await tabTo("#section-remove .danger");
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none", "focus cannot be seen");
    await page.keyboard.press("Enter");
    await focused(page, "#delete-proof");
    // On the way back nothing that has the focus lies under the header.
    for (let n = 0; n < 30; n += 1) {
      await page.keyboard.press("Shift+Tab");
      const covered = await page.evaluate(() => {
        const { activeElement: at } = document;
        const header = document.querySelector(".header");
        return at !== document.body && !header.contains(at) && at.getBoundingClientRect().top < header.getBoundingClientRect().bottom && at.outerHTML;
      });
      assert.ok(!covered, covered);
    }
    await check();
  });
});
