import { describe, expect, it } from "vitest";
import { isPainted, maskSize, paint, type Deed, type Painting } from "./mask";

const brush: Deed = { kind: "stroke", erase: false, width: 10, points: [[1, 2]] };
const eraser: Deed = { ...brush, erase: true };
const [all, clear, invert] = (["all", "clear", "invert"] as const).map((kind): Deed => ({ kind })) as [Deed, Deed, Deed];

it.each<[string, Deed[], boolean]>([
  ["nothing", [], false],
  ["a stroke", [brush], true],
  ["rubbing on nothing", [eraser], false],
  ["a stroke, cleared", [brush, clear], false],
  ["everything", [all], true],
  ["everything inverted", [all, invert], false],
  ["everything with a hole, inverted", [all, eraser, invert], true],
  ["nothing inverted", [invert], true],
])("%s: painted %s", (_, deeds, painted) => expect(isPainted(deeds)).toBe(painted));

describe("a deed", () => {
  function recorded(deed: Deed): string[] {
    const calls: string[] = [];
    const at = (name: string) => (...given: unknown[]) => void calls.push(`${name} ${given.join(",")} ${on.globalCompositeOperation}`);
    const on = { globalCompositeOperation: "source-over" } as Record<string, unknown>;
    for (const name of ["arc", "beginPath", "clearRect", "fill", "fillRect", "lineTo", "moveTo", "stroke"]) on[name] = at(name);
    paint(on as unknown as Painting, deed, 8, 4, "#000");
    expect(on["globalCompositeOperation"], "the next deed begins as usual").toBe("source-over");
    return calls.filter((call) => !call.startsWith("beginPath"));
  }

  it("paints, rubs out, fills, clears and inverts", () => {
    expect(recorded(brush)[0]).toMatch(/^arc 1,2,5,/);
    expect(recorded({ ...eraser, points: [[1, 2], [3, 4]] } as Deed)).toEqual(["moveTo 1,2 destination-out", "lineTo 3,4 destination-out", "stroke  destination-out"]);
    expect(recorded(all)).toEqual(["fillRect 0,0,8,4 source-over"]);
    expect(recorded(invert)).toEqual(["fillRect 0,0,8,4 xor"]);
    expect(recorded(clear)).toEqual(["clearRect 0,0,8,4 source-over"]);
  });
});

it("a mask is as large as its picture, as far as a canvas can be", () => {
  expect(maskSize(600, 400)).toEqual({ width: 600, height: 400, scale: 1 });
  const { width, height } = maskSize(10_000, 5_000);
  expect(width / height).toBeCloseTo(2, 2);
  expect(width * height).toBeLessThanOrEqual(16_100_000);
});
