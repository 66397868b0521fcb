// The bench's reckoning; the bench itself is timed, and no test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuBetween, timeInStat } from "../../bench/lib/proc.mjs";
import { median, orderIn, quantile, ratio, summarise, verdict } from "../../bench/lib/statistics.mjs";

test("medians and quartiles lie between neighbours", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(quantile([1, 2, 3, 4, 5], 0.25), 2);
  assert.equal(quantile([10, 20], 0.75), 17.5);
  assert.equal(quantile([7], 0.75), 7);
  assert.throws(() => median([]), RangeError);
  assert.deepEqual(summarise([3, 1, 2]), { median: 2, q1: 1.5, q3: 2.5, min: 1, max: 3, n: 3 });
});

test("a ratio is taken round by round, so that a slow round slows both", () => {
  const theirs = [10, 100, 10, 10];
  assert.deepEqual(ratio(theirs.map((value) => value / 2), theirs), { median: 0.5, q1: 0.5, q3: 0.5, min: 0.5, max: 0.5, n: 4 });
  assert.throws(() => ratio([1], [1, 2]), RangeError);
});

test("a difference counts when it is larger than the noise, either way", () => {
  const noise = ratio([90, 100, 112], [100, 100, 100]);
  assert.equal(verdict(ratio([104], [100]), noise), "level");
  assert.equal(verdict(ratio([96], [100]), noise), "level");
  assert.equal(verdict(ratio([120], [100]), noise), "more");
  assert.equal(verdict(ratio([50], [100]), noise), "less");
});

test("no candidate is always first, or always after the same one", () => {
  const rounds = Array.from({ length: 8 }, (_, round) => orderIn(round, ["a", "b", "c", "d"]));
  for (const place of [0, 3]) {
    const seen = rounds.map((order) => order[place]);
    for (const one of ["a", "b", "c", "d"]) assert.equal(seen.filter((key) => key === one).length, 2);
  }
  for (const order of rounds) assert.deepEqual([...order].sort(), ["a", "b", "c", "d"]);
});

test("CPU time is read whatever the program is called, and exact while no thread ends", () => {
  assert.equal(timeInStat("42 (work) er) d) S 1 42 42 0 -1 4194560 100 0 0 0 150 25 0 0 20 0"), 1750);
  const cpu = (ms, threads) => ({ ms, threads: new Map(Object.entries(threads)) });
  assert.equal(cpuBetween(cpu(100, { 1: 60.5, 2: 40 }), cpu(110, { 1: 65, 2: 42, 3: 1.25 })), 7.75);
  assert.equal(cpuBetween(cpu(100, { 1: 60.5, 2: 40 }), cpu(110, { 1: 65 })), 10);
  assert.equal(cpuBetween(cpu(100, {}), cpu(130, {})), 30);
});
