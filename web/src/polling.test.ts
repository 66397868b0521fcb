import { describe, expect, it } from "vitest";
import { isForward, isOpen, POLL_FIRST_MS, POLL_MAX_MS, pollDelayMs, quietDelayMs, resendDelayMs } from "./polling";

describe("the pause between polls", () => {
  const delays = Array.from({ length: 30 }, (_, attempt) => pollDelayMs(attempt));

  it("begins short, only grows, and stops growing", () => {
    expect(delays[0]).toBe(POLL_FIRST_MS);
    for (let n = 1; n < delays.length; n += 1) expect(delays[n]).toBeGreaterThanOrEqual(delays[n - 1] ?? Infinity);
    expect(delays.at(-1)).toBe(POLL_MAX_MS);
    expect(Math.max(...delays)).toBe(POLL_MAX_MS);
  });

  it("asks at most ten times in the first twenty seconds", () => {
    let elapsed = 0;
    expect(delays.filter((delay) => (elapsed += delay) <= 20_000).length).toBeLessThanOrEqual(10);
  });
});

it("a lost request is sent again soon, then patiently", () => {
  expect([0, 1, 2, 3, 4, 9].map(resendDelayMs)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
});

it("only three states are open", () => {
  const all = ["queued", "starting", "running", "succeeded", "failed", "canceled", "expired"] as const;
  expect(all.filter(isOpen)).toEqual(["queued", "starting", "running"]);
});

it("a generation goes forward only, and leaves no end", () => {
  expect(isForward("queued", "saving")).toBe(true);
  expect(isForward("running", "running")).toBe(true);
  expect(isForward("running", "starting")).toBe(false);
  expect(isForward("succeeded", "running")).toBe(false);
});

it("where everything is heard, silence is asked about seldom", () => {
  expect([0, 1, 2].map(quietDelayMs)).toEqual([120_000, 240_000, 480_000]);
});
