// Every kind of work, on the page, at each host that has it: with that host alone.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startStack } from "../../scripts/lib/stack.mjs";
import { BOUNDLESS } from "../http/support/shop.mjs";
import { launch, signUp, studioUrl, visit } from "./browser.mjs";
import { equals } from "./expect.mjs";
import { brought, chooseFiles, chooseModel, picture } from "./files.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

const WITHOUT = {
  replicate: { REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" },
  fal: { FAL_KEY: "" },
  openai: { OPENAI_API_KEY: "" },
};
/** What each host does; models may come and go. */
const KINDS = {
  replicate: ["text-to-image", "image-to-image", "edit", "upscale", "remove-background", "text-to-video", "image-to-video"],
  fal: ["text-to-image", "image-to-image", "edit", "upscale", "text-to-video", "image-to-video"],
  openai: ["text-to-image"],
};

describe("every kind of work at each host", { skip, timeout: 420_000 }, () => {
  let browser;
  let stack;
  before(async () => {
    // Films take their time at the vendors; here they need not.
    stack = await startStack({ log() {}, sandbox: ["--speed", "20"], vars: { PLANS: BOUNDLESS, STARTING_CREDITS: "10000" } });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  /** Orders by a model what the page lets one order, and waits until it is drawn. */
  async function make(page, model) {
    await page.reload();
    await page.waitForSelector(".composer");
    await chooseModel(page, model.id);
    const slots = model.inputs.filter(({ type }) => type === "images");
    for (const [n, { name, role }] of slots.entries()) {
      await page.click(`#add-${name}`);
      if (role === "mask") {
        await page.getByRole("button", { name: "Paint the mask" }).click();
        await page.locator(".painter canvas").waitFor();
        await page.getByRole("button", { name: "Everything" }).click();
        await page.getByRole("button", { name: "Use this mask" }).click();
      } else await chooseFiles(page, [picture()]);
      await brought(page, n + 1);
    }
    if (await page.locator("#prompt").count()) await page.fill("#prompt", `By ${model.name}`);
    const before = await page.locator(".tile").count();
    await page.click(".generate");
    await page.waitForFunction((count) => document.querySelectorAll(".tile").length > count, before);
    await page.waitForSelector('.tile:first-child .picture[data-loaded="true"]', { timeout: 120_000 });
    const [generation] = (await page.evaluate(async () => (await fetch("/api/generations?limit=1")).json())).generations;
    assert.deepEqual([generation.model, generation.status, generation.charged], [model.id, "succeeded", generation.price]);
    const film = model.kind.endsWith("video");
    await equals(() => page.locator(".tile").first().locator(film ? "video" : "img").count(), 1, model.id);
  }

  for (const [host, kinds] of Object.entries(KINDS)) {
    it(`at ${host}: ${kinds.join(", ")}`, async () => {
      await stack.reload(Object.assign({}, ...Object.keys(WITHOUT).filter((name) => name !== host).map((name) => WITHOUT[name])));
      const { page, check } = await visit(browser, { at: stack.url });
      await signUp(page);
      const { models } = await page.evaluate(async () => (await fetch("/api/models")).json());
      assert.deepEqual([...new Set(models.map(({ kind }) => kind))].sort(), [...kinds].sort(), "what the page offers with this host alone");
      for (const kind of kinds) await make(page, models.find((model) => model.kind === kind));
      for (const model of models.filter(({ inputs }) => inputs.some(({ role }) => role === "mask")).slice(0, 1)) await make(page, model);
      await check();
    });
  }
});
