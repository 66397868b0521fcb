import { describe, expect, it } from "vitest";
import { en } from "../text/en";
import { describeFailure } from "./failure";
import { aGeneration, anOutput } from "./fixtures";
import { slotsOf } from "./slots";
import type { Entry, Pending } from "./state";
import type { Problem } from "./types";

const pending = (change: Partial<Pending> = {}): Entry => {
  const request = { model: "quick", prompt: "a fox", outputs: 2, aspectRatio: "16:9" };
  return { kind: "pending", key: "k", pending: { key: "k", request, bornMs: 0, shown: 6, quote: null, parent: null, phase: "sending", problem: null, ...change } };
};
const generation = (change = {}): Entry => ({ kind: "generation", key: "k", generation: aGeneration("g", { inputs: { outputs: 2 }, ...change }) });
const look = (entry: Entry) => slotsOf([entry]).map(({ key, view }) => `${key} ${view}`);

describe("the places of a submit", () => {
  it("stay the same from the click to the pictures", () => {
    expect(look(pending())).toEqual(["k/0 waiting", "k/1 waiting"]);
    expect(look(pending({ phase: "lost" }))).toEqual(["k/0 lost", "k/1 lost"]);
    for (const status of ["queued", "starting", "running"]) expect(look(generation({ status }))).toEqual(["k/0 waiting", "k/1 waiting"]);
    const outputs = [anOutput("/1"), anOutput("/2")];
    expect(look(generation({ status: "succeeded", outputs }))).toEqual(["k/0 picture", "k/1 picture"]);
  });

  it("become one where nothing came", () => {
    expect(look(pending({ phase: "refused" }))).toEqual(["k/0 refused"]);
    for (const status of ["failed", "canceled", "expired", "succeeded"]) expect(look(generation({ status }))).toEqual(["k/0 failed"]);
  });
});

describe("a failure", () => {
  const refusal = (problem: Problem) => describeFailure(pending({ phase: "refused", problem }), en, "en");

  it("says what happened, that it was free, and an id", () => {
    const failure = { code: "content_refused" as const, detail: "" };
    const words = describeFailure(generation({ status: "failed", failure, charged: 0 }), en, "en");
    expect(words).toMatchObject({ code: "content_refused", why: en.failures.content_refused, free: true, reference: "g" });
  });

  it("is told by its status where its cause is new", () => {
    expect(describeFailure(generation({ status: "expired", charged: 0 }), en, "en").code).toBe("timed_out");
    expect(describeFailure(generation({ status: "canceled", charged: 0 }), en, "en").code).toBe("canceled");
  });

  it("never promises what is not certain", () => {
    expect(describeFailure(generation({ status: "failed", charged: 3 }), en, "en").free).toBe(false);
    expect(refusal({ status: 500, code: "internal" }).free).toBe(false);
    expect(refusal({ status: 502, code: "host_refused", generation: "g" })).toMatchObject({ free: true, reference: "g" });
  });

  it("names the exact shortfall and the setting", () => {
    expect(refusal({ status: 402, code: "insufficient_credits", needed: 12, available: 5 }).why).toContain("12 credits and you have 5");
    expect(refusal({ status: 400, code: "invalid_input", field: "seed", limit: "0 to 99" }).why).toContain("did not accept “Seed”");
  });
});
