import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aGeneration, aModel, anOutput } from "./fixtures";
import { resetGallery } from "./gallery";
import { generate, retryPending } from "./generate";
import * as state from "./state";
import { slotsOf } from "./slots";

/** What the server answers next; "lost": nothing arrives. */
let answers: ("lost" | { status: number; body: unknown })[] = [];
const sent: { path: string; method: string; key: string | null; body: unknown }[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const key = new Headers(init.headers).get("Idempotency-Key");
    sent.push({ path, method: init.method ?? "", key, body: typeof init.body === "string" ? JSON.parse(init.body) : null });
    const answer = answers.shift() ?? "lost";
    if (answer === "lost") throw new TypeError("network");
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
  sent.length = 0;
  answers = [];
  resetGallery();
  state.phase.value = "studio";
  state.models.value = [aModel()];
  state.chooseModel("quick", { aspectRatio: "16:9" });
  state.credits.value = { available: 50, held: 0 };
  state.setPrompt("  a fox  ");
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const accepted = { status: 202, body: { generation: aGeneration("g"), credits: { available: 47, held: 3 } } };

describe("a submit", () => {
  it("stands in the grid before the request is answered, and becomes the generation in place", async () => {
    answers = [accepted];
    generate();
    const before = slotsOf(state.entries.value);
    expect(before.map(({ view }) => view)).toEqual(["waiting"]);
    await settle();
    expect(slotsOf(state.entries.value).map(({ key }) => key)).toEqual(before.map(({ key }) => key));
    expect(state.pendings.value).toEqual([]);
    expect(state.credits.value).toEqual({ available: 47, held: 3 });
    expect(sent[0]?.body).toEqual({ model: "quick", prompt: "a fox", aspectRatio: "16:9", outputs: 1 });
  });

  it("that gets no answer is sent again with the same key", async () => {
    answers = ["lost", "lost", accepted];
    generate();
    await settle();
    expect(state.pendings.value[0]?.phase).toBe("lost");
    await settle(1000);
    await settle(2000);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(sent).toHaveLength(3);
    expect(state.generations.value.map(({ id }) => id)).toEqual(["g"]);
  });

  it("that is refused stays, costs nothing, and is asked anew under another key", async () => {
    answers = [{ status: 402, body: { code: "insufficient_credits", needed: 3, available: 1 } }, accepted];
    generate();
    await settle();
    expect(state.pendings.value[0]).toMatchObject({ phase: "refused", problem: { code: "insufficient_credits" } });
    expect(state.credits.value?.available).toBe(1);
    retryPending(state.pendings.value[0]?.key ?? "");
    await settle();
    expect(sent[0]?.key).not.toBe(sent[1]?.key);
    expect(state.pendings.value).toEqual([]);
  });

  it("that broke the server is retried under its own key, since it may have been accepted", async () => {
    answers = [{ status: 500, body: null }, accepted];
    generate();
    await settle();
    retryPending(state.pendings.value[0]?.key ?? "");
    await settle();
    expect(sent[0]?.key).toBe(sent[1]?.key);
  });

  it("that the host refused becomes its failed generation", async () => {
    const failed = aGeneration("g", { status: "failed", charged: 0, failure: { code: "host_refused", detail: "" } });
    answers = [
      { status: 502, body: { code: "host_refused", generation: "g" } },
      { status: 200, body: { generations: [failed], nextCursor: null, credits: { available: 50, held: 0 } } },
    ];
    generate();
    await settle();
    expect(slotsOf(state.entries.value).map(({ view }) => view)).toEqual(["failed"]);
    expect(state.announcement.value).toContain("a fox");
  });

  it("without a session goes back to signing in, with the prompt kept", async () => {
    answers = [{ status: 401, body: { code: "unauthenticated" } }];
    generate();
    await settle();
    expect(state.phase.value).toBe("signed-out");
    expect(state.sessionEnded.value).toBe("ended");
    expect(state.prompt.value).toContain("a fox");
    expect(state.entries.value).toEqual([]);
  });

  it("is not made of nothing, of too much, or on credit", () => {
    for (const prompt of ["   ", "x".repeat(101)]) {
      state.setPrompt(prompt);
      generate();
    }
    state.setPrompt("a fox");
    state.credits.value = { available: 2, held: 0 };
    generate();
    expect(state.missing.value).toBe(1);
    expect(sent).toEqual([]);
  });
});

it("pictures are numbered in the order of the grid", () => {
  state.generations.value = [
    aGeneration("b", { status: "succeeded", outputs: [anOutput("/b/0"), anOutput("/b/1")] }),
    aGeneration("f", { status: "failed" }),
    aGeneration("a", { status: "succeeded", outputs: [anOutput("/a/0")] }),
  ];
  expect(state.pictures.value.map(({ output }) => output.url)).toEqual(["/b/0", "/b/1", "/a/0"]);
});
