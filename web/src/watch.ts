import { effect } from "@preact/signals";
import { refresh } from "./gallery";
import { feedUrl, listener } from "./live";
import { hear, missed } from "./news";
import { isOpen, pollDelayMs, quietDelayMs } from "./polling";
import * as state from "./state";

/** A page left alone this long may hold expired addresses and miss pictures made elsewhere. */
const AWAY_MS = 60_000;
/** The same where the feed told what happened: only addresses expire. */
const AWAY_HEARING_MS = 3_600_000;
/** A page that nobody looks at hangs up after this time. */
const HIDDEN_MS = 300_000;
/** How long the feed may take to come back before the list is read instead. */
const COMEBACK_MS = 2_000;

/**
 * Keeps the gallery current. While the feed is heard nothing is asked for but what it says. Without it the page asks while anything is open, and never otherwise:
 * faster after each new submit and each return to the page, paused while it is hidden.
 */
export function watch(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let comeback: ReturnType<typeof setTimeout> | undefined;
  let hidden: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let asking = false;
  let lastMs = Date.now();

  const poll = async () => {
    clearTimeout(timer);
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
    if (state.phase.peek() !== "studio" || !state.anyOpen.peek()) return;
    timer = setTimeout(poll, (state.live.peek() ? quietDelayMs : pollDelayMs)(attempt));
  };
  const hurry = () => {
    attempt = 0;
    clearTimeout(timer);
    timer = undefined;
    plan();
  };
  const comeBack = () => {
    const away = Date.now() - lastMs;
    const gone = () => away > (state.live.peek() ? AWAY_HEARING_MS : AWAY_MS) && state.phase.peek() === "studio" && !asking;
    hurry();
    const look = () => {
      if (gone()) void poll();
    };
    if (state.settings.peek().live) comeback = setTimeout(look, COMEBACK_MS);
    else look();
  };

  const feed = listener({
    open: (after) => new WebSocket(feedUrl(location.origin, after)),
    heard: (news) => {
      hear(news);
      hurry();
    },
    missed: (first) => void missed(first),
    // An answer that the session is over leads back to signing in.
    ended: async () => void (await refresh()),
    up: (up) => {
      state.live.value = up;
      hurry();
    },
  });
  effect(() => {
    if (state.phase.value === "studio" && state.settings.value.live) feed.start();
    else feed.stop();
  });

  let openBefore = 0;
  effect(() => {
    const open = state.generations.value.filter((each) => isOpen(each.status)).length;
    if (open > openBefore) hurry();
    openBefore = open;
  });
  const wake = () => {
    if (!document.hidden) feed.wake();
    hurry();
  };
  addEventListener("focus", wake);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    clearTimeout(comeback);
    if (document.hidden) {
      clearTimeout(timer);
      timer = undefined;
      hidden = setTimeout(feed.rest, HIDDEN_MS);
    } else {
      feed.wake();
      comeBack();
    }
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
