import { batch } from "@preact/signals";
import { VERIFICATION_SENT, accountApi } from "./api";
import { leave, leaveFor, loseSession } from "./session";
import * as state from "./state";
import { attempt, type Trouble } from "./trouble";
import type { Account } from "./types";

/** Counts sessions of this page, so that an answer for the one before is dropped. */
let epoch = 0;

export function forgetAccount(): void {
  epoch += 1;
  batch(() => {
    state.account.value = null;
    state.accountFailed.value = false;
    state.sessions.value = "loading";
    state.methods.value = "loading";
    state.verifyLater.value = false;
  });
}

/** Runs a request of this session; a lost session ends it, an answer for an older one changes nothing. */
export async function asMe<T>(request: () => Promise<T>, take?: (answer: T) => void): Promise<Trouble | null> {
  const at = epoch;
  const trouble = await attempt(async () => {
    const answer = await request();
    if (at === epoch) take?.(answer);
  });
  if (trouble?.code === "unauthenticated" && at === epoch) loseSession();
  return trouble;
}

export async function loadAccount(): Promise<void> {
  state.accountFailed.value = false;
  const trouble = await asMe(accountApi.account, (account) => {
    batch(() => {
      state.account.value = account;
      state.user.value = account.user;
    });
  });
  if (trouble) state.accountFailed.value = true;
}

export async function loadSessions(): Promise<void> {
  const trouble = await asMe(accountApi.sessions, ({ sessions }) => (state.sessions.value = sessions));
  if (trouble && typeof state.sessions.peek() === "string") state.sessions.value = "failed";
}

export async function loadMethods(): Promise<void> {
  const trouble = await asMe(accountApi.methods, (methods) => (state.methods.value = methods));
  if (trouble && typeof state.methods.peek() === "string") state.methods.value = "failed";
}

function change(fields: Partial<Account>): void {
  const account = state.account.peek();
  if (account) state.account.value = { ...account, ...fields };
}

export async function confirmAge(): Promise<Trouble | null> {
  return asMe(accountApi.confirmAge, () => change({ ageConfirmedAt: new Date().toISOString() }));
}

export async function rename(name: string): Promise<Trouble | null> {
  return asMe(
    () => accountApi.updateUser({ name }),
    () => {
      const account = state.account.peek();
      if (!account) return;
      const user = { ...account.user, name };
      batch(() => {
        state.user.value = user;
        change({ user });
        say("saved");
      });
    },
  );
}

export async function removePicture(): Promise<Trouble | null> {
  return asMe(
    () => accountApi.updateUser({ image: null }),
    () => {
      const account = state.account.peek();
      if (!account) return;
      batch(() => {
        change({ user: { ...account.user, image: null } });
        say("pictureRemoved");
      });
    },
  );
}

/** The server answers the same for a taken address; the mail alone knows. */
export function changeEmail(newEmail: string): Promise<Trouble | null> {
  return asMe(() => accountApi.changeEmail(newEmail));
}

export function confirmEmail(): Promise<Trouble | null> {
  return asMe(() => accountApi.sendVerification(state.user.peek()?.email ?? ""));
}

/** For who has no password yet: the mail's link sets the first as it sets another. */
export function mailPasswordLink(): Promise<Trouble | null> {
  return asMe(() => accountApi.requestReset(state.user.peek()?.email ?? ""));
}

export async function changePassword(current: string, next: string, revokeOthers: boolean): Promise<Trouble | null> {
  return asMe(
    () => accountApi.changePassword(current, next, revokeOthers),
    () => {
      say("passwordChanged");
      // With the others ended this session was made anew too.
      if (revokeOthers) void loadSessions();
    },
  );
}

export async function revoke(id: string): Promise<Trouble | null> {
  const trouble = await asMe(() => accountApi.revoke(id));
  // One that is no longer there has reached what was asked for.
  if (trouble && trouble.code !== "ACCOUNT_NOT_FOUND") return trouble;
  const known = state.sessions.peek();
  if (typeof known !== "string") state.sessions.value = known.filter((each) => each.id !== id);
  say("sessionEnded");
  return null;
}

export async function revokeOthers(): Promise<Trouble | null> {
  return asMe(accountApi.revokeOthers, () => {
    const known = state.sessions.peek();
    if (typeof known !== "string") state.sessions.value = known.filter((each) => each.current);
    say("sessionsEnded");
  });
}

export function linkGoogle(): Promise<Trouble | null> {
  return asMe(accountApi.linkGoogle, ({ url }) => leaveFor(url));
}

export async function unlink(id: string): Promise<Trouble | null> {
  return asMe(
    () => accountApi.unlink(id),
    () => {
      const known = state.methods.peek();
      if (typeof known === "string") return;
      const gone = known.find((each) => each.id === id);
      batch(() => {
        state.methods.value = known.filter((each) => each.id !== id);
        if (gone?.providerId === "credential") change({ hasPassword: false });
        say("methodRemoved");
      });
    },
  );
}

/** Deletes the account. `mailed`: a mail has to be answered first. */
export async function deleteAccount(password: string | null): Promise<Trouble | "mailed" | null> {
  let mailed = false;
  const trouble = await asMe(
    () => accountApi.remove(password),
    ({ message }) => {
      mailed = message === VERIFICATION_SENT;
      if (mailed) return;
      leave();
      state.flash.value = { kind: "good", code: "account-deleted" };
    },
  );
  return trouble ?? (mailed ? "mailed" : null);
}

/** Told in passing, by sight and to assistive technology. */
function say(what: keyof (typeof state.text.value)["account"]["done"]): void {
  state.notice.value = state.text.peek().account.done[what];
}
