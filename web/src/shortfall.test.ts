import { describe, expect, it } from "vitest";
import { aModel } from "./fixtures";
import { allows, cheaperThan, enough, worth } from "./shortfall";

const dear = aModel({ id: "dear", credits: 8 });
const middle = aModel({ id: "middle", credits: 5 });
const quick = aModel({ id: "quick", credits: 2 });
const models = [quick, dear, middle];
const packs = [
  { id: "p6000", credits: 6000, amount: 6600, months: 24 },
  { id: "p500", credits: 500, amount: 700, months: 12 },
  { id: "p2000", credits: 2000, amount: 2400, months: 12 },
];
const limits = { perMinute: 1, concurrent: 1, waiting: 1, models: ["quick", "dear"] };

describe("what could be made instead", () => {
  const named = (...args: Parameters<typeof cheaperThan>) => {
    const found = cheaperThan(...args);
    return found && [found.model.id, found.price];
  };

  it("is the dearest model that can be paid, with the same settings", () => {
    expect(named("dear", { outputs: 1 }, 7, models)).toEqual(["middle", 5]);
    expect(named("dear", { outputs: 2 }, 7, models)).toEqual(["quick", 4]);
    expect(named("dear", { outputs: 4 }, 7, models)).toBeNull();
  });

  it("counts what the model would count: it may make fewer at once", () => {
    const single = aModel({ id: "single", credits: 6, inputs: [] });
    expect(named("dear", { outputs: 4 }, 7, [dear, single])).toEqual(["single", 6]);
  });

  it("is none that the plan does not have", () => {
    expect(named("dear", { outputs: 1 }, 7, models, limits)).toEqual(["quick", 2]);
    expect([allows(limits, "middle"), allows(limits, "quick"), allows(undefined, "middle")]).toEqual([false, true, true]);
  });
});

describe("a pack", () => {
  it("is the smallest that fills the gap", () => {
    expect(enough(packs, 3, 0)?.id).toBe("p500");
    expect(enough(packs, 501, 0)?.id).toBe("p2000");
    expect(enough(packs, 9000, 0)).toBeNull();
  });

  it("repays a debt first", () => {
    expect(worth({ id: "p", credits: 500, amount: 1, months: 1 }, 600)).toBe(0);
    expect(enough(packs, 3, 498)?.id).toBe("p2000");
    expect(enough(packs, 3, 497)?.id).toBe("p500");
  });
});
