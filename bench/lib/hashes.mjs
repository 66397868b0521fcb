// scrypt alone in workerd, one hash per request: our WASM beside node:crypto, in turns, with the bytes compared.
import { scryptSync } from "node:crypto";
import { Problem } from "../../scripts/lib/say.mjs";
import { client } from "./load.mjs";
import { cpuBetween, cpuOf } from "./proc.mjs";
import { orderIn, ratio, summarise } from "./statistics.mjs";

const WAYS = ["wasm", "sync", "async"];
/** Before it counts, so that V8 has compiled what it will. */
const WARM_UP = 5;

/**
 * @param {{url: string, pid: number}} worker
 * @param {{runs: number}} options
 */
export async function measureHashes({ url, pid }, { runs }) {
  const http = client(url, 1);
  const cpu = { wasm: [], sync: [], async: [] };
  const wall = structuredClone(cpu);
  for (let run = -WARM_UP; run < runs; run++) {
    const salt = `${run}`.padStart(32, "0");
    const keys = new Map();
    for (const way of orderIn(run + WARM_UP, WAYS)) {
      const before = cpuOf(pid);
      const { status, text, ms } = await http.ask({ method: "GET", path: `/${way}/${salt}` });
      if (status !== 200) throw new Problem(`scrypt by ${way} answered ${status}: ${text.slice(0, 300)}`);
      keys.set(way, text);
      if (run < 0) continue;
      cpu[way].push(cpuBetween(before, cpuOf(pid)));
      wall[way].push(ms);
    }
    const expected = scryptSync("correct horse battery", salt, 64, { N: 16384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 }).toString("hex");
    for (const [way, key] of keys) {
      if (key !== expected) throw new Problem(`scrypt by ${way} gave other bytes than Node's: ${key}`);
    }
  }
  http.close();
  const each = (values) => Object.fromEntries(WAYS.map((way) => [way, summarise(values[way])]));
  const ratios = { sync: ratio(cpu.wasm, cpu.sync), async: ratio(cpu.wasm, cpu.async), noise: ratio(cpu.async, cpu.sync) };
  return { runs, bytesAgree: true, cpuMs: each(cpu), wallMs: each(wall), cpuRatioOfWasmTo: ratios };
}
