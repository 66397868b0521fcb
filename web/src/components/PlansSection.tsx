import { buy, openPortal } from "../billing";
import { lang, text } from "../state";
import { isSubscribed } from "../subscription";
import type { Billing, Interval, Plan } from "../types";
import { LeaveButton } from "./LeaveButton";
import { PlanCards } from "./PlanCards";
import { Section } from "./Section";

/** What can be subscribed to. Who has a plan changes it at Stripe, which knows what is owed for the days between. */
export function PlansSection({ billing }: { billing: Billing }) {
  const { plan: own, plans } = text.value.billing;
  const action = ({ id, name, prices }: Plan, interval: Interval) => {
    if (id === billing.plan.id) return <span class="badge">{own.title}</span>;
    if (prices.length === 0) return null;
    if (isSubscribed(billing.plan)) {
      return (
        <LeaveButton name={`change ${id}`} leave={() => openPortal("change", id)}>
          {plans.changeTo(name[lang.value])}
        </LeaveButton>
      );
    }
    return (
      <LeaveButton name={`${id} ${interval}`} class="primary" leave={() => buy({ plan: id, interval })}>
        {plans.choose(name[lang.value])}
      </LeaveButton>
    );
  };
  return (
    <Section id="plans" title={plans.title} lead={plans.lead}>
      <PlanCards id="plans-interval" offers={billing} action={action} />
    </Section>
  );
}
