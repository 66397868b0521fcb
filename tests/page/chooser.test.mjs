import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { generate, launch, PHONE, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";
import { brought, chooseFiles, chooseModel, picture } from "./files.mjs";
import { focused } from "./people.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

/** Brings a picture, and opens the choice of one's own. */
async function openChooser(page, model = "nano-banana-pro") {
  await chooseModel(page, model);
  await page.click("#add-images");
  await chooseFiles(page, [picture()]);
  await brought(page, 1);
  await page.click("#add-images");
  await page.locator(".add-picture .popover-panel button").last().click();
  await page.waitForSelector("dialog.chooser[open] .chooser-choice");
}

describe("choosing", { skip, timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("asks before an upload is deleted", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await openChooser(page);
    const deletions = () => requests.filter((request) => request.method() === "DELETE").length;
    await page.click(".chooser .thumb-remove");
    await page.waitForSelector(".chooser .confirm");
    await matches(() => page.innerText(".chooser .confirm"), /Delete this upload for good\?/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "chooser-ask");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".chooser .confirm", { state: "detached" });
    await focused(page, ".thumb-remove");
    assert.equal(deletions(), 0);
    await page.keyboard.press("Enter");
    await page.click(".chooser .confirm .danger");
    await page.waitForSelector(".chooser .thumb-remove", { state: "detached" });
    await focused(page, "#chooser-brought");
    assert.equal(deletions(), 1);
    await brought(page, 0);
    await check();
  });

  it("loads what was made before the gallery's first page", async () => {
    // Pages of two; those after the first are lost until this is opened.
    let open = false;
    const { page, check } = await visit(browser, {
      expected: /ERR_FAILED/,
      before: (opening) =>
        opening.route("**/api/generations?*", (route) => {
          const url = new URL(route.request().url());
          if (url.searchParams.has("cursor") && !open) return route.abort("failed");
          url.searchParams.set("limit", "2");
          return route.continue({ url: url.href });
        }),
    });
    await signUp(page);
    for (const [n, prompt] of ["one", "two", "three"].entries()) {
      await generate(page, prompt, { ratio: "1:1", count: 1 });
      await pictures(page, n + 1);
    }
    await page.reload();
    await pictures(page, 2);
    await openChooser(page);
    await equals(() => page.locator('[aria-labelledby="chooser-made"] .chooser-choice').count(), 2);
    await page.waitForSelector('[aria-labelledby="chooser-made"] [role="alert"]');
    open = true;
    await page.click("#chooser-more");
    await focused(page, '[aria-labelledby="chooser-made"] li:nth-child(3) .chooser-choice');
    await page.waitForSelector("#chooser-more", { state: "detached" });
    await check();
  });

  it("searches the models, whatever their accents, by keys too", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await page.click(".add-picture > button");
    await chooseFiles(page, [picture()]);
    // What was said in passing goes at a press, and when something opens that it would lie on.
    const said = () => page.locator(".notice:popover-open", { hasText: /it is chosen now/ });
    await said().click();
    await said().waitFor({ state: "detached" });
    await brought(page, 1);
    await page.click(".model > button");
    const search = page.getByRole("searchbox", { name: "Search models" });
    await search.fill("enlarge");
    await equals(() => page.locator(".models-kind h3").allInnerTexts(), ["Enlarge"]);
    assert.deepEqual(await audit(page), []);
    await shot(page, "models-search");
    await search.fill("no such model");
    await page.waitForSelector(".models-none");
    await search.press("Enter");
    await page.waitForSelector(".models-none");
    await search.fill("kontext");
    await search.press("Enter");
    await page.waitForSelector(".models", { state: "detached" });
    await matches(() => page.innerText(".model > button"), /Kontext/);
    await focused(page, ".model > button");
    await check();
  });

  it("is sound on a phone, dark and in French", async () => {
    const { page, check } = await visit(browser, { ...PHONE, locale: "fr-CA", colorScheme: "dark" });
    await signUp(page);
    await generate(page, "Un phare dans la brume");
    await pictures(page, 1);
    await openChooser(page);
    await matches(() => page.innerText(".chooser"), /Images créées ici[\s\S]*Images importées/);
    await page.waitForFunction(() => [...document.querySelectorAll(".chooser img")].every((image) => image.naturalWidth > 0));
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "chooser-phone-fr-dark");
    await page.tap(".chooser .thumb-remove");
    await page.waitForSelector(".chooser .confirm");
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "chooser-ask-phone-fr-dark");
    await check();
  });
});
