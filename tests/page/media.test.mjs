// What the browser loads: small files in the gallery, the picture itself when it is opened, and pictures that say how they came to be.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { generate, launch, pictures, signUp, studioUrl, visit } from "./browser.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

/** Requests for media so far: which of them are for small copies. */
const media = (requests) => requests.map((request) => request.url()).filter((url) => url.includes("/media/"));

describe("media in the page", { skip, timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("loads small files for tiles, of the density of the screen, and the picture itself to look at", async () => {
    for (const [deviceScaleFactor, width] of [[1, 640], [2, 1280]]) {
      const { page, requests, check } = await visit(browser, { deviceScaleFactor });
      await signUp(page);
      await generate(page, "A lighthouse at dusk", { ratio: "1:1" });
      await pictures(page, 1);
      const shown = await page.$eval(".picture img", (image) => ({ src: image.src, current: image.currentSrc, css: image.clientWidth }));
      assert.ok(shown.css > 320 && shown.css <= 640, `a tile of ${shown.css}px`);
      // The picture is 1024 pixels wide: on a dense screen the widest copy is the picture itself.
      if (width < 1024) assert.match(shown.current, new RegExp(`&w=${width}&`));
      else assert.equal(shown.current, shown.src);
      assert.deepEqual([...new Set(media(requests))], [shown.current], "nothing else was loaded");
      await page.click(".picture-open");
      await page.waitForFunction(() => document.querySelector(".viewer-stage img")?.complete);
      assert.equal(await page.$eval(".viewer-stage img", (image) => image.currentSrc), shown.src);
      assert.deepEqual(await audit(page), []);
      await check();
    }
  });

  it("shows a marked picture of every type exactly as the one without its recipe, which the viewer offers", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    for (const outputFormat of ["png", "jpg", "webp"]) {
      const compared = await page.evaluate(async (outputFormat) => {
        const order = { model: "flux-schnell", prompt: "a fox <in> snow", outputFormat };
        const ordered = await fetch("/api/generations", { method: "POST", headers: { "content-type": "application/json", "idempotency-key": outputFormat }, body: JSON.stringify(order) });
        let { generation } = await ordered.json();
        while (!generation.finishedAt) ({ generation } = await (await fetch(`/api/generations/${generation.id}`)).json());
        const [{ url, width, height }] = generation.outputs;
        const drawn = async (address) => {
          const blob = await (await fetch(address)).blob();
          const bitmap = await createImageBitmap(blob);
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
          context.drawImage(bitmap, 0, 0);
          return { type: blob.type, bytes: blob.size, width: bitmap.width, height: bitmap.height, pixels: context.getImageData(0, 0, bitmap.width, bitmap.height).data };
        };
        const [marked, plain] = await Promise.all([drawn(url), drawn(`${url}&plain`)]);
        return {
          type: marked.type,
          size: [marked.width, marked.height].join() === [width, height].join(),
          longer: marked.bytes > plain.bytes,
          same: marked.pixels.length > 0 && marked.pixels.every((value, at) => value === plain.pixels[at]),
        };
      }, outputFormat);
      assert.deepEqual(compared, { type: outputFormat === "jpg" ? "image/jpeg" : `image/${outputFormat}`, size: true, longer: true, same: true }, outputFormat);
    }
    await page.reload();
    await pictures(page, 3);
    await page.click(".picture-open >> nth=0");
    const link = page.locator(".recipe-actions a", { hasText: "Download without metadata" });
    const [href, name] = [await link.getAttribute("href"), await link.getAttribute("download")];
    assert.match(href, /^\/media\/[^?]+\?exp=\d+&sig=[^&]+&plain$/);
    assert.match(name, /^atelier-.*\.webp$/);
    await check();
  });
});
