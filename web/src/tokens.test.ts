import { describe, expect, it } from "vitest";
import css from "./styles/tokens.css?raw";

/** Each colour token's two values: by day, by night. */
const TOKENS = new Map([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name, day, night]) => [name, [day, night]]));

/** Relative luminance. Source: WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string, theme: 0 | 1): number {
  const [light = 0, dark = 0] = [one, other].map((name) => luminance(TOKENS.get(name)?.[theme] ?? "")).sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["ground", "surface", "raised", "tile"];
const TEXTS = [
  ...GROUNDS.flatMap((ground) => ["ink", "ink-soft", "ink-faint", "accent-strong", "bad", "good"].map((ink) => [ink, ground] as const)),
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["ink-soft", "sunken"],
  ["ink", "accent-wash"],
  ["ink-soft", "accent-wash"],
  ["accent-strong", "accent-wash"],
  ["bad", "bad-wash"],
  ["good", "good-wash"],
  ["ground", "bad"],
] as const;
/** Edges of controls, and the focus ring. */
const SHAPES = GROUNDS.slice(0, 3).flatMap((ground) => ["line-strong", "focus", "accent"].map((line) => [line, ground] as const));

describe.each([
  ["by day", 0],
  ["by night", 1],
] as const)("colours %s", (_, theme) => {
  it.each(TEXTS)("%s can be read on %s", (ink, ground) => {
    expect(contrast(ink, ground, theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SHAPES)("%s can be seen on %s", (line, ground) => {
    expect(contrast(line, ground, theme)).toBeGreaterThanOrEqual(3);
  });
});
