import type { Status } from "./types";

/** The fastest model takes about a second, so that a first look at 700 ms is rarely wasted. */
export const POLL_FIRST_MS = 700;
/** Beyond this a person looks away; slower would show a finished picture late. */
export const POLL_MAX_MS = 5_000;
const GROWTH = 1.3;

/** Pause before the poll numbered `attempt`, from 0. */
export function pollDelayMs(attempt: number): number {
  return Math.min(POLL_MAX_MS, Math.round(POLL_FIRST_MS * GROWTH ** attempt));
}

/** Pause before sending a lost request again, numbered from 0: 1 s, 2 s, 4 s … 15 s. */
export function resendDelayMs(attempt: number): number {
  return Math.min(15_000, 1_000 * 2 ** attempt);
}

/** While the feed is heard, an open generation of which nothing was said for so long is asked for: what the feed says may be lost. 2 min, 4 min, 8 min … */
export function quietDelayMs(attempt: number): number {
  return 120_000 * 2 ** Math.min(attempt, 10);
}

/** The steps of a generation on its way, in their order. */
const STEPS: readonly Status[] = ["queued", "starting", "running", "saving"];

/** Whether a generation that stood there may stand here now. */
export function isForward(from: Status, to: Status): boolean {
  return isOpen(from) && STEPS.indexOf(to) >= STEPS.indexOf(from);
}

/** Whether the server may still change a generation of this status. */
export function isOpen(status: Status): boolean {
  return STEPS.includes(status);
}
