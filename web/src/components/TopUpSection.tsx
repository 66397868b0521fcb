import { text } from "../state";
import type { Billing } from "../types";
import { Packs } from "./Packs";
import { Section } from "./Section";

export function TopUpSection({ billing }: { billing: Billing }) {
  const { packs } = text.value.billing;
  return (
    <Section id="topup" title={packs.title} lead={packs.lead}>
      <Packs billing={billing} />
    </Section>
  );
}
