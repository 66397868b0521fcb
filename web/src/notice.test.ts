import { beforeEach, describe, expect, it } from "vitest";
import { aGeneration } from "./fixtures";
import * as state from "./state";

beforeEach(() => {
  state.notice.value = null;
});

describe("a passing note", () => {
  it("that says the same again is another one", () => {
    state.notice.value = "Copied.";
    const first = state.note.value;
    state.notice.value = "Copied.";
    expect(state.notice.value).toBe("Copied.");
    expect(state.note.value?.n).not.toBe(first?.n);
    state.notice.value = null;
    expect(state.note.value).toBeNull();
  });
});

describe("what is on its way", () => {
  it("is counted with what has not left yet, and without what was refused", () => {
    const pending = { key: "k", request: { model: "quick", prompt: "" }, bornMs: 0, shown: 3, quote: null, parent: null, problem: null };
    state.generations.value = [aGeneration("a"), aGeneration("b", { status: "saving" }), aGeneration("c", { status: "failed" })];
    state.pendings.value = [{ ...pending, phase: "sending" }, { ...pending, key: "l", phase: "refused" }];
    expect(state.underway.value).toBe(3);
    state.generations.value = [];
    state.pendings.value = [];
    expect(state.underway.value).toBe(0);
  });
});
