import { isForward, isOpen } from "./polling";
import type { Generation, Output } from "./types";

/** What a finished request for a page of the list means for what the page already shows. */
export interface Merge {
  /** Shown now, newest first. */
  shown: readonly Generation[];
  /** The answer, newest first. */
  answer: readonly Generation[];
  /** Whether the answer is the newest page, which may also tell that something is gone. */
  newest: boolean;
  /** Whether nothing comes after the answer: what it lacks does not exist. */
  complete: boolean;
  /** Ids deleted here, which an answer sent before may still contain. */
  gone: ReadonlySet<string>;
  /** Ids accepted after the request left: their absence from the answer means nothing. */
  recent: ReadonlySet<string>;
  /** Addresses that failed to load, to be replaced. */
  stale: ReadonlySet<string>;
}

export function mergeList({ shown, answer, newest, complete, gone, recent, stale }: Merge): Generation[] {
  const before = new Map(shown.map((each) => [each.id, each]));
  const merged = new Map<string, Generation>();
  for (const each of answer) {
    if (!gone.has(each.id)) merged.set(each.id, mergeOne(before.get(each.id), each, stale));
  }
  const last = answer.at(-1);
  for (const each of shown) {
    if (merged.has(each.id) || gone.has(each.id)) continue;
    const covered = newest && !recent.has(each.id) && (complete || (last !== undefined && newer(each, last)));
    if (!covered) merged.set(each.id, each);
  }
  return [...merged.values()].sort(newestFirst);
}

/**
 * The newer knowledge of one generation. Signatures differ between answers: the address already on
 * the screen is kept, or each poll would load every picture again.
 */
export function mergeOne(before: Generation | undefined, after: Generation, stale: ReadonlySet<string>): Generation {
  if (!before) return after;
  // An answer that left before the end must not reopen what has ended, nor one before a step that was heard of take it back.
  if (isOpen(after.status) && !isForward(before.status, after.status)) return before;
  const outputs = after.outputs.map((output, n) => keepAddress(before.outputs[n], output, stale));
  const sources = after.sources.map((source, n) => ({ ...source, url: keepUrl(before.sources[n]?.url, source.url, stale) }));
  return { ...after, outputs, sources };
}

function keepAddress(before: Output | undefined, after: Output, stale: ReadonlySet<string>): Output {
  const url = keepUrl(before?.url, after.url, stale);
  return { ...after, url, sizes: before && url === before.url ? before.sizes : after.sizes };
}

function keepUrl<Url extends string | null>(before: Url | undefined, after: Url, stale: ReadonlySet<string>): Url {
  if (typeof before !== "string" || typeof after !== "string") return after;
  return path(before) === path(after) && !stale.has(before) && !expired(before, Date.now()) ? before : after;
}

function path(url: string): string {
  return url.split("?", 1)[0] ?? url;
}

/** Whether a signed address has less than a minute to live. Its `exp` counts seconds. */
export function expired(url: string, nowMs: number): boolean {
  const exp = Number(new URLSearchParams(url.split("?")[1] ?? "").get("exp") ?? NaN);
  if (!Number.isFinite(exp)) return false;
  const expMs = exp > 1e12 ? exp : exp * 1000;
  return expMs - nowMs < 60_000;
}

function newer(a: Generation, b: Generation): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt;
}

export const newestFirst = (a: Generation, b: Generation) => (newer(a, b) ? -1 : 1);

/** Generations that ended between two views of the list, for saying so once. */
export function ended(before: readonly Generation[], after: readonly Generation[]): Generation[] {
  const open = new Set(before.filter((each) => isOpen(each.status)).map((each) => each.id));
  return after.filter((each) => open.has(each.id) && !isOpen(each.status));
}
