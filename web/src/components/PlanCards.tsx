import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { number, price } from "../shown";
import { lang, text } from "../state";
import type { Interval, Offers, Plan } from "../types";
import { LimitsList } from "./LimitsList";
import { Segments } from "./Segments";

interface Props {
  id: string;
  offers: Pick<Offers, "plans" | "currency">;
  /** What can be done about a plan, for how it would be paid. */
  action: (plan: Plan, interval: Interval) => ComponentChildren;
}

/** The plans side by side, by the month or by the year. */
export function PlanCards({ id, offers, action }: Props) {
  const { plans } = text.value.billing;
  const interval = useSignal<Interval>("month");
  const intervals = (["month", "year"] as const).filter((each) => offers.plans.some(({ prices }) => prices.some(({ interval }) => interval === each)));
  return (
    <div class="plans">
      {intervals.length > 1 && (
        <Segments<Interval>
          id={id}
          legend={plans.title}
          value={interval.value}
          options={intervals.map((value) => ({ value, label: plans.intervals[value] }))}
          onChange={(value) => (interval.value = value)}
        />
      )}
      <ul class="plan-cards" role="list">
        {offers.plans.map((plan) => {
          const at = soldBy(plan, interval.value);
          return (
            <li class="plan-card" key={plan.id}>
              <h3>{plan.name[lang.value]}</h3>
              <Price plan={plan} interval={at} currency={offers.currency} />
              <LimitsList limits={plan.limits} more={gives(plan, at)} />
              <div class="plan-action">{action(plan, at)}</div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** By what was chosen, else by what there is. */
function soldBy(plan: Plan, interval: Interval): Interval {
  return plan.prices.some((each) => each.interval === interval) ? interval : (plan.prices[0]?.interval ?? interval);
}

function Price({ plan, interval, currency }: { plan: Plan; interval: Interval; currency: string }) {
  const { plans } = text.value.billing;
  const amount = plan.prices.find((each) => each.interval === interval)?.amount ?? 0;
  return (
    <p class="plan-price">
      <strong>{price(amount, currency)}</strong> <span>{plans.per[interval]}</span>
      {interval === "year" && amount > 0 && <small>{plans.perMonth(price(amount / 12, currency))}</small>}
    </p>
  );
}

function gives({ credits, rollover, prices }: Plan, interval: Interval): string[] {
  const { plan, plans } = text.value.billing;
  if (credits === 0) return prices.length === 0 ? [text.value.landing.signUpLead] : [];
  const amount = interval === "year" && prices.length > 0 ? plans.yearly(credits * 12, number(credits * 12)) : plan.monthly(credits, number(credits));
  return rollover > 0 ? [amount, plans.rollover(rollover)] : [amount];
}
