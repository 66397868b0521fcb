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

/** Whether the server may still change a generation of this status. */
export function isOpen(status: Status): boolean {
  return status === "queued" || status === "starting" || status === "running" || status === "saving";
}
