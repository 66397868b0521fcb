import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aBalance, aGeneration, anOutput } from "./fixtures";
import { markFavourite, resetGallery } from "./gallery";
import * as library from "./library";
import * as state from "./state";

const requests: { method: string; path: string; body: unknown }[] = [];
let answers: Record<string, unknown>[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("location", { search: "", pathname: "/library" });
  vi.stubGlobal("history", { replaceState: () => undefined });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    requests.push({ method: init.method ?? "", path, body: typeof init.body === "string" ? JSON.parse(init.body) : null });
    const { status = 200, ...body } = answers.shift() ?? { status: 503 };
    return new Response(JSON.stringify(body), { status: Number(status) });
  });
  requests.length = 0;
  answers = [];
  resetGallery();
  state.phase.value = "studio";
  library.closeLibrary();
  library.filters.value = { ...library.filters.peek(), folder: "" };
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const work = (id: string, change = {}) => aGeneration(id, { status: "succeeded", outputs: [anOutput(`/media/${id}/0`)], ...change });
const answer = (ids: string[], nextCursor: string | null = null) => ({ generations: ids.map((id) => work(id)), nextCursor, credits: aBalance(5) });
const shown = () => state.shelved.value.map(({ id }) => id);
const results = (outcomes: Record<string, string>) => ({ results: Object.entries(outcomes).map(([id, outcome]) => ({ id, outcome })) });

async function open(ids: string[], nextCursor: string | null = null) {
  answers = [answer(ids, nextCursor)];
  await library.load();
}

describe("the library's list", () => {
  it("goes on where it ended, each work once", async () => {
    await open(["c", "b"], "b");
    answers = [answer(["b", "a"])];
    await library.loadMore();
    expect(shown()).toEqual(["c", "b", "a"]);
    expect(requests[1]?.path).toContain("cursor=b");
    await library.loadMore();
    expect(requests).toHaveLength(2);
  });

  it("waits for a pause while somebody types, and drops the answer to what was asked before", async () => {
    await open(["a"]);
    library.ask({ q: "f" }, true);
    library.ask({ q: "fo" }, true);
    library.ask({ q: "fox" }, true);
    answers = [answer(["b"])];
    await vi.advanceTimersByTimeAsync(300);
    expect(requests.slice(1).map(({ path }) => path)).toEqual(["/api/generations?limit=60&q=fox"]);
    expect(shown()).toEqual(["b"]);
    answers = [answer(["old"]), answer(["new"])];
    library.ask({ q: "a" });
    library.ask({ q: "ab" });
    await vi.advanceTimersByTimeAsync(1);
    expect(shown()).toEqual(["new"]);
  });

  it("does not put what it shows into the gallery, and shows what the gallery knows", async () => {
    await open(["b", "a"]);
    expect(state.generations.value).toEqual([]);
    answers = [{ generation: work("a", { favourite: true }), credits: aBalance(5) }];
    await markFavourite("a", true);
    expect([state.generations.value, state.shelved.value.map(({ favourite }) => favourite)]).toEqual([[], [false, true]]);
    state.generations.value = [work("b", { favourite: true })];
    expect(state.shelved.value[0]?.favourite).toBe(true);
  });
});

describe("a favourite", () => {
  it("is seen at once, and taken back if the server refuses", async () => {
    await open(["a"]);
    answers = [{ status: 503 }];
    const marked = markFavourite("a", true);
    expect(state.shelved.value[0]?.favourite).toBe(true);
    await marked;
    expect([state.shelved.value[0]?.favourite, state.notice.value]).toEqual([false, state.text.value.problems.internal]);
  });
});

describe("a selection", () => {
  it("takes one, another, a range, and everything", async () => {
    await open(["e", "d", "c", "b", "a"]);
    library.select("d");
    library.select("b", true);
    expect([...library.selected.value].sort()).toEqual(["b", "c", "d"]);
    library.select("c");
    expect(library.chosen.value.map(({ id }) => id)).toEqual(["d", "b"]);
    library.selectAll();
    expect(library.chosen.value).toHaveLength(5);
    library.selectNone();
    expect(library.chosen.value).toEqual([]);
  });

  it("is moved, and leaves the folder that one looks at", async () => {
    await open(["b", "a"]);
    library.filters.value = { ...library.filters.peek(), folder: "none" };
    library.selectAll();
    answers = [results({ b: "done", a: "not_found" }), { folders: [] }];
    await library.moveAll("f");
    expect(requests[1]?.body).toEqual({ ids: ["b", "a"], action: "move", folder: "f" });
    expect([shown(), library.selected.value.size]).toEqual([[], 0]);
  });

  it("is deleted a hundred at a time; what still runs stays and is said", async () => {
    const ids = Array.from({ length: 150 }, (_, n) => `w${String(n).padStart(3, "0")}`);
    await open(ids);
    library.selectAll();
    const of = (part: string[]) => results(Object.fromEntries(part.map((id) => [id, id === "w149" ? "generation_open" : "done"])));
    answers = [of(ids.slice(0, 100)), of(ids.slice(100)), { folders: [] }];
    await library.deleteAll();
    expect(requests.slice(1, 3).map(({ body }) => (body as { ids: string[] }).ids.length)).toEqual([100, 50]);
    expect(shown()).toEqual(["w149"]);
    expect(state.notice.value).toContain("149");
  });

  it("keeps what could not be done", async () => {
    await open(["b", "a"]);
    library.selectAll();
    answers = [{ status: 503 }];
    await library.markAll(true);
    expect([library.selected.value.size, library.busy.value, state.shelved.value.some(({ favourite }) => favourite)]).toEqual([2, false, false]);
  });
});
