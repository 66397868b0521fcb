import { mkdir } from "node:fs/promises";
import { afterEach } from "node:test";
import path from "node:path";
import { chromium } from "playwright-core";

/** The studio's address, and the browser to look at it with. */
export const studioUrl = process.env.ATELIER_URL;
/** The mailbox that the studio's mail arrives in; beside it is the local Google. */
export const mailboxUrl = process.env.ATELIER_MAILBOX;
/** A second studio, where addresses have to be confirmed and deletions are confirmed by mail, with its mailbox. */
export const strict = { url: process.env.ATELIER_STRICT_URL, mailbox: process.env.ATELIER_STRICT_MAILBOX };
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const shotsDir = process.env.SCREENSHOTS;

/** Cookies that the privacy page lists. Behind https they carry the `__Secure-` prefix. */
const COOKIES_LISTED = new Set(["session_token", "session_data", "dont_remember", "state"].map((name) => `better-auth.${name}`));

const ARGS = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** The visits of the test that runs, and what they were refused. */
const visits = new Map();
afterEach(async ({ name, passed }) => {
  if (!passed) {
    for (const [page, refused] of visits) {
      const seen = await page.innerText("body", { timeout: 1000 }).catch((error) => String(error));
      console.log([`"${name}" ended at ${page.url()}`, ...refused, seen.replace(/\s+/g, " ").slice(0, 1500)].join("\n  "));
    }
  }
  visits.clear();
});

export function launch() {
  return chromium.launch({ executablePath, args: ARGS });
}

/**
 * Opens the studio as a new visitor, and watches: `check()` fails on any console error, page error, breach of
 * the content security policy, request to another origin or unlisted cookie. `expected` lets through the
 * browser's own report of a refused request that the test provokes. `also`: origins that this visit may lead to.
 */
export async function visit(browser, { expected, before, at = studioUrl, path: place = "/", also = [], ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  const problems = [];
  const requests = [];
  const refused = [];
  visits.set(page, refused);
  page.on("response", (answer) => answer.status() >= 400 && refused.push(`${answer.status()} ${answer.url()}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected?.test(message.text())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`page: ${error.stack}`));
  context.on("request", (request) => {
    const url = new URL(request.url());
    requests.push(request);
    const own = [new URL(at).origin, ...also].includes(url.origin) || url.protocol === "data:" || url.protocol === "blob:";
    if (!own) problems.push(`left the origin: ${url.href}`);
  });
  await page.exposeFunction("reportBreach", (what) => problems.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportBreach(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  await before?.(page);
  await page.goto(at + place);

  const check = async () => {
    for (const { name } of await context.cookies()) {
      if (!COOKIES_LISTED.has(name.replace(/^__Secure-/, ""))) problems.push(`cookie: ${name}`);
    }
    await context.close();
    if (problems.length > 0) throw new Error(problems.join("\n"));
  };
  return { page, context, requests, check };
}

/** What the studio answers to a request that a test changes the answer of. */
export async function answered(route) {
  let response = await route.fetch();
  // This request is Playwright's own: its copy of the cookies can be a moment behind the browser's, right after signing up.
  for (let n = 0; n < 20 && response.status() === 401; n += 1) response = await route.fetch();
  return response;
}

let visitors = 0;

/** Somebody whom no studio knows yet. */
export function somebody() {
  visitors += 1;
  return { name: "Camille Roy", email: `camille.${Date.now()}.${process.pid}.${visitors}@example.com`, password: "a long enough secret" };
}

/** Fills in the sign-up form; answers the account. */
export async function fillSignUp(page, account = somebody()) {
  await page.fill("#name", account.name);
  await page.fill("#email", account.email);
  await page.fill("#password", account.password);
  await page.check("#age");
  return account;
}

export const submit = (page) => page.click("form.auth [type=submit]");

/** Fills in and sends the sign-up form; answers the account. */
export async function signUp(page) {
  const account = await fillSignUp(page);
  await submit(page);
  await page.waitForSelector("#prompt");
  await page.waitForSelector(".credits");
  return account;
}

/** Credits of the chip in the header: those available, those held. */
export async function credits(page) {
  const label = (await page.getAttribute(".credits > button", "aria-label")) ?? "";
  const [available = "0", held = "0"] = label.match(/\d+/g) ?? [];
  return { available: Number(available), held: Number(held) };
}

/** Waits until the chip says this. */
export function creditsBecome(page, available, held = 0) {
  return page.waitForFunction(
    ([wanted, heldWanted]) => {
      const numbers = document.querySelector(".credits > button")?.getAttribute("aria-label")?.match(/\d+/g) ?? [];
      return Number(numbers[0] ?? -1) === wanted && Number(numbers[1] ?? 0) === heldWanted;
    },
    [available, held],
  );
}

/** Sets ratio and count by their chips, writes the prompt. */
export async function compose(page, prompt, { ratio, count } = {}) {
  await page.fill("#prompt", prompt);
  if (ratio) {
    await page.click(".ratio > button");
    await page.click(`.ratio-option input[value="${ratio}"]`);
    await page.waitForSelector(".ratios", { state: "detached" });
  }
  if (count) {
    await page.click(".count > button");
    await page.click(`.count input[value="${count}"]`);
    await page.waitForSelector(".count .segments", { state: "detached" });
  }
}

export async function generate(page, prompt, options) {
  await compose(page, prompt, options);
  await page.click(".generate");
}

/** Waits for so many pictures on the screen, drawn. */
export function pictures(page, count) {
  return page.waitForFunction(
    (wanted) => {
      const images = [...document.querySelectorAll(".grid .picture img")];
      return images.length === wanted && images.every((image) => image.complete && image.naturalWidth > 0);
    },
    count,
  );
}

export async function shot(page, name, { fullPage = false } = {}) {
  if (!shotsDir) return;
  await mkdir(shotsDir, { recursive: true });
  // What sticks to the top would stand in the middle of a whole page.
  if (fullPage) await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(shotsDir, `${name}.png`), fullPage });
}
