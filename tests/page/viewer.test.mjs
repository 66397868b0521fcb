import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { generate, launch, PHONE, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals } from "./expect.mjs";
import { chooseModel } from "./files.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

/** A long prompt, as people write them. */
const LONG = "A glass greenhouse on a cliff at dawn, mist below, soft golden light, medium-format photograph. ".repeat(8).trim();

/** One finger from one place of the picture to another, in CSS pixels. */
const swipe = (page, from, to, target = ".viewer-stage img") =>
  page.$eval(
    target,
    (element, [start, end]) => {
      const send = (type, [clientX, clientY]) => {
        const touch = new Touch({ identifier: 1, target: element, clientX, clientY });
        const touches = type === "touchend" ? [] : [touch];
        element.dispatchEvent(new TouchEvent(type, { bubbles: true, touches, changedTouches: [touch] }));
      };
      send("touchstart", start);
      send("touchend", end);
    },
    [from, to],
  );
const position = (page) => page.innerText(".viewer-position");
const at = (page, words) => page.waitForFunction((wanted) => document.querySelector("dialog.viewer[open] .viewer-position")?.textContent === wanted, words);

describe("a work, large", { skip, timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("turns by buttons, arrows and swipes, at its last work too, and by nothing else", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await generate(page, "Two boats at anchor", { ratio: "3:2", count: 2 });
    await pictures(page, 2);
    await page.locator(".picture-open").first().click();
    await at(page, "1 of 2");
    await page.locator(".viewer-next").focus();
    await page.keyboard.press("Enter");
    await at(page, "2 of 2");
    await equals(() => page.getAttribute(".viewer-next", "aria-disabled"), "true");
    await page.keyboard.press("ArrowLeft");
    await at(page, "1 of 2");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    await at(page, "2 of 2");

    await swipe(page, [100, 300], [300, 320]);
    await at(page, "1 of 2");
    await swipe(page, [300, 500], [240, 200]);
    await swipe(page, [300, 300], [280, 300]);
    assert.equal(await position(page), "1 of 2", "a finger that scrolls turns the page");
    // The page enlarged by two fingers: one of them then moves it about.
    await page.evaluate(() => Object.defineProperty(window, "visualViewport", { value: { scale: 2, addEventListener() {}, removeEventListener() {} }, configurable: true }));
    await swipe(page, [300, 300], [100, 300]);
    assert.equal(await position(page), "1 of 2", "the enlarged page cannot be moved about");
    await check();
  });

  it("leaves a swipe over a film to the film's controls", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await generate(page, "Waves at dusk", { ratio: "1:1" });
    await pictures(page, 1);
    await page.click(".picture-open");
    await page.waitForSelector("dialog.viewer[open]");
    assert.equal(await page.locator(".viewer-position").count(), 0, "one of one is said");
    await page.keyboard.press("Escape");
    await chooseModel(page, "seedance-1-pro");
    await page.fill("#prompt", "Waves roll in");
    await page.click(".generate");
    await page.waitForSelector('.tile:has(video) .picture[data-loaded="true"]', { timeout: 120_000 });
    await page.click(".tile:has(video) .picture-open");
    await at(page, "1 of 2");
    await swipe(page, [300, 300], [100, 300], ".viewer-stage video");
    assert.equal(await position(page), "1 of 2");
    await page.click(".viewer-next");
    await at(page, "2 of 2");
    await check();
  });

  for (const [name, least, options] of [
    ["en-light-desktop", 24, {}],
    ["fr-dark-phone", 44, { ...PHONE, locale: "fr-CA", colorScheme: "dark" }],
  ]) {
    it(`keeps its actions at hand beside many words: ${name}`, async () => {
      const { page, check } = await visit(browser, options);
      await signUp(page);
      await generate(page, LONG);
      await pictures(page, 1);
      await page.click(".picture-open");
      await page.waitForSelector("dialog.viewer[open]");
      // What scrolls is reached by keys.
      await page.waitForFunction(() => document.querySelector(".recipe-prompt").tabIndex === 0);
      const height = await page.$eval(".recipe-prompt", (words) => words.clientHeight);
      assert.ok(height < 200, `${height} px of words`);
      assert.deepEqual(await audit(page, least), []);
      await page.locator(".recipe-actions").scrollIntoViewIfNeeded();
      await shot(page, `viewer-long-${name}`);
      await page.locator(".recipe-tools").evaluate((tools) => tools.scrollIntoView({ block: "end" }));
      await shot(page, `viewer-actions-${name}`);
      await check();
    });
  }
});
