import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { generate, launch, pictures, signUp, studioUrl, visit } from "./browser.mjs";

const skip = studioUrl ? false : "ATELIER_URL names no studio";

/** How the page asks for the list, and for one generation. */
const asked = (requests, path) =>
  requests.filter((request) => request.method() === "GET" && new URL(request.url()).pathname.startsWith(path)).map((request) => new URL(request.url()).pathname);
const lists = (requests) => asked(requests, "/api/generations").filter((path) => path === "/api/generations").length;

/** Lets a test cut the page's connections to the feed, and keep them from coming about. */
async function tap(page) {
  const lines = { open: 0, begun: 0, cut: false, frames: [] };
  await page.routeWebSocket(/\/api\/live/, (socket) => {
    lines.begun += 1;
    if (lines.cut) return socket.close({ code: 1013 });
    lines.open += 1;
    const server = socket.connectToServer();
    server.onMessage((message) => {
      lines.frames.push(message);
      if (!lines.cut) socket.send(message);
    });
    lines.drop = async () => {
      lines.cut = true;
      await server.close();
      await socket.close({ code: 1012 });
    };
  });
  return lines;
}

/** Waits for something outside of the page. */
async function until(holds, what) {
  const limit = Date.now() + 20_000;
  while (!holds()) {
    assert.ok(Date.now() < limit, `waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const isUp = (lines) => until(() => lines.frames.some((frame) => !frame.includes("generation")), "the feed");

/** Orders behind the page's back, as another device does. */
const orderElsewhere = (page, prompt) =>
  page.evaluate(async (prompt) => {
    const body = JSON.stringify({ model: "flux-schnell", prompt });
    const answer = await fetch("/api/generations", { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await answer.json()).generation.id;
  }, prompt);

/** A visit whose connections to the feed can be cut. */
async function listening(browser, options) {
  let lines;
  const visited = await visit(browser, { ...options, before: async (opening) => (lines = await tap(opening)) });
  return { lines, ...visited };
}

describe("the page listens", { skip, timeout: 300_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  it("is told what happens, and reads no list while it is", async () => {
    const { lines, page, requests, check } = await listening(browser);
    await signUp(page);
    await isUp(lines);
    const before = lists(requests);
    await generate(page, "A lantern in the rain");
    await pictures(page, 1);
    await generate(page, "A lantern in the snow");
    await pictures(page, 2);
    assert.equal(lists(requests), before, "the list was read");
    const ones = asked(requests, "/api/generations/");
    assert.equal(ones.length, 2, `each end is read once, with its pictures: ${ones}`);
    assert.ok(lines.frames.every((frame) => !/lantern/.test(frame)), "a prompt was sent");
    assert.equal(lines.open, 1);
    await check();
  });

  it("shows the end of its own order that is told before the order is answered", async () => {
    const { lines, page, requests, check } = await listening(browser);
    await signUp(page);
    await isUp(lines);
    const before = lists(requests);
    await page.route("**/api/generations", async (route) => {
      const response = await route.fetch();
      await until(() => lines.frames.some((frame) => frame.includes("succeeded")), "the end to be told");
      await route.fulfill({ response });
    });
    await generate(page, "Sooner than said");
    await pictures(page, 1);
    assert.equal(lists(requests), before, "the list was read");
    await check();
  });

  it("shows what is made elsewhere, in every window, and lets go of what is deleted there", async () => {
    // One that is deleted while it is read is said to be gone.
    const { page, context, requests, check } = await visit(browser, { expected: /status of 404/ });
    await signUp(page);
    const second = await context.newPage();
    await second.goto(studioUrl);
    await second.waitForSelector("#prompt");
    await generate(page, "Two windows, one picture");
    await pictures(page, 1);
    await pictures(second, 1);
    const before = lists(requests);
    const id = await orderElsewhere(page, "From a third place");
    await Promise.all([pictures(page, 2), pictures(second, 2)]);
    assert.ok(lists(requests) - before <= 4, `it read the list ${lists(requests) - before} times for one that it did not know`);
    await page.evaluate((id) => fetch(`/api/generations/${id}`, { method: "DELETE" }), id);
    await Promise.all([pictures(page, 1), pictures(second, 1)]);
    await check();
  });

  it("asks by itself while the feed is away, and takes it up again with what was missed", async () => {
    const { lines, page, requests, check } = await listening(browser);
    await signUp(page);
    await isUp(lines);
    await lines.drop();
    const before = lists(requests);
    await generate(page, "A bridge without news");
    await pictures(page, 1);
    assert.ok(lists(requests) > before, "the page waited for a feed that was away");
    await until(() => lines.begun >= 3, "more tries");

    const during = lists(requests);
    const missed = await orderElsewhere(page, "Made while nobody listened");
    await page.waitForFunction((id) => fetch(`/api/generations/${id}`).then((one) => one.json()).then(({ generation }) => generation.finishedAt), missed);
    assert.equal(lists(requests), during, "with nothing open there is nothing to ask for");
    lines.cut = false;
    await pictures(page, 2);
    assert.equal(lines.open, 2);
    assert.ok(lines.frames.some((frame) => frame.includes(missed)), "told of what was missed");

    const settled = lists(requests);
    await generate(page, "News again");
    await pictures(page, 3);
    assert.equal(lists(requests), settled, "the list was read while the feed was heard");
    await check();
  });

  it("lets go of what is deleted elsewhere while its list is on its way", async () => {
    const { lines, page, context, check } = await listening(browser);
    await signUp(page);
    const other = await context.newPage();
    await other.goto(studioUrl);
    const id = await orderElsewhere(other, "Here and gone");
    await pictures(page, 1);
    const told = lines.frames.length;
    await page.route("**/api/generations?*", async (route) => {
      const response = await route.fetch();
      await until(() => lines.frames.length > told, "the feed");
      await other.evaluate((id) => fetch(`/api/generations/${id}`, { method: "DELETE" }), id);
      await until(() => lines.frames.some((frame) => frame.includes("deleted")), "its end to be told");
      await route.fulfill({ response });
    });
    await page.reload();
    await page.waitForSelector(".empty");
    assert.equal(await page.locator(".tile").count(), 0);
    await check();
  });

  it("finds what is new though the feed was lost just then, and the list with it", async () => {
    const { lines, page, check } = await listening(browser, { expected: /ERR_FAILED/ });
    await signUp(page);
    await isUp(lines);
    await page.route("**/api/generations?*", async (route) => {
      await until(() => lines.frames.some((frame) => frame.includes("succeeded")), "all of it to be told");
      if (!lines.cut) await lines.drop();
      return route.abort("failed");
    });
    const lost = page.waitForEvent("requestfailed");
    await orderElsewhere(page, "Told to nobody");
    await lost;
    await until(() => lines.begun >= 3, "more tries");
    await page.unroute("**/api/generations?*");
    lines.cut = false;
    await pictures(page, 1);
    await check();
  });

  it("hangs up and leaves the studio where the session is ended elsewhere", async () => {
    const { page, check } = await visit(browser, { expected: /status of 401|WebSocket/ });
    const { email, password } = await signUp(page);
    const elsewhere = await browser.newContext();
    const other = await elsewhere.newPage();
    await other.goto(studioUrl);
    await other.evaluate(
      async (who) => {
        const post = (path, body) => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
        await post("/api/auth/sign-in/email", who);
        await post("/api/auth/revoke-other-sessions", {});
      },
      { email, password },
    );
    await page.waitForSelector("form.auth .auth-note");
    await elsewhere.close();
    await check();
  });

  it("signing out by oneself ends quietly", async () => {
    const { lines, page, check } = await listening(browser);
    await signUp(page);
    await isUp(lines);
    await page.click(".account > button");
    await page.click(".menu-item:last-child");
    await page.waitForSelector("form.auth");
    assert.equal(await page.locator(".auth-note").count(), 0);
    assert.equal(lines.open, 1);
    await check();
  });
});
