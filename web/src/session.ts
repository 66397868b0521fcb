import { batch } from "@preact/signals";
import { accountApi, api, type Credentials, type Newcomers } from "./api";
import { readArrival } from "./arrivals";
import { forgetBilling, loadBilling, lookLater } from "./billing";
import { returned } from "./billing-state";
import { dropDraft, restoreDraft } from "./draft";
import { loadGallery, resetGallery } from "./gallery";
import { forgetLedger } from "./history";
import { forgetAccount, loadAccount } from "./me";
import { followPurchase } from "./purchase";
import { go, place, type Path } from "./route";
import * as state from "./state";
import { attempt, type Trouble } from "./trouble";
import { forgetPictures } from "./uploads";
import type { User } from "./types";

/** Takes the news out of the address: they are shown once. */
export function arrive(): void {
  const arrival = readArrival(location.pathname, location.search);
  state.flash.value = arrival.flash;
  state.resetToken.value = arrival.resetToken;
  returned.value = arrival.returned;
  if (arrival.portal) lookLater();
  if (arrival.address !== location.pathname + location.search) history.replaceState(null, "", arrival.address + location.hash);
}

/** Opens the page: catalogue, settings and session together, since none needs the others. */
export async function start(): Promise<void> {
  state.phase.value = "loading";
  try {
    const [session, settings] = await Promise.all([accountApi.session(), api.studio(), loadModels()]);
    state.settings.value = settings;
    if (session) enter(session.user);
    else state.phase.value = "signed-out";
  } catch {
    state.phase.value = "failed";
  }
}

/** The catalogue; what stands in the prompt box keeps to it. */
export async function loadModels(): Promise<void> {
  const { models } = await api.models();
  state.models.value = models;
  state.chooseModel(state.modelId.value);
}

function enter(user: User): void {
  batch(() => {
    state.user.value = user;
    state.sessionEnded.value = null;
    restoreDraft();
    state.phase.value = "studio";
  });
  void loadGallery();
  void loadAccount();
  void loadBilling();
  void followPurchase();
}

/** Signs up. `confirm`: the account is there, and opens once its address is confirmed. */
export async function signUp(name: string, who: Credentials): Promise<Trouble | "confirm" | null> {
  let confirm = false;
  const trouble = await attempt(async () => {
    const { token, user } = await accountApi.signUp(name.trim(), who);
    confirm = token === null;
    if (!confirm) enterNew(user);
  });
  return trouble ?? (confirm ? "confirm" : null);
}

export async function signIn(who: Credentials, rememberMe: boolean): Promise<Trouble | null> {
  const trouble = await attempt(async () => enterNew((await accountApi.signIn(who, rememberMe)).user));
  // An answer of 401 without a code of its own can only mean the same here.
  return trouble?.code === "unauthenticated" ? { code: "INVALID_EMAIL_OR_PASSWORD" } : trouble;
}

/** News of before are no news to who has just come in. */
function enterNew(user: User): void {
  state.flash.value = null;
  enter(user);
}

/** Goes to Google, and comes back to where one is. */
export function signInWithGoogle(newcomers: Newcomers): Promise<Trouble | null> {
  return attempt(async () => leaveFor((await accountApi.google(backTo(), newcomers)).url));
}

/** Only pages of the web: an address is never a script. */
export function leaveFor(url: string): void {
  if (/^https?:$/.test(new URL(url, location.href).protocol)) location.assign(url);
}

export const sendMagicLink = (email: string, newcomers: Newcomers, name = "") =>
  attempt(() => accountApi.magicLink(email, backTo(), newcomers, name.trim()));
export const requestReset = (email: string) => attempt(() => accountApi.requestReset(email));
export const sendVerification = (email: string) => attempt(() => accountApi.sendVerification(email));

function backTo(): Path {
  switch (place.peek()) {
    case "account":
      return "/account";
    case "billing":
      return "/billing";
    case "library":
      return "/library";
    default:
      return "/";
  }
}

/** Sets the password that a mail's link allows to set, and says so where one comes out. */
export async function resetPassword(password: string): Promise<Trouble | null> {
  const trouble = await attempt(() => accountApi.reset(password, state.resetToken.peek() ?? ""));
  if (trouble) return trouble;
  batch(() => {
    state.resetToken.value = null;
    state.flash.value = { kind: "good", code: "password-set" };
    go(state.phase.peek() === "studio" ? "/account" : "/", { replace: true });
  });
  return null;
}

/** Leaves the studio. Nothing of the account stays on the page. */
export async function signOut(): Promise<void> {
  const trouble = await attempt(accountApi.signOut);
  if (trouble) {
    state.notice.value = state.text.value.problems[trouble.code];
    return;
  }
  leave();
}

/** The account or its session is gone: nothing of it stays on the page. */
export function leave(): void {
  batch(() => {
    clear();
    state.setPrompt("");
    dropDraft();
    returned.value = null;
    state.sessionEnded.value = null;
    state.flash.value = null;
    go("/", { replace: true });
  });
}

/** What is asked for needs a session of today: signs out, and comes back to the same place. */
export async function signInAgain(): Promise<void> {
  const trouble = await attempt(accountApi.signOut);
  if (trouble) state.notice.value = state.text.value.problems[trouble.code];
  else endSession("again");
}

/** The server no longer knows us: back to signing in, with the prompt kept. */
export function loseSession(): void {
  if (state.phase.value === "studio") endSession("ended");
}

function endSession(why: "ended" | "again"): void {
  batch(() => {
    clear();
    // Older news would stand in the way of this one.
    state.flash.value = null;
    state.sessionEnded.value = why;
  });
}

function clear(): void {
  resetGallery();
  forgetAccount();
  forgetBilling();
  forgetLedger();
  forgetPictures();
  state.quote.value = null;
  state.dearer.value = null;
  state.user.value = null;
  state.viewing.value = null;
  state.shortcutsOpen.value = false;
  state.phase.value = "signed-out";
}
