import { describe, expect, it } from "vitest";
import { aModel, pictureModels } from "./fixtures";
import { firstOf, place, placesOf } from "./places";
import type { Inputs, Model } from "./types";

const [edit, inpaint, blend, , film] = pictureModels() as [Model, Model, Model, Model, Model];
const put = (model: Model, inputs: Inputs, pictures: string[], meant?: string) => {
  const { lists, leftOut } = place(model, inputs, pictures, meant);
  return { ...Object.fromEntries(lists), leftOut };
};

describe("pictures", () => {
  it("come where there is room, first things first", () => {
    expect(put(film, {}, ["a", "b"])).toEqual({ image: ["a"], lastImage: ["b"], leftOut: 0 });
    expect(put(blend, { images: ["a"] }, ["b", "c", "d"])).toEqual({ images: ["a", "b", "c"], leftOut: 1 });
    expect(put(film, { image: ["a"] }, ["b"], "image")).toEqual({ image: ["b"], leftOut: 0 });
  });

  it("take the place of the only one, but push no other out", () => {
    expect(put(edit, { image: ["a"] }, ["b"])).toEqual({ image: ["b"], leftOut: 0 });
    expect(put(edit, { image: ["a"] }, ["b", "c"])).toEqual({ leftOut: 2 });
    expect(put(blend, { images: ["a", "b", "c"] }, ["d"])).toEqual({ leftOut: 1 });
  });

  it("are there once, and never become a mask by themselves", () => {
    expect(put(blend, { images: ["a"] }, ["a", "b"])).toEqual({ images: ["a", "b"], leftOut: 0 });
    expect(put(inpaint, { image: ["a"] }, ["b"])).toEqual({ image: ["b"], leftOut: 0 });
    expect(put(inpaint, { image: ["a"] }, ["m"], "mask")).toEqual({ mask: ["m"], leftOut: 0 });
    expect(placesOf(inpaint).map(({ name }) => name)).toEqual(["image"]);
    expect(put(aModel(), {}, ["a"])).toEqual({ leftOut: 1 });
  });
});

it("a kind's model is the first that the plan allows", () => {
  const models = [aModel(), ...pictureModels()];
  const id = (kinds: string[], allowed = (_: string) => true) => firstOf(kinds, models, allowed)?.id;
  expect(id(["edit"])).toBe("edit");
  expect(id(["edit"], (each) => each !== "edit")).toBe("inpaint");
  expect(id(["remove-background", "upscale"])).toBe("larger");
  expect(id(["edit"], () => false)).toBeUndefined();
});
