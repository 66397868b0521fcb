import { openPortal } from "../billing";
import { date, number } from "../shown";
import { lang, text } from "../state";
import { isSubscribed } from "../subscription";
import type { Billing, OwnPlan, PortalFlow } from "../types";
import { LeaveButton } from "./LeaveButton";
import { LimitsList } from "./LimitsList";
import { Section } from "./Section";

/** The plan that one has, until when, what it allows, and how to change it. */
export function PlanSection({ billing }: { billing: Billing }) {
  const { plan: words } = text.value.billing;
  const { plan, enabled } = billing;
  const status = statusWords(plan);
  const flow = (name: PortalFlow, label: string, look = "secondary") => (
    <LeaveButton name={name} class={look} leave={() => openPortal(name)}>
      {label}
    </LeaveButton>
  );
  return (
    <Section id="plan" title={words.title}>
      <p class="account-value plan-name">
        <strong>{plan.name[lang.value]}</strong> {status && <span class="badge badge-bad">{status}</span>}
      </p>
      <p class="account-note">{standing(billing)}</p>
      <LimitsList limits={plan.limits} more={plan.credits > 0 ? [words.monthly(plan.credits, number(plan.credits))] : []} />
      {enabled && isSubscribed(plan) && (
        <div class="form-actions">
          {plan.endsAt ? flow("manage", words.keep, "primary") : flow("change", words.change)}
          {flow("payment", words.payment)}
          {!plan.endsAt && flow("cancel", words.cancel, "secondary quiet-danger")}
        </div>
      )}
    </Section>
  );
}

function statusWords({ status }: OwnPlan): string | null {
  const { status: words } = text.value.billing.plan;
  return status !== null && Object.hasOwn(words, status) ? words[status as keyof typeof words] : null;
}

function standing({ enabled, plan }: Billing): string {
  const { plan: words } = text.value.billing;
  if (plan.endsAt) return words.ends(date(plan.endsAt));
  if (plan.renewsAt) return words.renews(date(plan.renewsAt));
  return enabled ? words.free : text.value.billing.till.noSelling;
}
