import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { generate, launch, PHONE, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";
import { brought, chooseFiles, chooseModel, give, picture, png } from "./files.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

/** The bodies of the orders that a page has sent, the latest last. */
const orders = (requests) =>
  requests.filter((request) => request.method() === "POST" && request.url().endsWith("/api/generations")).map((request) => request.postDataJSON());

const note = (page) => page.innerText("#composer-note");
const focused = (page) => page.evaluate(() => document.activeElement.id);
/** Opens what can be made of a tile's picture, and chooses. */
async function fromTile(page, tile, action) {
  await page.hover(`${tile} .picture`);
  await page.locator(`${tile} .picture-bar`).getByRole("button", { name: "More actions" }).click();
  await page.click(`${tile} [data-action="${action}"]`);
}

describe("every kind of work", { skip, timeout: 420_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("takes pictures by file chooser, drop, paste and from one's own, numbered, and lets them go", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await page.click(".add-picture > button");
    assert.deepEqual(await audit(page), []);
    await chooseFiles(page, [picture()]);
    await brought(page, 1);
    await matches(() => page.innerText(".model > button"), /Kontext/, "words alone take no picture: a model that edits is chosen");
    await matches(() => page.innerText(".ratio > button"), /Original/);

    await chooseModel(page, "nano-banana-pro");
    await brought(page, 1);
    await give(page, "drop", ".composer-row", picture("dropped.png", png(300, 300)));
    await give(page, "paste", "#prompt", picture("pasted.png", png(200, 400)));
    await brought(page, 3);
    await equals(() => page.locator(".thumb-number").allInnerTexts(), ["1", "2", "3"]);
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-three-pictures");

    await page.getByRole("button", { name: "Remove: dropped.png" }).click();
    await brought(page, 2);
    assert.deepEqual(await page.locator(".thumb img").evaluateAll((images) => images.map(({ alt }) => alt)), ["garden.png", "pasted.png"]);
    await page.click("#add-images");
    await page.getByRole("button", { name: "From your pictures" }).click();
    await page.waitForSelector(".chooser-choice");
    await equals(() => page.locator('.chooser-choice[aria-pressed="true"]').count(), 2);
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-chooser");
    await page.click('.chooser-choice[aria-pressed="false"]');
    await page.getByRole("button", { name: "Done" }).click();
    await brought(page, 3);

    await chooseModel(page, "flux-schnell");
    await matches(() => page.innerText(".pictures-aside"), /3 pictures are set aside/);
    await chooseModel(page, "flux-dev-remix");
    await brought(page, 1);
    await page.reload();
    await page.waitForSelector("#prompt");
    assert.equal(await page.locator(".thumb").count(), 0);
    await check();
  });

  it("edits a picture: the tile has its shape from the click on, and the recipe says what it was made from", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await chooseModel(page, "flux-kontext-pro");
    assert.match(await note(page), /Add the picture to work on/);
    assert.deepEqual(await audit(page), []);
    await page.fill("#prompt", "Make it snow");
    await page.click(".generate");
    await page.waitForSelector(".add-picture .popover-panel");
    assert.equal(await focused(page), await page.getAttribute(".add-picture .popover-panel", "id"), "the press leads to the picture");
    await chooseFiles(page, [picture("street.png", png(800, 400))]);
    await brought(page, 1);
    assert.equal(await note(page), "");
    await page.click(".generate");
    await page.waitForSelector(".tile .waiting");
    const waiting = await page.locator(".tile").boundingBox();
    assert.ok(Math.abs(waiting.width / waiting.height - 2) < 0.02, "not the shape of its source");
    await pictures(page, 1);
    assert.deepEqual(await page.locator(".tile").boundingBox(), waiting, "the layout moved");
    const [order] = orders(requests);
    assert.equal(order.image.length, 1);
    assert.match(order.image[0], /^[0-9a-z]{26}$/);

    await page.click(".picture-open");
    await page.waitForFunction(() => document.querySelector(".source img")?.naturalWidth === 800);
    assert.equal(await page.locator(".source button").count(), 0, "what was brought has no recipe");
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-edit-recipe");
    await check();
  });

  it("paints a mask with pointer and keys: black where the model may paint, white elsewhere", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await chooseModel(page, "ideogram-v3-inpaint");
    await page.click("#add-image");
    await chooseFiles(page, [picture()]);
    await brought(page, 1);
    await page.fill("#prompt", "A red boat");
    await page.click(".generate");
    const canvas = page.locator(".painter canvas");
    await canvas.waitFor();
    await matches(() => page.innerText("#painter-note"), /Nothing is painted/);
    const use = page.getByRole("button", { name: "Use this mask" });
    await equals(() => use.getAttribute("aria-disabled"), "true");

    const { x, y, width, height } = await canvas.boundingBox();
    const stroke = async (from, to, at) => {
      await page.mouse.move(x + width * from, y + height * at);
      await page.mouse.down();
      await page.mouse.move(x + width * to, y + height * at, { steps: 6 });
      await page.mouse.up();
    };
    await stroke(0.2, 0.8, 0.25);
    await stroke(0.2, 0.8, 0.75);
    await page.keyboard.press("Control+z");
    // The brush waits in the middle for keys.
    await page.mouse.move(1, 1);
    await canvas.focus();
    await page.keyboard.press("Space");
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-painter");
    await use.click();
    await brought(page, 2);

    const pixels = await page.evaluate(async () => {
      const image = document.querySelector('.thumb[data-role="mask"] img');
      await image.decode();
      const copy = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
      copy.drawImage(image, 0, 0);
      const at = (x, y) => [...copy.getImageData(Math.floor(x * image.naturalWidth), Math.floor(y * image.naturalHeight), 1, 1).data];
      return { size: [image.naturalWidth, image.naturalHeight], stroke: at(0.5, 0.25), undone: at(0.3, 0.75), key: at(0.5, 0.5), corner: at(0.02, 0.02) };
    });
    const [black, white] = [[0, 0, 0, 255], [255, 255, 255, 255]];
    assert.deepEqual(pixels, { size: [600, 400], stroke: black, undone: white, key: black, corner: white });

    await page.getByRole("button", { name: "Change the mask" }).click();
    await canvas.waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await equals(() => use.getAttribute("aria-disabled"), "true");
    await page.keyboard.press("Escape");
    await matches(() => page.innerText(".painter .confirm"), /Leave without the mask/);
    assert.deepEqual(await audit(page), []);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".painter .confirm", { state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await equals(() => use.getAttribute("aria-disabled"), "false", "what was painted before is still there");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".painter", { state: "detached" });

    await page.click(".generate");
    await pictures(page, 1);
    const [order] = orders(requests);
    assert.deepEqual([order.image.length, order.mask.length], [1, 1]);
    await check();
  });

  it("leads on from a tile: enlarges without words, and keeps the way back", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await generate(page, "A lighthouse on a rock", { ratio: "3:2" });
    await pictures(page, 1);
    // Of the picture itself: the tile shows a copy.
    const width = (image) => image.evaluate(async ({ src }) => (await createImageBitmap(await (await fetch(src)).blob())).width);
    const small = await width(page.locator(".picture img"));
    await page.hover(".picture");
    await page.locator(".picture-bar").getByRole("button", { name: "More actions" }).click();
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-actions");
    await page.keyboard.press("Escape");
    assert.match(await focused(page), /^picture-/);
    await fromTile(page, ".tile", "upscale");
    await brought(page, 1);
    assert.equal(await page.locator("#prompt").count(), 0, "there is nothing to write");
    assert.equal(await focused(page), "generate");
    assert.deepEqual(await audit(page), []);
    await page.keyboard.press("Enter");
    await pictures(page, 2);
    const [, order] = orders(requests);
    assert.deepEqual([order.model, order.prompt, order.image.length], ["real-esrgan", "", 1]);
    assert.match(order.image[0], /^[0-9a-z]{26}\/0$/);
    const large = page.locator(".tile").first();
    assert.equal(await width(large.locator("img")), small * 2);
    await equals(() => large.locator("img").getAttribute("alt"), "Enlarged");

    await large.locator(".picture-open").click();
    await page.waitForSelector(".source button");
    await shot(page, "kinds-upscaled");
    await page.click(".source button");
    await page.waitForFunction(() => document.querySelector(".recipe-prompt").textContent === "A lighthouse on a rock");
    await page.click(".recipe .quiet-danger");
    await page.click(".recipe .confirm .danger");
    await page.waitForFunction(() => document.querySelector(".recipe-prompt").textContent === "Enlarged");
    await page.reload();
    await pictures(page, 1);
    await page.click(".picture-open");
    await page.waitForSelector('.source[data-gone="true"]');
    await matches(() => page.innerText(".source"), /deleted/);
    await check();
  });

  it("says before anything is ordered that a picture is too large, and for what", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    await chooseModel(page, "real-esrgan");
    const large = png(6000, 3000, () => [20, 90, 160]);
    await page.click(".add-picture > button");
    await chooseFiles(page, [picture("wall.png", large)]);
    await brought(page, 1);
    assert.equal(await note(page), "");
    await equals(() => page.getAttribute("#generate", "aria-disabled"), "false");
    await page.click(".advanced > button");
    await page.locator("#setting-scale").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Escape");
    assert.match(await note(page), /^Enlarged ×\d+, this picture would be too large to keep: enlarge it less/);
    await equals(() => page.getAttribute("#generate", "aria-disabled"), "true");
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-too-large");
    await check();
  });

  it("sets a picture in motion: the film plays in its tile and in the viewer, and is saved as one", async () => {
    const { page, requests, check } = await visit(browser, { reducedMotion: "no-preference" });
    await signUp(page);
    await generate(page, "Waves at dusk", { ratio: "16:9" });
    await pictures(page, 1);
    await page.click(".picture-open");
    await page.waitForSelector("dialog.viewer[open]");
    await page.click('.recipe [data-action="image-to-video"]');
    await brought(page, 1);
    assert.equal(await focused(page), "prompt");
    assert.equal(await page.inputValue("#prompt"), "", "a film has words of its own");
    await page.fill("#prompt", "The camera moves slowly to the right");
    await page.click(".duration > button");
    await page.locator("#setting-duration").focus();
    for (let n = 0; n < 3; n += 1) await page.keyboard.press("ArrowLeft");
    await matches(() => page.innerText(".setting-scale output"), /2 seconds/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-film-length");
    await page.keyboard.press("Escape");
    await matches(() => page.innerText(".generate"), /18 credits/);
    await page.click(".generate");
    await page.waitForSelector(".tile .waiting");
    const waiting = await page.locator(".tile").first().boundingBox();
    const tile = ".tile:has(video)";
    await page.waitForSelector(`${tile} .picture[data-loaded="true"]`, { timeout: 120_000 });
    const arrived = await page.locator(tile).boundingBox();
    assert.ok(Math.abs(arrived.width - waiting.width) < 1 && Math.abs(arrived.height - waiting.height) < 1, "the layout moved");
    assert.equal(orders(requests)[1].duration, 2);
    assert.deepEqual(await audit(page), []);

    const moves = (selector) => page.waitForFunction((where) => {
      const film = document.querySelector(where);
      return film.readyState >= 2 && film.currentTime > 0.2 && !film.paused;
    }, selector);
    await page.mouse.move(2, 2);
    await page.hover(tile);
    await moves(`${tile} video`);
    await shot(page, "kinds-film-tile");
    await page.mouse.move(2, 2);
    await page.waitForFunction((where) => document.querySelector(where).paused, `${tile} video`);
    await page.locator(`${tile} .picture-open`).focus();
    await moves(`${tile} video`);
    await page.keyboard.press("Enter");
    await moves(".viewer video");
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector(".viewer-position").textContent === "2 of 2");
    await page.keyboard.press("ArrowLeft");
    await moves(".viewer video");
    const facts = await page.innerText(".recipe-facts");
    for (const wanted of ["Length", "2 seconds", "MP4", "18 credits"]) assert.ok(facts.includes(wanted), `${wanted} in ${facts}`);
    assert.equal(await page.locator('.recipe [data-action="edit"]').count(), 0, "a film cannot be edited here");
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-film-viewer");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(".recipe-actions .primary")]);
    assert.match(download.suggestedFilename(), /^atelier-the-camera-moves-slowly-to-the-right\.mp4$/);
    assert.equal((await readFile(await download.path())).toString("latin1", 4, 8), "ftyp");

    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.keyboard.press("Escape");
    await page.mouse.move(2, 2);
    await page.locator("h1").click();
    await page.hover(tile);
    assert.equal(await page.$eval(`${tile} video`, ({ paused }) => paused), true, "it moves though movement is not wanted");
    await check();
  });

  it("varies at once, and remixes in the prompt box", async () => {
    const { page, requests, check } = await visit(browser);
    await signUp(page);
    await generate(page, "A kite over dunes", { ratio: "4:5" });
    await pictures(page, 1);
    await page.fill("#prompt", "something else");
    await page.hover(".picture");
    await page.locator(".picture-bar").getByRole("button", { name: "More actions" }).click();
    await matches(() => page.innerText('[data-action="vary"]'), /1 credit/, "what costs says so");
    await page.click('[data-action="vary"]');
    await pictures(page, 2);
    const [, order] = orders(requests);
    assert.deepEqual([order.prompt, order.aspectRatio, order.seed], ["A kite over dunes", "4:5", undefined]);
    await equals(() => page.inputValue("#prompt"), "something else");
    await fromTile(page, ".tile:last-child", "remix");
    await equals(() => page.inputValue("#prompt"), "A kite over dunes");
    assert.equal(await page.locator(".advanced .is-changed").count(), 0, "the seed came along");
    await fromTile(page, ".tile:last-child", "reuse");
    await page.waitForSelector(".advanced .is-changed");
    // The picture itself can be drawn into the prompt box as well.
    await page.dragAndDrop(".tile:last-child .picture-open img", ".composer-row");
    await brought(page, 1);
    await matches(() => page.innerText(".model > button"), /Kontext/);
    await check();
  });

  it("says in words why a picture was not taken, beside it, and how to go on", async () => {
    const { page, check } = await visit(browser, { expected: /status of 400|ERR_FAILED/ });
    await signUp(page);
    await chooseModel(page, "flux-kontext-pro");
    const trouble = page.locator(".picture-trouble");
    const give1 = async (file) => {
      await page.click("#add-image");
      await chooseFiles(page, [file]);
      await trouble.waitFor();
      return trouble.innerText();
    };
    assert.match(await give1(picture("letter.png", Buffer.from("Dear studio, this is no picture."))), /letter\.png[\s\S]*not a picture that can be used/);
    assert.match(await note(page), /Remove the refused picture/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "kinds-refused");
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), trouble.getByText("Choose another").click()]);
    await chooser.setFiles([picture("tiny.png", png(8, 400))]);
    await page.waitForFunction(() => document.querySelector(".picture-trouble")?.textContent.includes("tiny.png"));
    await matches(() => trouble.innerText(), /at least 16 pixels/);
    await trouble.getByRole("button", { name: "Remove", exact: true }).click();
    await page.waitForFunction(() => document.activeElement.id === "add-image");
    assert.match(await give1(picture("huge.png", Buffer.alloc(21 * 1024 * 1024))), /huge\.png[\s\S]*up to 20 MB/);
    await trouble.getByRole("button", { name: "Remove", exact: true }).click();

    await page.route("**/api/uploads/*", (route) => (route.request().method() === "PUT" ? route.abort("failed") : route.continue()), { times: 1 });
    assert.match(await give1(picture()), /No connection/);
    await trouble.getByRole("button", { name: "Try again" }).click();
    await brought(page, 1);
    assert.equal(await trouble.count(), 0);
    await check();
  });

  it("speaks French, stays dark and fits a phone", async () => {
    const { page, check } = await visit(browser, { ...PHONE, locale: "fr-CA", colorScheme: "dark" });
    await signUp(page);
    await page.tap(".add-picture > button");
    assert.deepEqual(await audit(page, 44), []);
    await chooseFiles(page, [picture("jardin.png")]);
    await brought(page, 1);
    await page.tap(".model > button");
    await page.locator(".models-kind h3", { hasText: /^Retoucher une image$/ }).waitFor();
    await matches(() => page.innerText(".models"), /crédits la seconde/);
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "kinds-phone-models-fr-dark");
    await page.tap('.model-option input[value="ideogram-v3-inpaint"]');
    await page.waitForSelector("#add-mask");
    assert.match(await note(page), /Peignez/);
    const box = await page.locator(".composer").boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= 844 && box.x >= 0 && box.x + box.width <= 390, "the prompt box leaves the screen");
    await page.tap(".generate");
    await page.waitForSelector(".painter canvas");
    await page.getByRole("button", { name: "Tout", exact: true }).tap();
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "kinds-phone-painter-fr-dark");
    await page.getByRole("button", { name: "Utiliser ce masque" }).tap();
    await brought(page, 2);
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "kinds-phone-composer-fr-dark");
    await page.fill("#prompt", "Un voilier rouge");
    await page.tap(".generate");
    await pictures(page, 1);
    await page.tap(".picture-open");
    await page.waitForSelector(".source img");
    assert.deepEqual(await audit(page, 44), []);
    await shot(page, "kinds-phone-recipe-fr-dark");
    await check();
  });
});
