import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { feedUrl, listener, read, retryDelayMs, type Ears, type News, type Socket } from "./live";

/** A server's side of the connections of a page. */
class Line implements Socket {
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  sent: string[] = [];
  left = false;
  readonly after: number | null;
  constructor(after: number | null) {
    this.after = after;
  }
  send(data: string) {
    this.sent.push(data);
  }
  close() {
    this.left = true;
  }
  says(message: object | string) {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    this.onmessage?.call(this as unknown as WebSocket, { data } as MessageEvent);
  }
  ends(code = 1006) {
    this.onclose?.call(this as unknown as WebSocket, { code } as CloseEvent);
  }
}

function page(more: Partial<Ears> = {}) {
  const lines: Line[] = [];
  const heard: News[] = [];
  const missed: boolean[] = [];
  const ups: boolean[] = [];
  const feed = listener({
    open: (after) => {
      const line = new Line(after);
      lines.push(line);
      return line;
    },
    heard: (news) => void heard.push(news),
    missed: (first) => void missed.push(first),
    ended: () => Promise.resolve(),
    up: (up) => void ups.push(up),
    random: () => 1,
    ...more,
  });
  return { feed, lines, heard, missed, ups, last: () => lines[lines.length - 1] as Line };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a connection to the feed", () => {
  it("is up when the greeting is complete, and comes back to where it was", () => {
    const { feed, lines, heard, missed, ups, last } = page();
    feed.start();
    expect([lines.length, last().after]).toEqual([1, null]);
    last().says({ n: 5, reset: true });
    last().says({ n: 7, generation: "a", status: "running" });
    expect([missed, ups, heard]).toEqual([[true], [true], [{ generation: "a", status: "running" }]]);
    last().ends();
    expect(ups).toEqual([true, false]);
    vi.advanceTimersByTime(1000);
    expect([lines.length, last().after]).toEqual([2, 7]);
    last().says({ n: 9, generation: "a", status: "succeeded" });
    expect(ups).toEqual([true, false]);
    last().says({ n: 9 });
    expect([ups, missed]).toEqual([[true, false, true], [true]]);
  });

  it("says that the list has to be read where what was missed is unknown", () => {
    const { feed, missed, last } = page();
    feed.start();
    last().says({ n: 5 });
    last().ends();
    vi.advanceTimersByTime(1000);
    last().says({ n: 9, reset: true });
    expect(missed).toEqual([false]);
  });

  it("tries again later and later, also when it is let in and dropped each time", () => {
    const { feed, lines, last } = page();
    feed.start();
    const waits = Array.from({ length: 9 }, () => {
      last().says({ n: 1 });
      last().ends();
      const before = lines.length;
      let waited = 0;
      while (lines.length === before) waited += (vi.advanceTimersByTime(500), 500);
      return waited;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it("begins anew once a connection has lasted", () => {
    const { feed, lines, last } = page();
    feed.start();
    for (let i = 0; i < 4; i += 1) {
      last().ends();
      vi.advanceTimersByTime(60_000);
    }
    last().says({ n: 1 });
    vi.advanceTimersByTime(25_000);
    last().says("pong");
    last().ends();
    const before = lines.length;
    vi.advanceTimersByTime(1000);
    expect(lines.length).toBe(before + 1);
  });

  it("asks whether anybody is there, and gives up a line that is silent", () => {
    const { feed, lines, ups, last } = page();
    feed.start();
    last().says({ n: 1 });
    vi.advanceTimersByTime(25_000);
    expect(last().sent).toEqual(["ping"]);
    last().says("pong");
    vi.advanceTimersByTime(25_000);
    expect([last().sent, ups]).toEqual([["ping", "ping"], [true]]);
    vi.advanceTimersByTime(10_000);
    expect([last().left, ups]).toEqual([true, [true, false]]);
    vi.advanceTimersByTime(1000);
    expect(lines.length).toBe(2);
  });

  it("gives up a line that never comes about", () => {
    const { feed, lines } = page();
    feed.start();
    vi.advanceTimersByTime(11_000);
    expect([lines[0]?.left, lines.length]).toEqual([true, 2]);
  });

  it.each([4000, 4001])("comes again soon after it was asked to (%i)", async (code) => {
    const { feed, lines, last } = page();
    feed.start();
    for (let i = 0; i < 5; i += 1) {
      last().ends();
      vi.advanceTimersByTime(60_000);
    }
    const before = lines.length;
    last().ends(code);
    await vi.advanceTimersByTimeAsync(1000);
    expect(lines.length).toBe(before + 1);
  });

  it("asks who it is before it comes again where a session has ended", async () => {
    let known = (): void => undefined;
    const { feed, lines, last } = page({ ended: () => new Promise((resolve) => (known = resolve)) });
    feed.start();
    last().ends(4001);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines.length).toBe(1);
    known();
    await vi.advanceTimersByTimeAsync(1000);
    expect(lines.length).toBe(2);
    last().ends(4001);
    feed.stop();
    known();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines.length).toBe(2);
  });

  it("makes room for others until somebody looks at it", () => {
    const { feed, lines, last } = page();
    feed.start();
    last().says({ n: 1 });
    last().ends(4002);
    vi.advanceTimersByTime(600_000);
    expect(lines.length).toBe(1);
    feed.wake();
    expect([lines.length, last().after]).toEqual([2, 1]);
  });

  it("rests, and is woken; stops, and is not", () => {
    const { feed, lines, ups, last } = page();
    feed.start();
    last().says({ n: 3 });
    feed.rest();
    expect([last().left, ups]).toEqual([true, [true, false]]);
    last().ends(1000);
    vi.advanceTimersByTime(600_000);
    expect(lines.length).toBe(1);
    feed.wake();
    expect([lines.length, last().after]).toEqual([2, 3]);
    feed.stop();
    feed.wake();
    vi.advanceTimersByTime(600_000);
    expect([lines.length, last().left]).toEqual([2, true]);
    feed.start();
    expect(last().after).toBe(null);
  });

  it("is asked at once when the device wakes, and not tried twice for one return", () => {
    const { feed, lines, last } = page();
    feed.start();
    last().says({ n: 3 });
    feed.wake();
    expect(last().sent).toEqual(["ping"]);
    last().ends();
    feed.wake();
    expect(lines.length).toBe(1);
    vi.advanceTimersByTime(1000);
    feed.wake();
    expect(lines.length).toBe(2);
  });

  it("hears nothing of a line that it has left", () => {
    const { feed, lines, heard, ups } = page();
    feed.start();
    feed.stop();
    lines[0]?.says({ n: 3 });
    lines[0]?.says({ n: 4, generation: "a", status: "running" });
    lines[0]?.ends();
    vi.advanceTimersByTime(60_000);
    expect([lines.length, heard, ups]).toEqual([1, [], []]);
  });
});

it("no two pages come again at the same time, and none at once", () => {
  expect([retryDelayMs(0, 0), retryDelayMs(0, 1), retryDelayMs(20, 0), retryDelayMs(20, 1)]).toEqual([500, 1000, 30_000, 60_000]);
});

it("a message that is none changes nothing", () => {
  for (const other of ["pong", "", "null", "[]", "{}", '{"n":"1"}', '{"n":', "12", new Blob()]) expect(read(other)).toBe(null);
  expect(read('{"n":1,"generation":"a"}')).toEqual({ n: 1, reset: false, news: null });
});

it("the feed is asked for where the page is from", () => {
  expect(feedUrl("https://studio.test", null)).toBe("wss://studio.test/api/live");
  expect(feedUrl("http://127.0.0.1:8787", 7)).toBe("ws://127.0.0.1:8787/api/live?after=7");
});
