import { describe, expect, it } from "vitest";
import { countOf, fromAddress, isAnything, isPicked, NO_FILTERS, toAddress, toQuery, type Filters } from "./filters";

const NOW = new Date(2026, 0, 31, 15, 30);
const asked = (filters: Partial<Filters>) => Object.fromEntries(new URLSearchParams(toQuery({ ...NO_FILTERS, ...filters }, 60, null, NOW)));
const local = (year: number, month: number, day: number) => new Date(year, month, day).toISOString();

describe("the library's filters", () => {
  it("come back from the address as they went into it", () => {
    const all: Filters = {
      q: "red fox & \"snow\"",
      kind: "edit",
      model: "flux-1.1-pro",
      ratio: "16:9",
      status: "failed",
      favourite: true,
      folder: "0".repeat(26),
      when: "dates",
      from: "2026-01-01",
      to: "2026-01-31",
    };
    expect(fromAddress(toAddress(all))).toEqual(all);
    expect(toAddress(NO_FILTERS)).toBe("");
    expect(fromAddress("")).toEqual(NO_FILTERS);
  });

  it("pass over what is none", () => {
    expect(fromAddress("?ratio=7:5&status=done&folder=x&when=soon&from=yesterday&favourite=1&nope=1&kind=<b>&model=a b")).toEqual({ ...NO_FILTERS, kind: "b", model: "ab" });
  });

  it("ask the server in its own words", () => {
    expect(asked({})).toEqual({ limit: "60" });
    expect(asked({ q: "  fox ", kind: "edit", folder: "none", favourite: true, status: "open" })).toEqual({
      limit: "60",
      q: "fox",
      kind: "edit",
      folder: "none",
      favourite: "true",
      status: "queued,starting,running,saving",
    });
    expect(toQuery(NO_FILTERS, 60, "abc", NOW)).toBe("limit=60&cursor=abc");
  });

  it("mean days of whoever looks, the last one included", () => {
    expect(asked({ when: "today" })).toEqual({ limit: "60", from: local(2026, 0, 31) });
    expect(asked({ when: "week" })["from"]).toBe(local(2026, 0, 25));
    expect(asked({ when: "month" })["from"]).toBe(local(2026, 0, 2));
    expect(asked({ when: "dates", from: "2026-01-01", to: "2026-01-31" })).toEqual({ limit: "60", from: local(2026, 0, 1), to: local(2026, 1, 1) });
    expect(asked({ when: "", from: "2026-01-01" })).toEqual({ limit: "60" });
  });

  it("are counted where they hide behind a button", () => {
    expect(countOf({ ...NO_FILTERS, q: "fox", folder: "none" })).toBe(0);
    expect(countOf({ ...NO_FILTERS, kind: "edit", favourite: true, when: "week" })).toBe(2);
    expect(countOf({ ...NO_FILTERS, when: "dates" })).toBe(0);
    expect(countOf({ ...NO_FILTERS, when: "dates", to: "2026-01-31" })).toBe(1);
    expect([isPicked({ ...NO_FILTERS, favourite: true }), isPicked({ ...NO_FILTERS, when: "dates" }), isPicked({ ...NO_FILTERS, q: "fox" })]).toEqual([true, false, false]);
    expect([isAnything(NO_FILTERS), isAnything({ ...NO_FILTERS, q: " " }), isAnything({ ...NO_FILTERS, folder: "none" })]).toEqual([false, false, true]);
  });
});
