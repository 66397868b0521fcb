import { effect } from "@preact/signals";
import { refresh } from "./gallery";
import { isOpen, pollDelayMs } from "./polling";
import * as state from "./state";

/** A page left alone this long may hold expired addresses and miss pictures made elsewhere. */
const AWAY_MS = 60_000;

/**
 * Keeps the gallery current while anything is open, and never otherwise. Faster after each new submit
 * and each return to the page, paused while it is hidden.
 */
export function watch(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let asking = false;
  let lastMs = Date.now();

  const poll = async () => {
    timer = undefined;
    asking = true;
    lastMs = Date.now();
    await refresh().catch(() => undefined);
    asking = false;
    attempt += 1;
    plan();
  };
  const plan = () => {
    if (timer !== undefined || asking || document.hidden) return;
    if (state.phase.peek() === "studio" && state.anyOpen.peek()) timer = setTimeout(poll, pollDelayMs(attempt));
  };
  const hurry = () => {
    attempt = 0;
    clearTimeout(timer);
    timer = undefined;
    plan();
  };

  let openBefore = 0;
  effect(() => {
    const open = state.generations.value.filter((each) => isOpen(each.status)).length;
    if (open > openBefore) hurry();
    openBefore = open;
  });
  addEventListener("focus", hurry);
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(timer);
      timer = undefined;
    } else if (state.phase.peek() === "studio" && !asking && Date.now() - lastMs > AWAY_MS) {
      attempt = 0;
      void poll();
    } else hurry();
  });

  tick();
  warnOfUnsent();
}

/** Moves the clock of the elapsed times, once a second, while anything is waiting. */
function tick(): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  effect(() => {
    const waiting = state.anyOpen.value || state.anyUnsent.value;
    if (waiting && timer === undefined) {
      state.nowMs.value = Date.now();
      timer = setInterval(() => (state.nowMs.value = Date.now()), 1000);
    } else if (!waiting && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  });
}

/** Only what never reached the server is lost with the page; everything else comes back. */
function warnOfUnsent(): void {
  addEventListener("beforeunload", (event) => {
    if (state.anyUnsent.peek()) event.preventDefault();
  });
}
