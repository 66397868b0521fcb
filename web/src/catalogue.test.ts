import { describe, expect, it } from "vitest";
import {
  byKind,
  carryOver,
  defaults,
  lackingPictures,
  modelsFor,
  nearest,
  orderKey,
  outputsOf,
  oversize,
  parseRatio,
  priceOf,
  promptLength,
  shortfall,
  toSend,
} from "./catalogue";
import { aModel, pictureModels } from "./fixtures";
import type { Model, ModelInput } from "./types";

const [edit, inpaint, blend, larger, film] = pictureModels() as [Model, Model, Model, Model, Model];

describe("price", () => {
  it("counts each output", () => {
    expect(priceOf(aModel(), { outputs: 4 })).toBe(12);
    expect(priceOf(aModel(), {})).toBe(3);
    expect(outputsOf({ outputs: null })).toBe(1);
  });

  it("counts the seconds of films, those meant when nothing is said included", () => {
    expect(priceOf(film, { duration: 10 })).toBe(90);
    expect(priceOf(film, {})).toBe(45);
    expect(priceOf(edit, { duration: 10 })).toBe(3);
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

  it.each(["match_input_image", "0:1", "1:0", "16x9", "match", "", null, undefined, 2])("%s is none", (value) =>
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
    expect(toSend(defaults(film))).toEqual({ duration: 5 });
  });

  it("make one order, whatever their sequence; pictures count in theirs", () => {
    expect(orderKey("blend", { images: ["a", "b"], seed: null })).toBe(orderKey("blend", { seed: null, images: ["a", "b"] }));
    expect(orderKey("blend", { images: ["a", "b"] })).not.toBe(orderKey("blend", { images: ["b", "a"] }));
    expect(orderKey("film", { lastImage: [], duration: 5 })).toBe(orderKey("film", { duration: 5 }));
  });
});

describe("values", () => {
  const whole: ModelInput = { name: "duration", type: "integer", minimum: 5, maximum: 10, step: 5, default: 5 };
  const part: ModelInput = { name: "strength", type: "decimal", minimum: 0.05, maximum: 1, default: 0.8 };
  const on: ModelInput = { name: "tiled", type: "switch", default: false };
  const model = aModel({ inputs: [whole, part, on] });

  it.each([
    [{ duration: 10, strength: 0.07, tiled: true }, { duration: 10, strength: 0.07, tiled: true }],
    [{ duration: 7, strength: 0.123, tiled: "yes" }, { duration: 5, strength: 0.8, tiled: false }],
    [{ duration: 15, strength: 1.01, tiled: null }, { duration: 5, strength: 0.8, tiled: false }],
  ])("%o carry over as %o", (from, to) => expect(carryOver(model, from)).toEqual(to));

  it("are the nearest that are taken", () => {
    expect([2, 7.4, 7.6, 99].map((value) => nearest(whole, value))).toEqual([5, 5, 10, 10]);
    expect([0, 0.1, 0.333, 2].map((value) => nearest(part, value))).toEqual([0.05, 0.1, 0.33, 1]);
  });
});

describe("pictures", () => {
  it("stay where they were, go where one is needed, and no further than there is room", () => {
    expect(carryOver(edit, { images: ["a", "b"] })["image"]).toEqual(["a"]);
    expect(carryOver(blend, { image: ["a"], lastImage: ["b"] })["images"]).toEqual(["a", "b"]);
    expect(carryOver(blend, { images: ["a", "b", "c", "d"] })["images"]).toEqual(["a", "b", "c"]);
    expect(carryOver(film, { images: ["a", "b"] })).toMatchObject({ image: ["a"], lastImage: [] });
    expect(carryOver(film, { image: ["a"], lastImage: ["b"] })).toMatchObject({ image: ["a"], lastImage: ["b"] });
    expect(carryOver(aModel(), { image: ["a"] })).toEqual(defaults(aModel()));
  });

  it("are never masks of others", () => {
    expect(carryOver(inpaint, { images: ["a", "b"] })).toMatchObject({ image: ["a"], mask: [] });
    expect(carryOver(blend, { image: ["a"], mask: ["m"] })["images"]).toEqual(["a"]);
    expect(carryOver(inpaint, { image: ["a"], mask: ["m"] })["mask"]).toEqual(["m"]);
  });

  it("that are lacking are told, the first of them", () => {
    expect(lackingPictures(inpaint, { image: [], mask: [] })?.name).toBe("image");
    expect(lackingPictures(inpaint, { image: ["a"], mask: [] })?.role).toBe("mask");
    expect(lackingPictures(film, { image: ["a"] })).toBeNull();
    expect(lackingPictures(larger, {})?.role).toBe("source");
    expect(lackingPictures(aModel(), {})).toBeNull();
  });
});

describe("a picture that is too large", () => {
  const sizes: Record<string, { width: number; height: number }> = {
    small: { width: 1000, height: 1000 },
    wide: { width: 17_000, height: 20 },
    large: { width: 8000, height: 7000 },
    middling: { width: 6000, height: 3000 },
  };
  const sizeOf = (name: string) => sizes[name];
  const scale: ModelInput = { name: "scale", type: "integer", minimum: 2, maximum: 4, step: 2, default: 2 };
  const [image] = larger.inputs as [ModelInput];
  const scaled = aModel({ ...larger, inputs: [{ ...image, maxPixels: 100_000_000, scaledBy: "scale" } as ModelInput, scale] });

  it("is known before anything is ordered", () => {
    expect(oversize(edit, { image: ["small"] }, sizeOf)).toBeNull();
    expect(oversize(edit, { image: ["unknown"] }, sizeOf)).toBeNull();
    expect(oversize(edit, { image: ["wide"] }, sizeOf)).toMatchObject({ picture: "wide", times: 1 });
    expect(oversize(blend, { images: ["small", "large"] }, sizeOf)).toMatchObject({ picture: "large", times: 1, input: { name: "images" } });
    expect(oversize(aModel(), {}, sizeOf)).toBeNull();
  });

  it("may be so only for being enlarged", () => {
    expect(oversize(scaled, { image: ["middling"], scale: 2 }, sizeOf)).toBeNull();
    expect(oversize(scaled, { image: ["middling"] }, sizeOf)).toBeNull();
    expect(oversize(scaled, { image: ["middling"], scale: 4 }, sizeOf)).toMatchObject({ picture: "middling", times: 4 });
    expect(oversize(scaled, { image: ["wide"], scale: 2 }, sizeOf)).toMatchObject({ times: 1 });
    expect(oversize(scaled, { image: ["large"], scale: 2 }, sizeOf)).toMatchObject({ times: 1 });
    expect(oversize(scaled, { image: ["large"], scale: 4 }, sizeOf)).toMatchObject({ times: 1 });
  });
});

it("models stand by kind, in the catalogue's order", () => {
  const found = byKind([aModel(), ...pictureModels()]).map(([kind, models]) => [kind, models.map(({ id }) => id)]);
  expect(found).toEqual([
    ["text-to-image", ["quick"]],
    ["edit", ["edit", "inpaint"]],
    ["image-to-image", ["blend"]],
    ["upscale", ["larger"]],
    ["image-to-video", ["film"]],
  ]);
});

describe("a search among the models", () => {
  const found = (search: string) => modelsFor([edit, inpaint, blend, larger, film], search, ({ kind }) => (kind === "upscale" ? "Agrandir, Détourée" : kind)).map(({ id }) => id);

  it("finds every word, whatever its case and accents, in names and in what is said of them", () => {
    expect(found("")).toHaveLength(5);
    expect(found(" paint  EDIT ")).toEqual(["inpaint"]);
    expect(found("detouree")).toEqual(["larger"]);
    expect(found("image-to-video")).toEqual(["film"]);
    expect(found("edit nothing")).toEqual([]);
  });
});
