import { describe, expect, it } from "vitest";
import { carryOver, defaults, outputsOf, parseRatio, priceOf, promptLength, shortfall, toSend } from "./catalogue";
import { aModel } from "./fixtures";

describe("price", () => {
  it("counts each output", () => {
    expect(priceOf(aModel(), { outputs: 4 })).toBe(12);
    expect(priceOf(aModel(), {})).toBe(3);
    expect(outputsOf({ outputs: null })).toBe(1);
  });

  it("and balance give the exact shortfall", () => {
    expect(shortfall(12, 5)).toBe(7);
    expect(shortfall(12, 12)).toBe(0);
    expect(shortfall(12, 50)).toBe(0);
  });
});

it("prompts are counted in characters, as the server counts them", () => {
  expect(promptLength("fox 🦊")).toBe(5);
});

describe("ratios", () => {
  it.each([
    ["16:9", 16 / 9],
    ["9:21", 9 / 21],
    ["1:1", 1],
  ])("%s is read", (text, ratio) => expect(parseRatio(text)).toBeCloseTo(ratio));

  it.each(["match_input_image", "0:1", "1:0", "16x9", "", null, undefined, 2])("%s is none", (value) =>
    expect(parseRatio(value)).toBeNull(),
  );
});

describe("inputs", () => {
  it("carry over to another model as far as it takes them", () => {
    const other = aModel({ inputs: [{ name: "aspectRatio", type: "choice", options: ["1:1", "2:1"], default: "1:1" }] });
    expect(carryOver(aModel(), { aspectRatio: "16:9", outputs: 3, seed: 7, style: "oil" })).toEqual({ aspectRatio: "16:9", outputs: 3, seed: 7 });
    expect(carryOver(other, { aspectRatio: "16:9", outputs: 3 })).toEqual({ aspectRatio: "1:1" });
    expect(carryOver(aModel(), { outputs: 9, seed: 1.5 })).toEqual(defaults(aModel()));
  });

  it("are sent only where set", () => {
    expect(toSend(defaults(aModel()))).toEqual({ aspectRatio: "1:1", outputs: 1 });
  });
});
