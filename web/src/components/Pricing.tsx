import { useEffect } from "preact/hooks";
import { loadOffers } from "../billing";
import { offers } from "../billing-state";
import { text } from "../state";
import { PackFace } from "./PackFace";
import { PlanCards } from "./PlanCards";

/** What the studio costs, for who is not in yet. Nothing where nothing is sold. */
export function Pricing() {
  useEffect(() => void loadOffers(), []);
  const known = offers.value;
  if (!known?.enabled) return null;
  const { landing, billing } = text.value;
  const { pricing } = billing;
  return (
    <section class="pricing" aria-labelledby="pricing-title">
      <h2 id="pricing-title">{pricing.title}</h2>
      <p class="pricing-lead">{pricing.lead}</p>
      <PlanCards id="pricing-interval" offers={known} action={() => null} />
      {known.packs.length > 0 && (
        <>
          <h3 id="pricing-packs">{pricing.packs}</h3>
          <ul class="packs packs-shown" role="list" aria-labelledby="pricing-packs">
            {known.packs.map((pack) => (
              <li class="pack" key={pack.id}>
                <PackFace pack={pack} currency={known.currency} />
              </li>
            ))}
          </ul>
        </>
      )}
      <button type="button" class="primary" onClick={toForm}>
        {landing.signUp}
      </button>
    </section>
  );
}

/** The form to begin with, whichever of its stages is open. */
function toForm(): void {
  const form = document.querySelector<HTMLElement>(".auth");
  form?.scrollIntoView({ block: "center" });
  form?.querySelector<HTMLInputElement>("input")?.focus({ preventScroll: true });
}
