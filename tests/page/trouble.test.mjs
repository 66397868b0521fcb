import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { audit } from "./audit.mjs";
import { answered, compose, credits, creditsBecome, generate, launch, pictures, shot, signUp, studioUrl, visit } from "./browser.mjs";
import { equals, matches } from "./expect.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

describe("the studio page in trouble", { skip, timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("keeps a failure beside its tile: what happened, not charged, what to do, an id", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    const start = await credits(page);
    await generate(page, "a drawing that will fail");
    await page.waitForSelector(".failed");
    await creditsBecome(page, start.available);
    const failed = await page.innerText(".failed");
    assert.match(failed, /Not charged/);
    await matches(() => page.innerText(".failed .reference-id"), /^[0-9a-zA-Z_-]{8,}$/);
    assert.deepEqual(await audit(page), []);
    await shot(page, "failed");
    await generate(page, "an nsfw drawing");
    await page.waitForSelector('.failed[data-code="content_refused"]');
    await page.fill("#prompt", "");
    await page.locator('.failed[data-code="content_refused"]').getByRole("button", { name: "Edit prompt" }).click();
    await equals(() => page.inputValue("#prompt"), "an nsfw drawing");
    await page.locator('.failed[data-code="content_refused"]').getByRole("button", { name: "Remove" }).click();
    await page.waitForSelector('.failed[data-code="content_refused"]', { state: "detached" });
    await page.locator(".failed").getByRole("button", { name: "Retry" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".failed").length === 2);
    await creditsBecome(page, start.available);
    await check();
  });

  it("stops what is on its way, for free", async () => {
    const { page, check } = await visit(browser);
    await signUp(page);
    const start = await credits(page);
    await generate(page, "a comet that takes forever, forever");
    const stop = page.locator(".waiting").getByRole("button", { name: /^Stop/ });
    await stop.waitFor();
    assert.deepEqual(await audit(page), []);
    await shot(page, "stoppable");
    await stop.click();
    await page.waitForSelector('.failed[data-code="canceled"]');
    await matches(() => page.innerText(".failed"), /Not charged/);
    await creditsBecome(page, start.available);
    await shot(page, "stopped");
    await check();
  });

  it("loses nothing with the connection: the same key is sent again", async () => {
    const { page, check } = await visit(browser, { expected: /ERR_(FAILED|CONNECTION|EMPTY)/ });
    await signUp(page);
    const keys = [];
    await page.route("**/api/generations", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      keys.push(route.request().headers()["idempotency-key"]);
      // First the request is lost, then the reply after the server has taken it.
      if (keys.length === 1) return route.abort("failed");
      if (keys.length === 2) return route.fetch().then(() => route.abort("failed"));
      return route.continue();
    });
    const start = await credits(page);
    await generate(page, "A bridge in fog");
    await page.waitForFunction(() => /Nothing is lost/.test(document.querySelector(".tile-lost")?.textContent));
    await shot(page, "lost");
    await pictures(page, 1);
    assert.equal(new Set(keys).size, 1);
    assert.equal(keys.length, 3);
    await page.reload();
    await pictures(page, 1);
    assert.ok((await credits(page)).available < start.available);
    await check();
  });

  it("says exactly how many credits are missing", async () => {
    const poor = async (route) => {
      const response = await answered(route);
      if (!response.ok()) return route.fulfill({ response });
      const answer = await response.json();
      await route.fulfill({ response, json: { ...answer, credits: { ...answer.credits, available: 1 } } });
    };
    const { page, check } = await visit(browser, {
      before: async (opening) => {
        await opening.route("**/api/generations?*", poor);
        await opening.route("**/api/billing", poor);
      },
    });
    await signUp(page);
    await compose(page, "A very dear picture", { count: 4 });
    const each = await page.evaluate(async () => (await (await fetch("/api/models")).json()).models[0].credits);
    await matches(() => page.innerText(".generate"), new RegExp(`^Add credits · ${each * 4 - 1} short$`));
    await equals(() => page.getAttribute(".generate", "aria-haspopup"), "dialog");
    await shot(page, "short");
    await page.keyboard.press("Control+Enter");
    await page.waitForSelector("dialog.till[open]");
    assert.equal(await page.locator(".tile").count(), 0);
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await check();
  });

  it("keeps the prompt when the session is lost, and running pictures when the page is reloaded", async () => {
    const { page, context, check } = await visit(browser, { expected: /status of 401/ });
    const { email, password } = await signUp(page);
    await generate(page, "a slow harbour");
    await page.waitForSelector('.waiting:not([data-state="sending"])');
    await page.reload();
    await page.waitForSelector(".waiting, .picture");
    await pictures(page, 1);

    await context.clearCookies();
    await generate(page, "A prompt worth keeping");
    await page.waitForSelector("form.auth .auth-note");
    await page.fill("#email", email);
    await page.fill("#password", password);
    await page.click("form.auth [type=submit]");
    await page.waitForSelector("#prompt");
    await equals(() => page.inputValue("#prompt"), "A prompt worth keeping");
    await pictures(page, 1);
    await check();
  });

  it("asks once for a fresh address when a picture no longer loads", async () => {
    let refused = 0;
    const { page, check } = await visit(browser, {
      expected: /status of 403/,
      before: (opening) =>
        opening.route("**/media/**", (route) => {
          refused += 1;
          return refused === 1 ? route.fulfill({ status: 403, body: "" }) : route.continue();
        }),
    });
    await signUp(page);
    await generate(page, "A weather vane");
    await pictures(page, 1);
    assert.ok(refused >= 2);
    await check();
  });
});
