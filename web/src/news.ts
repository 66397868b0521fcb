import { effect } from "@preact/signals";
import { hearStatus, isGone, refresh, refreshOne } from "./gallery";
import { isOpen, resendDelayMs } from "./polling";
import * as state from "./state";
import type { News } from "./live";
import type { Status } from "./types";

/** Ids of which the feed spoke and the gallery knows nothing. */
const strangers = new Set<string>();
let catching = false;

/** Takes what the feed says of a generation: a step on its way at once, an end with its pictures, a new one with the list. */
export function hear({ generation: id, status }: News): void {
  if (isGone(id)) return;
  const known = state.generations.peek().find((each) => each.id === id);
  if (status === "deleted") {
    if (known) hearStatus(id, null);
  } else if (!known) {
    strangers.add(id);
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
  await until(() => !state.anyUnsent.value);
  catching = false;
  const known = new Set(state.generations.peek().map((each) => each.id));
  const unknown = [...strangers].filter((id) => !known.has(id) && !isGone(id));
  strangers.clear();
  if (unknown.length > 0) await again(() => refresh().then(() => true));
}

/** Reads one that has ended, until that is what is read. */
function end(id: string): Promise<void> {
  return again(async () => {
    await refreshOne(id);
    const known = state.generations.peek().find((each) => each.id === id);
    return known === undefined || !isOpen(known.status);
  });
}

/** Does something until it succeeds, as long as the feed is heard: without it the page asks by itself. */
async function again(deed: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; state.phase.peek() === "studio"; attempt += 1) {
    if (await deed().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, resendDelayMs(attempt)));
    if (!state.live.peek()) return;
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
