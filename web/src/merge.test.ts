import { describe, expect, it } from "vitest";
import { aGeneration, anOutput } from "./fixtures";
import { ended, expired, mergeList, mergeOne, type Merge } from "./merge";

const none = new Set<string>();
const at = (id: string, second: number, change = {}) => aGeneration(id, { createdAt: `2026-01-01T00:00:0${second}.000Z`, ...change });
const merge = (change: Partial<Merge>) =>
  mergeList({ shown: [], answer: [], newest: true, complete: false, gone: none, recent: none, stale: none, ...change }).map(({ id }) => id);

describe("an answer meets what is shown", () => {
  it("is sorted, newest first, and keeps older pages", () => {
    expect(merge({ shown: [at("b", 2), at("a", 1)], answer: [at("c", 3), at("b", 2)] })).toEqual(["c", "b", "a"]);
  });

  it("removes what was deleted elsewhere", () => {
    expect(merge({ shown: [at("c", 3), at("b", 2), at("a", 1)], answer: [at("c", 3), at("a", 1)] })).toEqual(["c", "a"]);
    expect(merge({ shown: [at("a", 1)], answer: [], complete: true })).toEqual([]);
  });

  it("keeps what was made after it left, and does not bring back what was deleted since", () => {
    expect(merge({ shown: [at("d", 4)], answer: [at("c", 3)], recent: new Set(["d"]) })).toEqual(["d", "c"]);
    expect(merge({ answer: [at("c", 3), at("b", 2)], gone: new Set(["c"]) })).toEqual(["b"]);
  });

  it("of an older page removes nothing", () => {
    expect(merge({ shown: [at("c", 3)], answer: [at("a", 1)], newest: false })).toEqual(["c", "a"]);
  });
});

describe("one generation", () => {
  const done = (url: string) => aGeneration("a", { status: "succeeded", outputs: [anOutput(url)] });

  it("never reopens", () => {
    expect(mergeOne(done("/m?sig=1"), aGeneration("a", { status: "running" }), none).status).toBe("succeeded");
  });

  it("keeps the address on the screen, unless it no longer loads or is about to expire", () => {
    const url = (before: string, stale = none) => mergeOne(done(before), done("/m?sig=2"), stale).outputs[0]?.url;
    expect(url("/m?sig=1")).toBe("/m?sig=1");
    expect(url("/m?sig=1", new Set(["/m?sig=1"]))).toBe("/m?sig=2");
    expect(url("/m?exp=1&sig=1")).toBe("/m?sig=2");
    expect(url("/other?sig=1")).toBe("/m?sig=2");
    const sized = (sig: number) => aGeneration("a", { status: "succeeded", outputs: [{ ...anOutput(`/m?sig=${sig}`), sizes: [{ width: 320, url: `/m?w=320&sig=${sig}` }] }] });
    const small = (stale: ReadonlySet<string>) => mergeOne(sized(1), sized(2), stale).outputs[0]?.sizes[0]?.url;
    expect(small(none)).toBe("/m?w=320&sig=1");
    expect(small(new Set(["/m?sig=1"]))).toBe("/m?w=320&sig=2");
  });

  it("keeps the addresses of its sources as well, until one is gone", () => {
    const from = (url: string | null) => aGeneration("a", { status: "running", sources: [{ input: "image", url, parent: null }] });
    const url = (before: string | null, after: string | null) => mergeOne(from(before), from(after), none).sources[0]?.url;
    expect(url("/s?sig=1", "/s?sig=2")).toBe("/s?sig=1");
    expect(url("/s?sig=1", null)).toBeNull();
    expect(url("/s?sig=1", "/other?sig=2")).toBe("/other?sig=2");
  });

  it("knows when its address expires", () => {
    expect(expired("/m?exp=1000&sig=x", 900_000)).toBe(false);
    expect(expired("/m?exp=1000&sig=x", 945_000)).toBe(true);
    expect(expired("/m", 0)).toBe(false);
  });
});

it("each end is told once", () => {
  const running = [aGeneration("a", { status: "running" }), aGeneration("b")];
  const after = [aGeneration("a", { status: "succeeded" }), aGeneration("b"), aGeneration("c", { status: "failed" })];
  expect(ended(running, after).map(({ id }) => id)).toEqual(["a"]);
  expect(ended(after, after)).toEqual([]);
});
