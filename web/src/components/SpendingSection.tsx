import { limitSpending } from "../billing";
import { spending as latest } from "../billing-state";
import { formatClock } from "../format";
import { dayEnds } from "../limit";
import { lang, text } from "../state";
import type { Billing } from "../types";
import { LimitForm } from "./LimitForm";
import { Section } from "./Section";
import { SpendingMeter } from "./SpendingMeter";

/** How much may be spent in a day: refused before it is spent, told at four fifths. */
export function SpendingSection({ billing }: { billing: Billing }) {
  const { spending: words } = text.value.billing;
  const spending = latest.value ?? billing.spending;
  return (
    <Section id="spending" title={words.title} lead={words.lead}>
      <SpendingMeter spending={spending} />
      {spending.dayLimit !== null && <p class="account-note">{words.resets(formatClock(dayEnds(Date.now()), lang.value))}</p>}
      <LimitForm id="day-limit" limit={spending.dayLimit} save={limitSpending} />
    </Section>
  );
}
