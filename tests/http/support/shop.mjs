// What is sold, as the checkout has it, and variations of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/lib/paths.mjs";

/** The checkout's plans.json. */
export const SHOP = JSON.parse(readFileSync(join(root, "plans.json"), "utf8"));
export const packOf = (id) => SHOP.packs.find((pack) => pack.id === id);
export const planOf = (id) => SHOP.plans.find((plan) => plan.id === id);

/** The shop changed: `plan` is laid over every plan, `over` over the whole. As text for the variable PLANS. */
export const shopWith = ({ plan = {}, ...over } = {}) => JSON.stringify({ ...SHOP, ...over, plans: SHOP.plans.map((one) => ({ ...one, ...plan })) });
const boundless = { perMinute: 100_000, concurrent: 100_000 };
/** Plans under which nothing but credits limits anybody. */
export const BOUNDLESS = shopWith({ plan: boundless });
/** The same with pictures so dear that people soon have spent what they bought, and owe it when the money goes back. */
export const DEAR = shopWith({ plan: boundless, prices: { "flux-schnell": 120, "flux-dev": 500 } });
