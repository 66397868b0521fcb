// Chance that can be repeated, and orders of things.

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { next, below, among: (list) => list[below(list.length)] };
}

/** Every order of these. */
export function permutations(list) {
  if (list.length < 2) return [list];
  return list.flatMap((first, i) => permutations([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [first, ...rest]));
}

/** Does something with each, so many at a time; the results are in the order of the list. */
export async function pool(list, size, deed) {
  const results = [];
  let next = 0;
  const work = async () => {
    while (next < list.length) {
      const i = next++;
      results[i] = await deed(list[i], i);
    }
  };
  await Promise.all(Array.from({ length: size }, work));
  return results;
}
