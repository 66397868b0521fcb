// INTERIM, until the operator's tool has `stripe setup`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { requirePackage, root } from "./paths.mjs";
export async function setUpShop(sandboxUrl, key, given) {
  const Stripe = requirePackage("stripe");
  const { hostname: host, port } = new URL(sandboxUrl);
  const stripe = new (Stripe.default ?? Stripe)(key, { host, port, protocol: "http", telemetry: false });
  const shop = JSON.parse(given ?? readFileSync(join(root, "plans.json"), "utf8"));
  const make = async (name, kind, item, prices) => {
    const product = await stripe.products.create({ name, metadata: { atelier_kind: kind, atelier_item: item } });
    for (const { credits, ...price } of prices) {
      await stripe.prices.create({ product: product.id, currency: shop.currency, metadata: { atelier_kind: kind, atelier_item: item, atelier_credits: String(credits) }, ...price });
    }
  };
  for (const plan of shop.plans.filter(({ prices }) => prices.length > 0)) {
    const of = ({ interval, amount }) => ({ lookup_key: `atelier_${plan.id}_${interval}`, unit_amount: amount, recurring: { interval }, credits: plan.credits * (interval === "year" ? 12 : 1) });
    await make(plan.name.en, "plan", plan.id, plan.prices.map(of));
  }
  for (const pack of shop.packs) await make(pack.id, "pack", pack.id, [{ lookup_key: `atelier_${pack.id}`, unit_amount: pack.amount, credits: pack.credits }]);
}
