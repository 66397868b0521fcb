import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { credits, generate, launch, PHONE, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

/** Makes pictures in the studio, one after the other. */
async function make(page, ...prompts) {
  const before = await page.locator(".grid .picture img").count();
  for (const [n, prompt] of prompts.entries()) {
    await generate(page, prompt, { ratio: "1:1", count: 1 });
    await pictures(page, before + n + 1);
  }
}
const tiles = (page) => page.locator(".library-tile").evaluateAll((all) => all.map((tile) => tile.querySelector("img")?.alt ?? tile.innerText));
/** Waits until the library shows just these, by their words. */
const shows = (page, ...prompts) =>
  page.waitForFunction(
    (wanted) => {
      const all = [...document.querySelectorAll(".library-tile")].map((tile) => tile.querySelector("img")?.alt);
      return all.length === wanted.length && all.every((alt, n) => alt === wanted[n]) && !document.querySelector("section[aria-busy=true]");
    },
    prompts,
  );
const toLibrary = async (page) => {
  await page.click(".header-library");
  await page.waitForSelector(".library-grid, .library-nothing");
};
const tile = (page, prompt) => page.locator(".library-tile", { has: page.getByRole("button", { name: `Open: ${prompt}` }) });
/** The boxes say what is selected, and what opened is on the screen: the audit sees neither. */
async function isWhole(page) {
  const wrong = await page.evaluate(() => {
    const boxes = [...document.querySelectorAll(".library-tile")].filter((tile) => String(tile.querySelector(".library-check input").checked) !== tile.dataset.selected);
    const panels = [...document.querySelectorAll(".popover-panel, .selection-bar")].map((panel) => panel.getBoundingClientRect());
    const off = panels.filter(({ left, right, top }) => left < 0 || right > innerWidth || top < 0);
    return [...boxes.map((tile) => `the box of ${tile.dataset.work}`), ...off.map((box) => `off the screen: ${JSON.stringify(box)}`)];
  });
  assert.deepEqual(wrong, []);
}
const select = (page, prompt) => tile(page, prompt).locator(".library-check input").click();

describe("the library", { skip, timeout: 420_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("says that it is empty, and where something is made", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await toLibrary(page);
    await page.waitForSelector(".library-nothing .primary");
    assert.deepEqual(await audit(page), []);
    assert.match(await page.title(), /^Library/);
    await page.click(".library-nothing .primary");
    await page.waitForSelector("#prompt");
    await check();
  });

  it("finds works by words, favourites, folders and filters, and the address keeps what was asked", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await make(page, "a red fox", "crème brûlée", "a boat at night");
    await page.hover(".tile:last-child .picture");
    await page.click('.tile:last-child [data-action="favourite"]');
    await page.waitForSelector(".tile:last-child .star-badge");
    await toLibrary(page);
    await shows(page, "a boat at night", "crème brûlée", "a red fox");
    assert.deepEqual(await audit(page), []);
    await shot(page, "library");

    await page.keyboard.press("/");
    await page.keyboard.type("CREME");
    await shows(page, "crème brûlée");
    await matches(() => page.url(), /\?q=CREME$/);
    await page.reload();
    await shows(page, "crème brûlée");
    await page.fill("#library-search", "nothing like it");
    await page.waitForSelector(".library-nothing");
    assert.deepEqual(await audit(page), []);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await shows(page, "a boat at night", "crème brûlée", "a red fox");

    await page.click('[data-filter="favourite"]');
    await shows(page, "a red fox");
    await page.click('[data-filter="favourite"]');
    await page.click("#library-filters");
    assert.deepEqual(await audit(page), []);
    await shot(page, "library-filters");
    await page.selectOption('[data-filter="kind"]', "upscale");
    await page.waitForSelector(".library-nothing");
    await page.selectOption('[data-filter="kind"]', "text-to-image");
    await page.selectOption('[data-filter="ratio"]', "1:1");
    await page.selectOption('[data-filter="status"]', "succeeded");
    await page.selectOption('[data-filter="when"]', "today");
    await shows(page, "a boat at night", "crème brûlée", "a red fox");
    await page.selectOption('[data-filter="when"]', "dates");
    await page.fill('[data-filter="to"]', "2020-01-01");
    await page.waitForSelector(".library-nothing");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Clear filters" }).click();
    await shows(page, "a boat at night", "crème brûlée", "a red fox");
    await check();
  });

  it("keeps works in folders, takes many along, and lets them go", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await make(page, "one", "two", "three");
    await toLibrary(page);
    await shows(page, "three", "two", "one");
    await page.click(".folder-new");
    await page.keyboard.type("Winter");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".library-nothing");
    await equals(() => page.innerText("#works"), "Winter");
    await page.click('[data-folder=""]');
    await shows(page, "three", "two", "one");

    await select(page, "three");
    await page.keyboard.down("Shift");
    await select(page, "one");
    await page.keyboard.up("Shift");
    await matches(() => page.innerText(".selection-count"), /^3 selected$/);
    await select(page, "three");
    await matches(() => page.innerText(".selection-count"), /^2 selected$/);
    await isWhole(page);
    assert.deepEqual(await audit(page), []);
    await shot(page, "library-selection");
    await page.click("#move-selected");
    await page.locator(".move-list").getByRole("button", { name: "Winter" }).click();
    await page.waitForFunction(() => document.querySelector('.folder-rail [data-folder]:not([data-folder=""]):not([data-folder="none"]) .folder-count')?.textContent === "2");
    await page.locator(".folder-rail").getByRole("button", { name: "Winter" }).click();
    await shows(page, "two", "one");
    await page.click('[data-folder="none"]');
    await shows(page, "three");
    await page.locator(".folder-rail").getByRole("button", { name: "Winter" }).click();
    await shows(page, "two", "one");

    await page.keyboard.press("Control+a");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click('[data-action="zip"]')]);
    assert.match(download.suggestedFilename(), /^atelier-\d{4}-\d\d-\d\d\.zip$/);
    assert.equal(await download.failure(), null);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".selection-bar", { state: "detached" });

    await tile(page, "one").locator(".library-open").focus();
    await page.keyboard.press("f");
    await page.waitForSelector('.library-star[aria-pressed="true"]');
    await page.keyboard.press("x");
    await page.waitForSelector(".selection-bar");
    await page.keyboard.press("Delete");
    await page.waitForSelector(".selection-bar .confirm");
    assert.deepEqual(await audit(page), []);
    await page.locator(".selection-bar .danger").click();
    await shows(page, "two");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.keyboard.type("Sommer");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("#works").textContent === "Sommer");
    await page.getByRole("button", { name: "Delete the folder" }).click();
    await page.click(".folder-head ~ .confirm .danger, .library-works > .confirm .danger");
    await shows(page, "three", "two");
    await equals(() => page.locator(".folder-rail li").count(), 2);
    // At home the deleted one is gone too.
    await page.click(".back");
    await pictures(page, 2);
    await check();
  });

  it("shows a work to whoever has its link, and to nobody once it is taken back", async () => {
    const { page, context, check } = await visit(browser);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await signUp(page);
    await make(page, "a shared fox");
    await toLibrary(page);
    await page.click(".library-open");
    await page.click('dialog.viewer [data-action="share"]');
    await page.waitForSelector("dialog.share .share-none");
    assert.deepEqual(await audit(page), []);
    await page.selectOption("dialog.share select", "7");
    await page.check("dialog.share .check input");
    await page.click("dialog.share [type=submit]");
    await page.waitForSelector(".share-links li");
    await shot(page, "library-share");
    const link = await page.inputValue(".share-links input");
    assert.match(link, new RegExp(`^${studioUrl}/s/`));
    await equals(() => page.evaluate(() => navigator.clipboard.readText()), link);

    const stranger = await visit(browser, { path: new URL(link).pathname, expected: /status of 404/ });
    await stranger.page.waitForFunction(() => document.querySelector(".shared-works img")?.naturalWidth > 0);
    await equals(() => stranger.page.innerText(".shared-recipe .recipe-prompt"), "a shared fox");
    assert.deepEqual(await audit(stranger.page), []);
    await shot(stranger.page, "shared");
    const asked = stranger.requests.map((request) => new URL(request.url()).pathname).filter((path) => path.startsWith("/api/"));
    assert.ok(asked.every((path) => path.startsWith("/api/shared/") || path === "/api/models"), `${asked}`);

    await page.locator(".share-links .quiet-danger").click();
    await page.waitForSelector("dialog.share .share-none");
    await stranger.page.reload();
    await stranger.page.waitForSelector(".shared-gone");
    assert.deepEqual(await audit(stranger.page), []);
    await stranger.page.getByRole("link", { name: "Make your own" }).click();
    await stranger.page.waitForSelector("form.auth");
    await stranger.check();

    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog.share", { state: "detached" });
    await equals(() => page.locator("dialog.viewer[open]").count(), 1, "the picture stays open");
    await check();
  });

  it("tells what was made from what", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await make(page, "a fox");
    await page.hover(".picture");
    await page.locator(".picture-bar").getByRole("button", { name: "More actions" }).click();
    await page.click('[data-action="vary"]');
    await pictures(page, 2);
    await page.click(".tile:last-child .picture-open");
    await page.waitForSelector('dialog.viewer [data-relation="variation"]');
    assert.deepEqual(await audit(page), []);
    const before = await page.getAttribute(".viewer-stage img", "src");
    await page.click('[data-relation="variation"]');
    await page.waitForFunction((src) => document.querySelector(".viewer-stage img")?.getAttribute("src") !== src, before);
    await page.waitForSelector('.lineage[aria-label="Based on"] [data-relation="variation"]');
    await shot(page, "library-lineage");
    assert.equal((await credits(page)).available, 48);
    await check();
  });

  for (const [name, options] of [
    ["fr-dark-phone", { ...PHONE, viewport: { width: 375, height: 812 }, locale: "fr-CA", colorScheme: "dark" }],
    ["fr-light-narrow", { viewport: { width: 320, height: 560 }, locale: "fr-FR" }],
    ["en-dark-desktop", { colorScheme: "dark" }],
  ]) {
    it(`is sound: ${name}`, async () => {
      const least = options.isMobile ? 44 : 24;
      const { page, check } = await visit(browser, options);
      await signUp(page);
      await make(page, "un renard roux dans la neige", "une anticonstitutionnellementinhabituelle péniche");
      await page.goto(`${studioUrl}/library`);
      await page.waitForSelector(".library-tile:nth-child(2) img");
      await page.click(".folder-new");
      await page.keyboard.type("Un nom de dossier qui est vraiment très long pour un dossier");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".library-nothing");
      assert.deepEqual(await audit(page, least), [], "an empty folder");
      await shot(page, `library-folder-${name}`, { fullPage: true });
      await page.click('[data-folder=""]');
      await page.waitForSelector(".library-tile:nth-child(2) img");
      await page.click("#library-filters");
      await page.selectOption('[data-filter="when"]', "dates");
      assert.deepEqual(await audit(page, least), [], "filters");
      await isWhole(page);
      await shot(page, `library-filters-${name}`);
      await page.keyboard.press("Escape");
      await page.locator(".library-check input").first().click();
      await page.waitForSelector(".selection-bar");
      assert.deepEqual(await audit(page, least), [], "a selection");
      await isWhole(page);
      await shot(page, `library-selection-${name}`);
      await page.click("#move-selected");
      assert.deepEqual(await audit(page, least), [], "where to");
      await isWhole(page);
      await shot(page, `library-move-${name}`);
      await check();
    });
  }
});
