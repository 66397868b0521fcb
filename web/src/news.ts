import { effect } from "@preact/signals";
import { forget, hearStatus, isGone, refresh, refreshOne } from "./gallery";
import { isOpen, resendDelayMs } from "./polling";
import * as state from "./state";
import type { News } from "./live";
import type { Status } from "./types";

/** What the feed said last of those of which the gallery knows nothing. */
const strangers = new Map<string, string>();
let catching = false;

/** Takes what the feed says of a generation: a step on its way at once, an end with its pictures, a new one with the list. */
export function hear({ generation: id, status }: News): void {
  if (isGone(id)) return;
  // Known or not: a list or an answer that is on its way may still bring it.
  if (status === "deleted") return forget(id);
  const known = state.generations.peek().find((each) => each.id === id);
  if (!known) {
    strangers.set(id, status);
    void catchUp();
  } else if (isOpen(known.status)) {
    if (isOpen(status as Status)) hearStatus(id, status as Status);
    else void end(id);
  }
}

/** What was missed is not known: the list is read once, unless the page has only begun and waits for nothing. */
export async function missed(first: boolean): Promise<void> {
  // A list that is on its way may have left before the feed was heard.
  await until(() => state.listing.value !== "loading");
  if (!first || state.anyOpen.peek()) await again(() => refresh().then(() => true));
}

/** Reads the list once for all that is new, when no order of this page is on its way or lost: its answer knows the tile that it belongs to. */
async function catchUp(): Promise<void> {
  if (catching) return;
  catching = true;
  while (strangers.size > 0) {
    await until(() => !state.anyUnsent.value);
    const heard = [...strangers];
    strangers.clear();
    const known = new Set(state.generations.peek().map((each) => each.id));
    // An order's answer and a list tell how it was when they were written; what was heard meanwhile is newer.
    for (const [generation, status] of heard) if (known.has(generation)) hear({ generation, status });
    const unknown = heard.filter(([id]) => !known.has(id) && !isGone(id));
    if (unknown.length > 0) await again(() => refresh().then(() => true));
  }
  catching = false;
}

/** Reads one that has ended, until that is what is read. */
function end(id: string): Promise<void> {
  return again(async () => {
    await refreshOne(id);
    const known = state.generations.peek().find((each) => each.id === id);
    return known === undefined || !isOpen(known.status);
  });
}

/** Does something until it succeeds, whenever the feed is heard: without it the page asks by itself, but only while something is open. */
async function again(deed: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; state.phase.peek() === "studio"; attempt += 1) {
    if (await deed().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, resendDelayMs(attempt)));
    await until(() => state.live.value || state.phase.value !== "studio");
  }
}

/** Resolves when it holds. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (!holds()) return;
      queueMicrotask(() => {
        stop();
        resolve();
      });
    });
  });
}
