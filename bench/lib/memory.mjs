// Many sign-ins at once in a workerd that has done nothing yet: its peak of memory, whether any fails, and how many cores hash.
import { signIn } from "./routes.mjs";
import { client } from "./load.mjs";
import { cpuBetween, cpuOf, forgetPeak, memoryOf } from "./proc.mjs";
import { orderIn, ratio, summarise } from "./statistics.mjs";

/** Of one hash: 128 · N · r bytes. */
export const HASH_MIB = (128 * 16_384 * 16) / 1024 / 1024;

/**
 * @param {Record<"atelier" | "peer", () => Promise<import("./worker.mjs").Running>>} fresh
 * @param {{rounds: number, parallel: number}} options
 */
export async function measureMemory(fresh, { rounds, parallel }) {
  const measured = { atelier: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    for (const key of orderIn(round, ["atelier", "peer"])) measured[key].push(await burst(fresh[key], parallel));
  }
  const summary = (key) => {
    const all = measured[key];
    const of = (name) => summarise(all.map((one) => one[name]));
    return {
      failed: all.reduce((sum, one) => sum + one.failed, 0),
      ...Object.fromEntries(["peakMiB", "riseMiB", "wallMs", "cores", "firstMs", "lastMs"].map((name) => [name, of(name)])),
    };
  };
  const peaks = (key) => measured[key].map(({ peakMiB }) => peakMiB);
  return {
    parallel,
    rounds,
    oneHashMiB: HASH_MIB,
    atelier: summary("atelier"),
    peer: summary("peer"),
    peakRatioToPeer: ratio(peaks("atelier"), peaks("peer")),
  };
}

async function burst(start, parallel) {
  const worker = await start();
  const http = client(worker.url, parallel);
  try {
    await http.ask(signIn()); // one hash: from here on memory grows only if several are made at once
    const { now } = memoryOf(worker.pid);
    forgetPeak(worker.pid);
    const before = cpuOf(worker.pid);
    const begun = performance.now();
    const answers = await http.run(parallel, signIn);
    const wallMs = performance.now() - begun;
    const { peak } = memoryOf(worker.pid);
    return {
      failed: answers.filter(({ status }) => status !== 200).length,
      peakMiB: peak,
      riseMiB: peak - now,
      wallMs,
      cores: cpuBetween(before, cpuOf(worker.pid)) / wallMs,
      firstMs: Math.min(...answers.map(({ ms }) => ms)),
      lastMs: Math.max(...answers.map(({ ms }) => ms)),
    };
  } finally {
    http.close();
    await worker.stop();
  }
}
