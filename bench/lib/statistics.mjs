// Figures from rounds: medians and quartiles, because on a machine with other work the mean follows the worst round.

/**
 * The value below which a share of the values lies, interpolated between neighbours.
 * @param {number[]} values
 * @param {number} share 0 to 1
 */
export function quantile(values, share) {
  if (values.length === 0) throw new RangeError("no values");
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/**
 * @typedef {{median: number, q1: number, q3: number, min: number, max: number, n: number}} Summary
 * @param {number[]} values
 * @returns {Summary}
 */
export const summarise = (values) => ({
  median: median(values),
  q1: quantile(values, 0.25),
  q3: quantile(values, 0.75),
  min: Math.min(...values),
  max: Math.max(...values),
  n: values.length,
});

/**
 * The ratio of two candidates: of each round its own, since what slows a round slows both; then their median.
 * @param {number[]} ours by round
 * @param {number[]} theirs by round
 * @returns {Summary}
 */
export function ratio(ours, theirs) {
  if (ours.length !== theirs.length) throw new RangeError("the candidates were not measured in the same rounds");
  return summarise(ours.map((value, round) => value / theirs[round]));
}

/**
 * How two candidates compare, given how the same candidate compares with itself: within that noise they are level.
 * @param {Summary} compared
 * @param {Summary} noise
 */
export function verdict(compared, noise) {
  const margin = Math.max(Math.abs(Math.log(noise.median)), Math.abs(Math.log(noise.q1)), Math.abs(Math.log(noise.q3)));
  if (Math.abs(Math.log(compared.median)) <= margin) return "level";
  return compared.median < 1 ? "less" : "more";
}

/**
 * The order of the candidates in a round: each goes first as often as any other, and whoever followed a neighbour precedes it the next
 * time.
 * @template T
 * @param {T[]} candidates
 * @param {number} round
 * @returns {T[]}
 */
export function orderIn(round, candidates) {
  const turn = Math.floor(round / 2) % candidates.length;
  const rotated = [...candidates.slice(turn), ...candidates.slice(0, turn)];
  return round % 2 ? rotated.reverse() : rotated;
}
