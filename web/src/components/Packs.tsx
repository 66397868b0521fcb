import { buy } from "../billing";
import { text } from "../state";
import type { Billing } from "../types";
import { LeaveButton } from "./LeaveButton";
import { PackFace } from "./PackFace";

/** Credits to buy at once: a press leads to Stripe. `enough` names the pack that fills a gap. */
export function Packs({ billing, enough }: { billing: Billing; enough?: string | undefined }) {
  return (
    <ul class="packs" role="list" aria-label={text.value.billing.packs.title}>
      {billing.packs.map((pack) => (
        <li key={pack.id}>
          <LeaveButton name={pack.id} class={`pack ${pack.id === enough ? "is-enough" : ""}`} leave={() => buy({ pack: pack.id })}>
            <PackFace pack={pack} currency={billing.currency} enough={pack.id === enough} />
          </LeaveButton>
        </li>
      ))}
    </ul>
  );
}
