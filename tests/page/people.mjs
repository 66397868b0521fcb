import assert from "node:assert/strict";
import { mailboxUrl, studioUrl, submit } from "./browser.mjs";

/** Messages that a test has read already, by id. */
const read = new Set();

/** Waits for the next message to an address: its subject, its text and the link in it. */
export async function mailTo(address, mailbox = mailboxUrl) {
  const limit = Date.now() + 30_000;
  for (;;) {
    const { messages } = await (await fetch(`${mailbox}/messages`)).json();
    const next = messages.findLast(({ id, to }) => to.includes(address) && !read.has(id));
    if (next) {
      read.add(next.id);
      const link = next.text.match(/^https?:\/\/\S+\/api\/auth\/\S+$/m)?.[0];
      assert.ok(link, `no link of its own line in: ${next.text}`);
      return { subject: next.subject, text: next.text, link };
    }
    if (Date.now() > limit) throw new Error(`no mail to ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** How many messages an address has got. */
export async function mailsTo(address, mailbox = mailboxUrl) {
  const { messages } = await (await fetch(`${mailbox}/messages`)).json();
  return messages.filter(({ to }) => to.includes(address)).length;
}

/** The local vendors' origin: Google's page is there. */
export const vendors = mailboxUrl ? new URL(mailboxUrl).origin : "";

/** On the local Google's page: says who one is. */
export async function beAtGoogle(page, { email, name, verified = true }) {
  await page.waitForURL((url) => url.origin === vendors);
  await page.click("summary");
  await page.fill('input[name="email"]', email);
  await page.fill('input[name="name"]', name);
  await page.selectOption('select[name="verified"]', verified ? "yes" : "no");
  await page.click("details .main");
}

/** From the landing's form to the sign-in. */
export async function toSignIn(page) {
  await page.waitForSelector("form.auth");
  if ((await page.locator("#age").count()) > 0) await page.click(".auth-other .link");
  await page.waitForSelector("#remember");
}

export async function signIn(page, { email, password }) {
  await toSignIn(page);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await submit(page);
}

export async function signOut(page) {
  await page.click(".account > button");
  await page.click(".menu-item:last-child");
  await page.waitForSelector("form.auth");
}

/** Confirms the address of who is signed in, by the banner and the mail. */
export async function confirmAddress(page, email) {
  await page.click(".banner .secondary");
  const { link } = await mailTo(email);
  await page.goto(link);
  await page.waitForSelector(".flash-good");
}

/** Opens the account page by the menu. */
export async function openAccount(page) {
  await page.click(".account > button");
  await page.click('.menu-item[href="/account"]');
  await page.waitForSelector("#section-sessions .row");
}

export const focused = (page, selector) =>
  page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);

/** Asks the studio as any other better-auth client does, which knows nothing of the age. */
export const asAnotherClient = (page, path, body) =>
  page.evaluate(
    async ([where, sent]) => {
      const response = await fetch(`/api/auth/${where}`, { method: "POST", headers: { "content-type": "application/json" }, body: sent });
      if (!response.ok) throw new Error(`${where}: ${response.status}`);
    },
    [path, JSON.stringify(body)],
  );

/** The copy of a picture is made after the reply to a sign-in: until then its address answers 404, and initials are shown. */
export async function pictureIsCopied(page) {
  const { user } = await (await page.request.get(`${studioUrl}/api/auth/get-session`)).json();
  const copy = new URL(user.image, studioUrl).href;
  while (!(await page.request.get(copy)).ok()) await page.waitForTimeout(50);
}
