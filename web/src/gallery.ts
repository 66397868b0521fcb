import { batch } from "@preact/signals";
import { api, ConnectionLost, ProblemError } from "./api";
import { knownCode } from "./errors";
import { ended, expired, mergeList, mergeOne, newestFirst } from "./merge";
import { isForward, isOpen } from "./polling";
import { loseSession } from "./session";
import * as state from "./state";
import type { Generation, GenerationReply, GenerationsReply, Status } from "./types";

/** Two screens of a large display; the server allows 100. */
const PAGE_SIZE = 40;

const gone = new Set<string>();
const stale = new Set<string>();
/** Addresses already replaced once: a second failure is shown, not repeated. */
const replaced = new Set<string>();
/** Ids accepted while a list request was on its way. */
let recent = new Set<string>();
/** Counts sessions, so that an answer for the one before is dropped. */
let epoch = 0;

export function resetGallery(): void {
  epoch += 1;
  for (const set of [gone, stale, replaced, recent]) set.clear();
  state.born.clear();
  batch(() => {
    state.pendings.value = [];
    state.generations.value = [];
    state.works.value = [];
    state.keys.value = new Map();
    state.removing.value = new Set();
    state.nextCursor.value = null;
    state.credits.value = null;
    state.listing.value = "idle";
  });
}

/** Runs a request of this session; a lost session ends it, an answer for an older one is dropped. */
async function asking<T>(request: () => Promise<T>): Promise<T | null> {
  const at = epoch;
  try {
    const answer = await request();
    return at === epoch ? answer : null;
  } catch (error) {
    if (at !== epoch) return null;
    if (error instanceof ProblemError && error.problem.status === 401) {
      loseSession();
      return null;
    }
    throw error;
  }
}

export async function loadGallery(): Promise<void> {
  state.listing.value = "loading";
  try {
    const answer = await refresh();
    if (!answer) return;
    batch(() => {
      state.nextCursor.value = answer.nextCursor;
      state.listing.value = "loaded";
    });
  } catch {
    state.listing.value = "failed";
  }
}

/** Asks for the newest page, and for whatever is still open beyond it. */
export async function refresh(): Promise<GenerationsReply | null> {
  recent = new Set();
  const answer = await asking(() => api.generations(PAGE_SIZE));
  if (!answer) return null;
  take(answer, true);
  const listed = new Set(answer.generations.map((each) => each.id));
  const beyond = state.generations.value.filter((each) => isOpen(each.status) && !listed.has(each.id) && !recent.has(each.id));
  await Promise.all(beyond.map((each) => refreshOne(each.id)));
  return answer;
}

export async function loadMore(): Promise<void> {
  const cursor = state.nextCursor.value;
  if (cursor === null || state.listing.value === "loading") return;
  state.listing.value = "loading";
  try {
    const answer = await asking(() => api.generations(PAGE_SIZE, cursor));
    if (answer) {
      take(answer, false);
      state.nextCursor.value = answer.nextCursor;
    }
    state.listing.value = "loaded";
  } catch {
    state.listing.value = "failed";
  }
}

function take(answer: GenerationsReply, newest: boolean): void {
  const shown = state.generations.value;
  const complete = newest && answer.nextCursor === null;
  const merged = mergeList({ shown, answer: answer.generations, newest, complete, gone, recent, stale });
  batch(() => {
    announceEnds(ended(shown, merged));
    state.generations.value = merged;
    state.takeCredits(answer.credits, answer);
  });
}

function announceEnds(generations: readonly Generation[]): void {
  const { live } = state.text.value;
  const lines = generations.map((each) => (each.status === "succeeded" ? live.done : live.failed)(state.titleOf(each)));
  if (lines.length > 0) state.announcement.value = lines.join(" ");
}

/** Asks for one generation. */
export async function refreshOne(id: string): Promise<void> {
  try {
    const answer = await asking(() => api.generation(id));
    if (answer) accept(answer);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    forget(id);
  }
}

/** A step on its way, as it was heard. */
export function hearStatus(id: string, status: Status): void {
  const step = (each: Generation) => ({ ...each, status, waiting: each.waiting && status === "queued" });
  state.generations.value = state.generations.peek().map((each) => (each.id === id && isForward(each.status, status) ? step(each) : each));
}

/** Whether it was deleted: what is said of it later is old. */
export const isGone = (id: string) => gone.has(id);

/** A generation that may be older than what is listed; null: it is gone. */
export async function bring(id: string): Promise<Generation | null> {
  const known = () => [...state.generations.peek(), ...state.works.peek()].find((each) => each.id === id) ?? null;
  if (known() || gone.has(id)) return known();
  await refreshOne(id);
  // Accepted as the newest, which it is not.
  state.generations.value = [...state.generations.peek()].sort(newestFirst);
  return known();
}

/** Takes one generation into the gallery, new or newer. `key` is the submit's that made it. */
export function accept(answer: GenerationReply, key?: string): void {
  const { generation } = answer;
  if (gone.has(generation.id)) return;
  recent.add(generation.id);
  const before = state.generations.value;
  const known = before.find((each) => each.id === generation.id);
  // What only the library shows stays there: the gallery goes on without a gap.
  const shelved = state.works.value.find((each) => each.id === generation.id);
  if (shelved) state.works.value = state.works.value.map((each) => (each === shelved ? mergeOne(shelved, generation, stale) : each));
  const merged = mergeOne(known, generation, stale);
  const after = known ? before.map((each) => (each === known ? merged : each)) : shelved ? before : [merged, ...before];
  batch(() => {
    if (key) state.keys.value = new Map(state.keys.value).set(generation.id, key);
    announceEnds(ended(before, after));
    state.generations.value = after;
    state.takeCredits(answer.credits, answer);
  });
}

/** A picture's address no longer loads: asks once for a fresh one. False: it was asked for already. */
export async function renewPicture(id: string, url: string, again = false): Promise<boolean> {
  const place = url.split("?", 1)[0] ?? url;
  stale.add(url);
  if (replaced.has(place) && !again) return false;
  replaced.add(place);
  try {
    await refreshOne(id);
    return true;
  } catch {
    return false;
  }
}

/** A fresh address loaded: should it expire too, it may be renewed again. */
export function pictureLoaded(url: string): void {
  replaced.delete(url.split("?", 1)[0] ?? url);
}

/** Before an address is handed to a download: fresh if it is about to expire. */
export async function renewExpired(id: string): Promise<void> {
  const found = [...state.generations.value, ...state.works.value].find((each) => each.id === id);
  if (found?.outputs.some((output) => expired(output.url, Date.now()))) await refreshOne(id).catch(() => undefined);
}

const isNotFound = (error: unknown) => error instanceof ProblemError && error.problem.status === 404;

/** Says in passing what went wrong with what was asked for. */
function complain(error: unknown): void {
  const problem = error instanceof ProblemError ? error.problem : null;
  if (!problem && !(error instanceof ConnectionLost)) throw error;
  state.notice.value = state.text.value.problems[problem ? knownCode(problem.code, problem.status) : "connection_lost"];
}

/** Deletes a generation with its pictures: gone from the screen at once, back if the server refuses. */
export async function remove(id: string): Promise<void> {
  state.removing.value = new Set(state.removing.value).add(id);
  try {
    await asking(() => api.remove(id));
    forget(id);
    state.notice.value = state.text.value.notice.deleted;
  } catch (error) {
    if (isNotFound(error)) return forget(id);
    const rest = new Set(state.removing.value);
    rest.delete(id);
    state.removing.value = rest;
    complain(error);
  }
}

/** Stops a generation: at once where that is possible, as soon as its host obeys elsewhere. */
export async function cancel(id: string): Promise<void> {
  state.stopping.value = new Set(state.stopping.value).add(id);
  try {
    const answer = await asking(() => api.cancel(id));
    if (answer) accept(answer);
  } catch (error) {
    if (isNotFound(error)) return forget(id);
    complain(error);
  } finally {
    const rest = new Set(state.stopping.value);
    rest.delete(id);
    state.stopping.value = rest;
  }
}

export function forget(id: string): void {
  gone.add(id);
  state.generations.value = state.generations.value.filter((each) => each.id !== id);
  state.works.value = state.works.value.filter((each) => each.id !== id);
}

/** Makes a favourite of a generation, or not: seen at once, taken back if the server refuses. */
export async function markFavourite(id: string, favourite: boolean): Promise<void> {
  change(id, { favourite });
  try {
    const answer = await asking(() => api.change(id, { favourite }));
    if (answer) accept(answer);
  } catch (error) {
    change(id, { favourite: !favourite });
    complain(error);
  }
}

/** Changes what is shown of a generation, wherever it is. */
export function change(id: string, to: Partial<Generation>): void {
  const changed = (each: Generation) => (each.id === id ? { ...each, ...to } : each);
  batch(() => {
    state.generations.value = state.generations.value.map(changed);
    state.works.value = state.works.value.map(changed);
  });
}
