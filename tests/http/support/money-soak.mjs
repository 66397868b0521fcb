// The soak: people buy and spend while requests to the database and to Stripe are lost, answered into the void, refused and delayed, until so
// many faults have been injected; then everything is mended and counted.
//
//   node tests/http/support/money-soak.mjs --faults 10000 [--seed 1] [--people 12] [--workers 8]
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chance } from "./chance.mjs";
import { Town } from "./money-chaos.mjs";
import { startShop } from "./money.mjs";
import { countingProxy } from "./proxy.mjs";
import { DEAR } from "./shop.mjs";

/** How much goes wrong of what goes to the database, and of what goes to Stripe. */
const SHARE = { database: 0.3, stripe: 0.2 };
/** Longer than the Worker waits for the database. */
const TOO_LONG_MS = 12_000;
const SAY_EVERY_MS = 10_000;

/** What goes wrong with a request: nothing, most of the time. */
function faults(seed, share, told, enough) {
  const { next, below } = chance(seed);
  return () => {
    if (enough() || next() >= share) return undefined;
    const dice = next();
    const [name, fault] =
      dice < 0.35
        ? ["lost requests", "lose request"]
        : dice < 0.7
          ? ["lost answers", "lose reply"]
          : dice < 0.85
            ? ["refused with 429", "throttle"]
            : dice < 0.999
              ? ["late", { waitMs: 20 + below(400) }]
              : ["too late", { waitMs: TOO_LONG_MS }];
    told[name] = (told[name] ?? 0) + 1;
    return fault;
  };
}

/**
 * @param {{faults: number, seed?: number, people?: number, workers?: number, say?: (line: string) => void}} options
 */
export async function soak({ faults: wanted, seed = 1, people = 12, workers = 8, say = () => {} }) {
  const stack = await startShop({ vars: { PLANS: DEAR } });
  const vendor = await countingProxy(Number(new URL(stack.sandboxUrl).port));
  try {
    await stack.reload({ STRIPE_API_URL: `${vendor.url}/stripe/v1` });
    const town = await Town.found(stack, { seed, people });
    const told = { database: {}, stripe: {} };
    const injected = () => Object.values(told).flatMap((one) => Object.values(one)).reduce((sum, count) => sum + count, 0);
    const enough = () => injected() >= wanted;
    stack.proxy.break(faults(seed + 1, SHARE.database, told.database, enough));
    vendor.break(faults(seed + 2, SHARE.stripe, told.stripe, enough));
    const begun = performance.now();
    const clock = setInterval(() => say(`${injected()} faults after ${Math.round((performance.now() - begun) / 1000)} s`), SAY_EVERY_MS);
    try {
      await town.live({ workers, enough });
    } finally {
      clearInterval(clock);
    }
    stack.proxy.break(undefined);
    vendor.break(undefined);
    const lived = (performance.now() - begun) / 1000;
    say(`${injected()} faults in ${Math.round(lived)} s; settling`);
    await town.settle();
    return { faults: injected(), told, seconds: Math.round(lived), ...(await town.count()) };
  } finally {
    await stack.stop();
    await vendor.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { faults: { type: "string", default: "10000" }, seed: { type: "string", default: "1" }, people: { type: "string", default: "12" }, workers: { type: "string", default: "8" } },
  });
  const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  console.log(JSON.stringify(await soak({ ...numbers, say: (line) => console.error(line) }), null, 2));
}
