import { expect, test } from "vitest";
import { choices, stamp, withoutRecipe } from "./copies";
import { anOutput } from "./fixtures";

const sizes = [
  { width: 320, url: "/m?w=320" },
  { width: 640, url: "/m?w=640" },
];

test("a tile chooses from the copies and the picture itself", () => {
  expect(choices({ ...anOutput("/m?sig"), sizes })).toEqual({
    srcset: "/m?w=320 320w, /m?w=640 640w, /m?sig 1344w",
    sizes: "auto, min(100vw, 525px)",
  });
  expect(choices(anOutput("/m?sig"))).toEqual({});
});

test("a stamp is the smallest copy, or the picture", () => {
  expect(stamp({ url: "/m", sizes })).toBe("/m?w=320");
  expect(stamp({ url: "/m", sizes: [] })).toBe("/m");
});

test("a picture without its recipe has an address of its own", () => {
  expect(withoutRecipe("/media/a?exp=1&sig=x")).toBe("/media/a?exp=1&sig=x&plain");
});
