import { describe, expect, it } from "vitest";
import { formatEach, formatMoney, formatPrice } from "./money";

describe("an amount", () => {
  it("is written as its reader writes it, with the currency named", () => {
    expect(formatMoney(1200, "usd", "en")).toBe("$12.00");
    expect(formatMoney(123_456, "usd", "fr")).toBe("1\u00a0234,56\u00a0$\u00a0US");
    expect(formatMoney(1250, "cad", "fr")).toBe("12,50\u00a0$");
    expect(formatMoney(990, "eur", "fr")).toBe("9,90\u00a0€");
  });

  it("counts in the unit that its currency has", () => {
    expect(formatMoney(500, "jpy", "en")).toBe("¥500");
    expect(formatMoney(1500, "kwd", "en")).toBe("KWD\u00a01.500");
  });

  it("on offer has no cents that say nothing", () => {
    expect(formatPrice(1200, "usd", "en")).toBe("$12");
    expect(formatPrice(1250, "usd", "en")).toBe("$12.50");
  });

  it("for one credit keeps what tells packs apart", () => {
    expect(formatEach(700, 500, "usd", "en")).toBe("$0.014");
    expect(formatEach(6600, 6000, "usd", "en")).toBe("$0.011");
    expect(formatEach(700, 500, "usd", "fr")).toBe("0,014\u00a0$\u00a0US");
    expect(formatEach(500, 1, "jpy", "en")).toBe("¥500");
  });
});
