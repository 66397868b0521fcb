import { describe, expect, it } from "vitest";
import { dayEnds, parseLimit, spendingNews } from "./limit";

describe("a limit as typed", () => {
  it("is a whole number, or none", () => {
    expect(["", "  ", "1", "250", " 2 500 ", "2\u202f500"].map(parseLimit)).toEqual([null, null, 1, 250, 2500, 2500]);
  });

  it("is wrong otherwise", () => {
    for (const typed of ["0", "-1", "1.5", "1,5", "1e3", "many", "99999999999"]) expect(parseLimit(typed), typed).toBe("wrong");
  });
});

it("the day ends at midnight by UTC", () => {
  expect(dayEnds(Date.parse("2026-03-01T00:00:00Z"))).toBe("2026-03-02T00:00:00.000Z");
  expect(dayEnds(Date.parse("2026-12-31T23:59:59Z"))).toBe("2027-01-01T00:00:00.000Z");
});

it("spending is told from four fifths on, and at the limit", () => {
  expect(spendingNews(null)).toBeNull();
  expect(spendingNews({ dayLimit: null, spentToday: 900, alert: false })).toBeNull();
  expect(spendingNews({ dayLimit: 100, spentToday: 79, alert: false })).toBeNull();
  expect(spendingNews({ dayLimit: 100, spentToday: 80, alert: true })).toEqual({ kind: "near", spent: 80, limit: 100 });
  expect(spendingNews({ dayLimit: 100, spentToday: 100, alert: true })?.kind).toBe("reached");
});
