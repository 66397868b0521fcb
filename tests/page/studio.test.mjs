import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { compose, credits, creditsBecome, generate, launch, pictures, PHONE, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

describe("the studio page", { skip, timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("shows neither screen until it knows who is there, then the landing", async () => {
    let answer;
    const held = new Promise((resolve) => (answer = resolve));
    const { page, check } = await visit(browser, {
      before: (opening) => opening.route("**/api/auth/get-session", (route) => held.then(() => route.continue())),
    });
    await page.waitForSelector(".splash");
    assert.equal(await page.locator("form").count(), 0);
    answer();
    await page.waitForSelector("form.auth");
    await equals(() => page.locator(".promises li").count(), 4);
    assert.deepEqual(await audit(page), []);
    await shot(page, "landing");
    await check();
  });

  it("moves the focus with what it draws, so that it is taken from nobody who goes on at once", async () => {
    const { page, check } = await visit(browser);
    /** Where the focus is after a press, before anything is painted. */
    const press = (selector) =>
      page.evaluate(async (where) => {
        document.querySelector(where).click();
        for (let n = 0; n < 20; n += 1) await null;
        const at = document.activeElement;
        return at.closest(".popover-panel") ? "panel" : at.id;
      }, selector);
    await page.waitForSelector("form.auth");
    assert.equal(await press("form.auth > .auth-other .link"), "email");
    assert.equal(await press("form.auth > .auth-other .link"), "name");
    await signUp(page);
    assert.equal(await press(".ratio > button"), "panel");
    await check();
  });

  it("tells each error of the account form beside its field", async () => {
    const { page, check } = await visit(browser, { expected: /status of 4(01|22)/ });
    const error = (field) => page.locator(`#${field}-error`);
    await page.click("form.auth [type=submit]");
    await error("password").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "name");
    await page.fill("#name", "Camille");
    await page.fill("#email", "not an address");
    await page.fill("#password", "short");
    await page.click("form.auth [type=submit]");
    await matches(() => error("email").innerText(), /e-mail address/);
    await matches(() => error("password").innerText(), /at least 8/);
    await shot(page, "sign-up-errors");

    const { email } = await signUp(page);
    await page.click(".account > button");
    await page.click(".menu-item:last-child");
    await page.waitForSelector("form.auth");
    await page.fill("#name", "Someone else");
    await page.fill("#email", email);
    await page.fill("#password", "another long secret");
    await page.check("#age");
    await page.click("form.auth [type=submit]");
    await error("email").waitFor();
    await error("email").getByRole("button").click();
    await page.click("form.auth [type=submit]");
    await error("password").waitFor();
    await matches(() => error("password").innerText(), /do not match/);
    await check();
  });

  it("draws a picture in place: at once, in the right ratio, without reload or shift", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await matches(() => page.innerText(".empty"), /50 free credits/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "empty");
    const start = await credits(page);
    const prompt = "A red fox in deep snow, woodcut";
    await compose(page, prompt, { ratio: "16:9" });
    const price = Number((await page.innerText(".generate-price")).match(/\d+/)[0]);

    const isThere = await page.evaluate(async () => {
      window.mark = "never reloaded";
      document.querySelector(".generate").click();
      // Before anything is painted.
      for (let n = 0; n < 20; n += 1) await null;
      const tile = document.querySelector(".tile:has(.waiting)");
      if (tile) tile.mark = "same tile";
      return tile !== null;
    });
    assert.ok(isThere, "the tile is drawn at once");
    const waiting = await page.locator(".tile").boundingBox();
    await creditsBecome(page, start.available - price, price);
    await shot(page, "waiting");

    await pictures(page, 1);
    await creditsBecome(page, start.available - price);
    const arrived = await page.locator(".tile").boundingBox();
    assert.ok(Math.abs(arrived.width / arrived.height - 16 / 9) < 0.02, "the tile is not 16:9");
    assert.deepEqual(arrived, waiting, "the layout moved");
    assert.equal(await page.evaluate(() => `${window.mark}, ${document.querySelector(".tile").mark}`), "never reloaded, same tile");
    const { alt, ratio } = await page.$eval(".picture img", (image) => ({ alt: image.alt, ratio: image.naturalWidth / image.naturalHeight }));
    assert.equal(alt, prompt);
    assert.ok(Math.abs(ratio - 16 / 9) < 0.06, `the picture itself is ${ratio}`);
    await page.waitForFunction(() => document.getElementById("live").textContent.includes("Done"));
    const sent = requests.find((request) => request.method() === "POST" && request.url().endsWith("/api/generations"));
    assert.match(sent.headers()["idempotency-key"], /^[0-9a-f-]{36}$/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "picture");
    await check();
  });

  it("asks the server while something is open, and never otherwise", async () => {
    const { page, requests, check } = await visit(browser, { before: (opening) => opening.clock.install() });
    await signUp(page);
    const polls = () => requests.filter((request) => request.method() === "GET" && request.url().includes("/api/generations")).length;
    const before = polls();
    await page.clock.fastForward(60_000);
    assert.equal(polls(), before, "asked with nothing open");
    await generate(page, "A paper boat");
    await pictures(page, 1);
    const atEnd = polls();
    assert.ok(atEnd > before, "never asked while open");
    await page.clock.fastForward(60_000);
    assert.equal(polls(), atEnd, "asked after the end");
    await check();
  });

  it("opens, leafs, downloads and deletes", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await generate(page, "Two boats at anchor", { ratio: "3:2", count: 2 });
    await pictures(page, 2);
    await page.locator(".picture-open").first().click();
    await page.waitForSelector("dialog.viewer[open]");
    const facts = await page.innerText(".recipe");
    for (const wanted of ["Two boats at anchor", "3:2", "Charged", "Size", "Seed"]) assert.ok(facts.includes(wanted), `${wanted} in ${facts}`);
    assert.deepEqual(await audit(page), []);
    await shot(page, "viewer");
    await matches(() => page.innerText(".viewer-position"), /^1 of 2$/);
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector(".viewer-position").textContent === "2 of 2");

    const [download] = await Promise.all([page.waitForEvent("download"), page.click(".recipe-actions .primary")]);
    assert.match(download.suggestedFilename(), /^atelier-two-boats-at-anchor-2\.(webp|jpg|png)$/);
    assert.ok((await readFile(await download.path())).length > 500, "too few bytes arrived");

    await page.keyboard.press("Escape");
    await page.waitForFunction(() => /^picture-.*-1$/.test(document.activeElement.id));

    await page.keyboard.press("Enter");
    await page.click(".recipe .quiet-danger");
    await matches(() => page.innerText(".recipe .confirm"), /all 2 pictures/);
    await page.click(".recipe .confirm .danger");
    await page.waitForSelector(".empty");
    await page.reload();
    await page.waitForSelector(".empty");
    await check();
  });

  it("can be used with the keyboard alone", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await page.locator("h1").click();
    await page.keyboard.press("Shift+?");
    await page.waitForSelector("dialog.sheet[open]");
    assert.deepEqual(await audit(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "prompt");
    await page.keyboard.type("A kite over dunes / at noon?");
    const tabTo = async (selector) => {
      for (let n = 0; n < 40; n += 1) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
      }
      assert.fail(`Tab never reached ${selector}`);
    };
    await tabTo(".ratio > button");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
    const ratio = await page.$eval(".ratio input:checked", (input) => input.value);
    await page.keyboard.press("Enter");
    assert.ok((await page.innerText(".ratio > button")).includes(ratio));
    await page.keyboard.press("Control+Enter");
    await pictures(page, 1);
    await page.keyboard.press("/");
    await page.evaluate(() => document.activeElement.blur());
    await tabTo(".picture-open");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", "focus cannot be seen");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog.viewer[open]");
    await tabTo(".recipe .quiet-danger");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await equals(() => page.locator("dialog.viewer[open]").count(), 1, "Escape in the question closed the picture");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement.matches(".picture-open"));
    await check();
  });

  it("speaks French, stays dark and fits a phone", async () => {
    const { page, check } = await visit(browser, { ...PHONE, locale: "fr-CA", colorScheme: "dark" });
    await equals(() => page.getAttribute("html", "lang"), "fr");
    await page.waitForSelector("form.auth");
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "phone-landing-fr-dark");
    await signUp(page);
    await matches(() => page.innerText(".empty"), /crédits offerts/);
    assert.deepEqual(await audit(page, 44), []);
    await generate(page, "Un phare dans la brume");
    await pictures(page, 1);
    const box = await page.locator(".composer").boundingBox();
    assert.ok(box.y + box.height <= 844 && box.x >= 0 && box.x + box.width <= 390, "the prompt box leaves the screen");
    const dark = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    assert.ok(Math.max(...dark.match(/\d+/g).slice(0, 3).map(Number)) < 60, `not dark: ${dark}`);
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "phone-studio-fr-dark");
    await page.tap(".picture-open");
    await page.waitForSelector("dialog.viewer[open]");
    await shot(page, "phone-viewer-fr-dark");
    await page.tap(".viewer-close");

    await page.tap(".account > button");
    await page.tap('.account .language input[value="en"]');
    await page.waitForFunction(() => document.documentElement.lang === "en");
    await page.tap('.account .theme input[value="light"]');
    await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
    await page.reload();
    await pictures(page, 1);
    await equals(() => page.getAttribute("html", "lang"), "en");
    const light = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    assert.ok(Math.min(...light.match(/\d+/g).slice(0, 3).map(Number)) > 200, `not light: ${light}`);
    await check();
  });
});
