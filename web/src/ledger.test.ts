import { describe, expect, it } from "vitest";
import { anEntry } from "./fixtures";
import { joinPages, linesOf } from "./ledger";

const hold = anEntry("h", { kind: "hold", amount: -4, generation: "g", model: "quick", at: "2026-01-01T00:00:01.000Z" });
const settle = anEntry("s", { kind: "settle", amount: 1, charged: 3, generation: "g", model: "quick", at: "2026-01-01T00:00:05.000Z" });
const released = anEntry("v", { kind: "void", amount: 4, generation: "g", model: "quick" });
const grant = anEntry("c", { kind: "grant", amount: 500, grant: "topup", invoice: "in_1" });

describe("the lines of the ledger", () => {
  it("tell one order in one, where its newest entry stands", () => {
    const lines = linesOf([settle, grant, hold]);
    expect(lines.map(({ key }) => key)).toEqual(["s", "c"]);
    expect(lines[0]).toMatchObject({ at: settle.at, amount: -3, held: 4, charged: 3, returned: 1, open: false });
  });

  it("say of a failure that all came back", () => {
    expect(linesOf([released, hold])).toMatchObject([{ amount: 0, held: 4, charged: 0, returned: 4, open: false }]);
  });

  it("say what is there if the rest is on another page", () => {
    expect(linesOf([settle])).toMatchObject([{ amount: 1, held: null, charged: 3, returned: 1, open: false }]);
    expect(linesOf([hold])).toMatchObject([{ amount: -4, held: 4, charged: null, returned: null, open: true }]);
  });

  it("keep orders apart, refunds by themselves, and what has no picture as it is", () => {
    const other = anEntry("h2", { kind: "hold", amount: -2, generation: "g2", model: null });
    const refund = anEntry("r", { kind: "refund", amount: 3, generation: "g", model: "quick" });
    const lines = linesOf([refund, other, settle, hold, grant]);
    expect(lines.map(({ key, kind, amount }) => [key, kind, amount])).toEqual([
      ["r", "entry", 3],
      ["h2", "generation", -2],
      ["s", "generation", -3],
      ["c", "entry", 500],
    ]);
    expect(lines[1]).toMatchObject({ model: null });
  });

  it("lose and repeat nothing between pages", () => {
    expect(joinPages([settle, hold], [hold, grant]).map(({ id }) => id)).toEqual(["s", "h", "c"]);
    const sum = [settle, grant, hold].reduce((all, { amount }) => all + amount, 0);
    expect(linesOf([settle, grant, hold]).reduce((all, { amount }) => all + amount, 0)).toBe(sum);
  });
});
