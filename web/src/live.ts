/** What became of a generation. `deleted` is said of one that is gone. */
export interface News {
  generation: string;
  status: string;
}

/** How the server ends a connection, beside failing: `src/domain/live.rs`. */
const AGED = 4000;
const ENDED = 4001;
const CROWDED = 4002;

/** What stands between ends an idle connection after a minute or more. */
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** Two returns to the page within this time are one. */
const WAKE_EVERY_MS = 1_000;

/** Pause before the try numbered `attempt`, from 0: twice as long each time, and never the same for everybody. */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt) * (0.5 + random / 2);
}

/** The part of a browser's WebSocket that is used. */
export type Socket = Pick<WebSocket, "send" | "close" | "onmessage" | "onclose">;

export interface Ears {
  /** Opens the feed, from the number on that was seen last. */
  open: (after: number | null) => Socket;
  heard: (news: News) => void;
  /** What was missed is not known. `first`: nothing was ever heard. */
  missed: (first: boolean) => void;
  /** A session of the user's has ended: resolves when it is known whether it was this one. */
  ended: () => Promise<void>;
  /** Whether everything is heard from now on. */
  up: (up: boolean) => void;
  random?: () => number;
}

export interface Listener {
  start: () => void;
  /** Somebody looks at the page, or it is connected again. */
  wake: () => void;
  /** Hangs up until `wake`; what is missed meanwhile is told then. */
  rest: () => void;
  /** Hangs up, and forgets what was heard. */
  stop: () => void;
}

/** Keeps a connection to the feed, from `start` to `stop`. */
export function listener({ open, heard, missed, ended, up, random = Math.random }: Ears): Listener {
  let wanted = false;
  let socket: Socket | null = null;
  let isUp = false;
  let last: number | null = null;
  let attempt = 0;
  let triedMs = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let pulse: ReturnType<typeof setTimeout> | undefined;

  const say = (now: boolean) => {
    if (now === isUp) return;
    isUp = now;
    up(now);
  };
  const connect = () => {
    clearTimeout(retry);
    if (!wanted || socket) return;
    triedMs = Date.now();
    const mine = open(last);
    socket = mine;
    // A connection that never comes about is given up like one that says nothing.
    expect(mine);
    mine.onmessage = ({ data }) => {
      if (mine === socket) take(mine, data as unknown);
    };
    mine.onclose = ({ code }) => {
      if (mine === socket) void closed(code);
    };
  };
  const expect = (mine: Socket) => {
    clearTimeout(pulse);
    pulse = setTimeout(() => drop(mine), PONG_WITHIN_MS);
  };
  const take = (mine: Socket, data: unknown) => {
    clearTimeout(pulse);
    pulse = setTimeout(() => ask(mine), PING_EVERY_MS);
    // Only what has lasted counts as success: a server that lets in and hangs up must not be called all the time.
    if (data === "pong") attempt = 0;
    const message = read(data);
    if (!message) return;
    const first = last === null;
    last = message.n;
    if (message.news) return heard(message.news);
    if (message.reset) missed(first);
    say(true);
  };
  const ask = (mine: Socket) => {
    mine.send("ping");
    expect(mine);
  };
  const letGo = () => {
    clearTimeout(pulse);
    clearTimeout(retry);
    const old = socket;
    socket = null;
    say(false);
    return old;
  };
  const drop = (mine: Socket) => {
    if (mine !== socket) return;
    letGo()?.close();
    again(attempt++);
  };
  const again = (n: number) => {
    if (wanted) retry = setTimeout(connect, retryDelayMs(n, random()));
  };
  const closed = async (code: number) => {
    letGo();
    // With too many open, whoever is looked at comes first.
    if (code === CROWDED) return;
    if (code === ENDED) await ended().catch(() => undefined);
    if (code === ENDED || code === AGED) again(0);
    else again(attempt++);
  };

  return {
    start() {
      wanted = true;
      connect();
    },
    wake() {
      if (!wanted) return;
      if (socket) {
        // It may have died unheard while the device slept.
        if (isUp) ask(socket);
      } else if (Date.now() - triedMs >= WAKE_EVERY_MS) connect();
    },
    rest() {
      letGo()?.close(1000);
    },
    stop() {
      wanted = false;
      letGo()?.close(1000);
      last = null;
      attempt = 0;
    },
  };
}

interface Message {
  n: number;
  reset: boolean;
  news: News | null;
}

/** A message of the feed; null for anything else. */
export function read(data: unknown): Message | null {
  let value: unknown;
  try {
    value = typeof data === "string" ? JSON.parse(data) : null;
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { n, reset, generation, status } = value as Record<string, unknown>;
  if (typeof n !== "number") return null;
  const news = typeof generation === "string" && typeof status === "string" ? { generation, status } : null;
  return { n, reset: reset === true, news };
}

/** Where the feed is, for this page. */
export function feedUrl(origin: string, after: number | null): string {
  return `${origin.replace(/^http/, "ws")}/api/live${after === null ? "" : `?after=${after}`}`;
}
