import { expect, it } from "vitest";
import { isNewest, leaves } from "./newest";

it("an answer that was overtaken is not taken any more", () => {
  const [first, second, third] = [leaves(), leaves(), leaves()];
  const [a, b, c] = [{}, {}, {}];
  second(b);
  expect(isNewest("credits", b)).toBe(true);
  first(a);
  expect(isNewest("credits", a)).toBe(false);
  expect(isNewest("invoices", a), "another matter").toBe(true);
  third(c);
  expect(isNewest("credits", c)).toBe(true);
  expect(isNewest("credits", c), "the same one again").toBe(true);
});
