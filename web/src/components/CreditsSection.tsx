import { credits, text } from "../state";
import type { Billing } from "../types";
import { Balance } from "./Balance";
import { Section } from "./Section";

/** The balance, and where it comes from. */
export function CreditsSection({ billing }: { billing: Billing }) {
  return (
    <Section id="credits" title={text.value.billing.balance.title}>
      <div class="balance-wide">
        <Balance credits={credits.value ?? billing.credits} />
      </div>
    </Section>
  );
}
