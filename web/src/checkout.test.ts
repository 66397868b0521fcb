import { describe, expect, it } from "vitest";
import { readArrival } from "./arrivals";
import { judgeCheckout } from "./checkout";

describe("coming back from Stripe", () => {
  const back = (search: string, path = "/") => {
    const { returned, address } = readArrival(path, search);
    return { returned, address };
  };

  it("is read from the address, and taken out of it", () => {
    expect(back("?checkout=c1")).toEqual({ returned: { checkout: "c1", canceled: false }, address: "/" });
    expect(back("?checkout=c1&canceled=1", "/billing")).toEqual({ returned: { checkout: "c1", canceled: true }, address: "/billing" });
    expect(back("?a=1&checkout=c1")).toEqual({ returned: { checkout: "c1", canceled: false }, address: "/?a=1" });
  });

  it("is nothing where it was not bought here", () => {
    expect(back("")).toEqual({ returned: null, address: "/" });
    expect(back("?canceled=1")).toEqual({ returned: null, address: "/?canceled=1" });
    expect(readArrival("/billing", "?portal=1")).toMatchObject({ portal: true, address: "/billing" });
    for (const odd of ["", "../x", "a%20b", "x".repeat(65)]) expect(back(`?checkout=${odd}`)).toEqual({ returned: null, address: "/" });
  });
});

describe("a purchase", () => {
  it("that is decided is not asked about again", () => {
    for (const state of ["paid", "failed", "expired"] as const) {
      expect(judgeCheckout(state, false, 0)).toEqual({ say: state, againMs: null });
    }
  });

  it("that was turned back from cost nothing, unless it was paid in another window", () => {
    expect(judgeCheckout("open", true, 0)).toEqual({ say: "canceled", againMs: null });
    expect(judgeCheckout("expired", true, 0).say).toBe("canceled");
    expect(judgeCheckout("paid", true, 0).say).toBe("paid");
    expect(judgeCheckout("pending", true, 0).say).toBe("pending");
  });

  it.each(["open", "pending"] as const)("that is %s is asked about ever more seldom, and not for ever", (state) => {
    let total = 0;
    let before = 0;
    for (let look = 0; look < 1000; look += 1) {
      const { say, againMs } = judgeCheckout(state, false, look);
      if (againMs === null) {
        expect(say).toBe(state === "open" ? "late" : "pending");
        expect(total).toBeGreaterThan(30_000);
        expect(total).toBeLessThan(30 * 60_000);
        return;
      }
      expect(againMs).toBeGreaterThanOrEqual(before);
      expect(againMs).toBeLessThanOrEqual(30_000);
      before = againMs;
      total += againMs;
    }
    throw new Error("never stopped");
  });
});
