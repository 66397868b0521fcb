import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { credits, creditsBecome, generate, launch, PHONE, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { matches } from "./expect.mjs";
import { focused } from "./people.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

const toLibrary = async (page) => {
  await page.goto(`${studioUrl}/library`);
  await page.waitForSelector(".library-grid, .library-nothing");
};
/** Three works: one that fails, one that is stopped, one that is made. */
async function some(page) {
  await generate(page, "a drawing that will fail", { ratio: "1:1" });
  await page.waitForSelector('.failed[data-code="host_failed"]');
  await generate(page, "a comet that takes forever, forever");
  await page.locator(".waiting-stop").click();
  await page.waitForSelector('.failed[data-code="canceled"]');
  await generate(page, "a red fox");
  await pictures(page, 1);
}

describe("the library's states", { skip, timeout: 420_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("tells why a work failed, that it cost nothing, and leads on from there", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await some(page);
    const { available } = await credits(page);
    await toLibrary(page);
    const tile = (status) => page.locator(`.library-tile[data-status="${status}"] .library-failed`);
    await matches(() => tile("failed").innerText(), /Failed\s+Not charged\s+a drawing that will fail\s+The model failed/);
    await matches(() => tile("canceled").innerText(), /Stopped\s+Not charged/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "library-failed");
    // A small copy is enough for a tile.
    const { seen, whole } = await page.$eval(".library-open img", (image) => ({ seen: image.currentSrc, whole: image.src }));
    assert.notEqual(seen, whole);

    await tile("failed").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog.failed-sheet[open]");
    assert.deepEqual(await audit(page), []);
    await matches(() => page.innerText(".failed-sheet .failed-model"), /FLUX/);
    await matches(() => page.innerText(".failed-sheet"), /Retry · 1 credit/);
    await shot(page, "library-failed-open");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog.failed-sheet[open]", { state: "detached" });
    await focused(page, ".library-failed");

    await tile("canceled").click();
    await page.locator(".failed-sheet").getByRole("button", { name: "Remove" }).click();
    await tile("canceled").waitFor({ state: "detached" });
    await page.waitForSelector("dialog.failed-sheet[open]", { state: "detached" });
    await focused(page, "#works");

    await tile("failed").click();
    await page.locator(".failed-sheet").getByRole("button", { name: "Retry" }).click();
    await page.waitForSelector("#prompt");
    await page.waitForFunction(() => document.querySelectorAll(".failed").length === 2);
    await creditsBecome(page, available);
    await check();
  });

  it("counts what hides behind the filters, and finds what is on its way", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await generate(page, "a comet that takes forever, forever");
    await page.waitForSelector(".waiting-stop");
    assert.match(await page.title(), /^\(1\) /);
    await toLibrary(page);
    const said = () => page.innerText("#library-filters");
    await page.click('[data-filter="favourite"]');
    await page.waitForSelector(".library-nothing");
    assert.equal(await said(), "Filters");
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.waitForSelector(".library-tile");
    await page.click("#library-filters");
    await page.selectOption('[data-filter="when"]', "dates");
    assert.equal(await said(), "Filters");
    await page.fill('[data-filter="from"]', "2020-01-01");
    await page.waitForFunction(() => document.getElementById("library-filters").innerText === "Filters (1)");
    await page.selectOption('[data-filter="status"]', "open");
    await page.waitForFunction(() => document.getElementById("library-filters").innerText === "Filters (2)");
    await page.waitForSelector('.library-tile[data-status="running"], .library-tile[data-status="starting"], .library-tile[data-status="queued"]');
    assert.ok(requests.some((request) => new URL(request.url()).searchParams.get("status") === "queued,starting,running,saving"));
    await page.goto(studioUrl);
    await page.locator(".waiting-stop").click();
    await page.waitForSelector(".failed");
    assert.match(await page.title(), /^Atelier/);
    await check();
  });

  it("lists its keys, and goes by them", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await toLibrary(page);
    await page.locator("h1").click();
    await page.keyboard.press("Shift+?");
    await page.waitForSelector("dialog.sheet[open] .keys");
    const keys = await page.innerText(".keys");
    for (const wanted of ["Search", "Favourite", "Select all", "Delete", "Ctrl"]) assert.ok(keys.includes(wanted), `${wanted} in ${keys}`);
    assert.ok(!keys.includes("Generate"), "keys of the studio");
    assert.deepEqual(await audit(page), []);
    await shot(page, "library-shortcuts");
    await page.keyboard.press("Escape");
    await page.click(".account > button");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await page.waitForSelector("dialog.sheet[open] .keys");
    await check();
  });

  it("is sound on a phone, dark and in French: empty, without a result, with what failed, with many folders", async () => {
    const { page, check } = await visit(browser, { ...PHONE, locale: "fr-CA", colorScheme: "dark" });
    await signUp(page);
    await toLibrary(page);
    assert.deepEqual(await audit(page, 44), [], "empty");
    await shot(page, "library-empty-phone-fr-dark");
    await page.goto(studioUrl);
    await some(page);
    await toLibrary(page);
    await matches(() => page.innerText('.library-tile[data-status="canceled"]'), /Arrêtée\s+Non débité/);
    assert.deepEqual(await audit(page, 44), [], "failed");
    await shot(page, "library-failed-phone-fr-dark");
    await page.tap('.library-tile[data-status="failed"] .library-failed');
    await page.waitForSelector("dialog.failed-sheet[open]");
    assert.deepEqual(await audit(page, 44), [], "why");
    await shot(page, "library-failed-open-phone-fr-dark");
    await page.tap(".failed-sheet .sheet-close");
    await page.waitForSelector("dialog.failed-sheet[open]", { state: "detached" });
    await page.fill("#library-search", "rien de tel");
    await page.waitForSelector(".library-nothing .library-hint");
    assert.deepEqual(await audit(page, 44), [], "no result");
    await shot(page, "library-nothing-phone-fr-dark");

    for (const name of ["Hiver", "Printemps", "Été"]) {
      await page.tap(".folder-new");
      await page.keyboard.type(name);
      await page.keyboard.press("Enter");
      await page.waitForFunction((wanted) => document.getElementById("works").textContent === wanted, name);
    }
    await page.reload();
    await page.waitForFunction(() => {
      const [row, at] = [".folder-rail ul", ".folder-rail [aria-current]"].map((each) => document.querySelector(each)?.getBoundingClientRect());
      return at && at.left >= row.left && at.right <= row.right && document.querySelectorAll(".folder-rail li").length === 5;
    });
    await shot(page, "library-folders-phone-fr-dark");
    await check();
  });
});
