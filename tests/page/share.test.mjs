import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { generate, launch, PHONE, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";
import { chooseModel } from "./files.mjs";
import { openAccount } from "./people.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";
const FRENCH = { ...PHONE, locale: "fr-CA", colorScheme: "dark" };

/** Makes a link to the newest work; answers its address. */
const share = (page, recipe) =>
  page.evaluate(async (shown) => {
    const { generations } = await (await fetch("/api/generations?limit=1")).json();
    const body = JSON.stringify({ days: 30, recipe: shown, output: null });
    const reply = await fetch(`/api/generations/${generations[0].id}/shares`, { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await reply.json()).link;
  }, recipe);
const drawn = (page) => page.waitForFunction(() => document.querySelector(".shared-works img")?.naturalWidth > 0);
/** What has to be said of a work is on the screen that it is on. */
async function saysItAll(page) {
  const { bottom, height } = await page.$eval(".shared-main > .primary", (own) => ({ bottom: own.getBoundingClientRect().bottom, height: innerHeight }));
  assert.ok(bottom <= height, `ends at ${bottom} of ${height}`);
}

describe("links", { skip, timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("are made, copied and revoked on a phone, dark and in French, and shown there", async () => {
    const { page, context, check } = await visit(browser, FRENCH);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await signUp(page);
    await generate(page, "Un phare dans la brume, gravure sur bois");
    await pictures(page, 1);
    await page.tap(".picture-open");
    await page.waitForSelector("dialog.viewer[open]");
    await page.tap('.recipe [data-action="share"]');
    await page.waitForSelector("dialog.share .share-none");
    await page.check("dialog.share .check input");
    await page.tap("dialog.share [type=submit]");
    const link = await page.inputValue(".share-links input");
    await equals(() => page.getByRole("textbox", { name: "Lien" }).inputValue(), link);
    await page.waitForFunction(() => /copié/.test(document.querySelector(".notice").textContent));
    await page.evaluate(() => navigator.clipboard.writeText(""));
    await page.getByRole("button", { name: "Copier le lien" }).tap();
    await page.waitForFunction(() => document.querySelector(".notice").textContent === "Copié.");
    // What lies outside of an open dialog is not heard.
    await matches(() => page.textContent("dialog.share [aria-live]"), /Copié/);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "share-phone-fr-dark");

    const stranger = await visit(browser, { ...FRENCH, path: new URL(link).pathname, expected: /status of 404/ });
    await drawn(stranger.page);
    await matches(() => stranger.page.innerText(".shared-note"), /Créé par intelligence artificielle/);
    await saysItAll(stranger.page);
    assert.deepEqual(await audit(stranger.page, 44), []);
    await shot(stranger.page, "shared-phone-fr-dark");
    await shot(stranger.page, "shared-recipe-phone-fr-dark", { fullPage: true });
    await page.locator(".share-links .quiet-danger").tap();
    await page.waitForSelector("dialog.share .share-none");
    await stranger.page.reload();
    await stranger.page.waitForSelector(".shared-gone");
    await matches(() => stranger.page.innerText("h1"), /Lien indisponible/);
    assert.deepEqual(await audit(stranger.page, 44), []);
    await shot(stranger.page, "shared-gone-phone-fr-dark");
    await stranger.check();
    await check();
  });

  it("are listed on the account page, whatever they show, and end there", async () => {
    const { page, context, check } = await visit(browser);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await signUp(page);
    await openAccount(page);
    const none = page.locator("#section-links").getByText("None yet.");
    await none.waitFor();
    await page.click(".back");
    await generate(page, "A quay at noon", { ratio: "1:1" });
    await pictures(page, 1);
    await share(page, false);
    const newest = await share(page, true);
    await openAccount(page);
    await page.waitForFunction(() => document.querySelectorAll("#section-links .row").length === 2);
    await page.locator("#section-links").scrollIntoViewIfNeeded();
    await page.waitForFunction(() => {
      const covers = [...document.querySelectorAll(".row-cover img")];
      return covers.length === 2 && covers.every(({ naturalWidth }) => naturalWidth > 0);
    });
    const rows = await page.locator("#section-links .row").allInnerTexts();
    assert.match(rows[0], /A quay at noon.*Expires on .*with prompt/s);
    assert.doesNotMatch(rows[1], /with prompt/);
    const newer = "A quay at noon (2)";
    await equals(() => page.getByRole("link", { name: `Open: ${newer}` }).getAttribute("href"), newest);
    await page.getByRole("button", { name: `Copy: ${newer}` }).click();
    await page.waitForFunction(() => document.querySelector(".notice").textContent === "Copied.");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), newest);
    assert.deepEqual(await audit(page), []);
    await shot(page, "account-links");
    await page.getByRole("button", { name: `Revoke: ${newer}` }).click();
    await page.waitForFunction(() => document.querySelectorAll("#section-links .row").length === 1);
    assert.equal(await page.evaluate(() => document.activeElement.id), "title-links");
    const stranger = await visit(browser, { path: new URL(newest).pathname, expected: /status of 404/ });
    await stranger.page.waitForSelector(".shared-gone");
    await stranger.check();
    await page.getByRole("button", { name: "Revoke: A quay at noon" }).click();
    await none.waitFor();
    await check();

    const phone = await visit(browser, FRENCH);
    await signUp(phone.page);
    await generate(phone.page, "Un quai à midi");
    await pictures(phone.page, 1);
    await share(phone.page, true);
    await phone.page.goto(`${studioUrl}/account`);
    await phone.page.waitForSelector("#section-links .row");
    assert.deepEqual(await audit(phone.page, 44), []);
    await phone.page.locator("#section-links").scrollIntoViewIfNeeded();
    await phone.page.waitForFunction(() => document.querySelector(".row-cover img")?.naturalWidth > 0);
    await shot(phone.page, "account-links-phone-fr-dark");
    await phone.check();
  });

  it("show a film as one, with its disclosure beside it", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await generate(page, "A quay at noon", { ratio: "1:1" });
    await pictures(page, 1);
    const still = await share(page, false);
    await chooseModel(page, "seedance-1-pro");
    await page.fill("#prompt", "Waves roll in");
    await page.click(".generate");
    await page.waitForSelector('.tile:has(video) .picture[data-loaded="true"]', { timeout: 120_000 });
    for (const [link, name] of [[await share(page, false), "film"], [await share(page, true), "film-recipe"], [still, "still"]]) {
      const stranger = await visit(browser, { path: new URL(link).pathname });
      if (name === "still") await drawn(stranger.page);
      else await stranger.page.waitForFunction(() => document.querySelector(".shared-works video")?.readyState >= 1);
      await saysItAll(stranger.page);
      const words = await stranger.page.$eval(".shared-works :is(img, video)", (work) => work.getAttribute("alt") ?? work.getAttribute("aria-label"));
      assert.equal(words, { film: "Shared video", "film-recipe": "Waves roll in", still: "Shared picture" }[name]);
      if (name === "film-recipe") await matches(() => stranger.page.innerText(".recipe-facts"), /5 seconds/);
      assert.deepEqual(await audit(stranger.page), []);
      await shot(stranger.page, `shared-${name}`);
      await stranger.check();
    }
    await check();
  });
});
