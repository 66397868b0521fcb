import { loadBilling } from "../billing";
import { billing, billingFailed, till as openTill, type Till } from "../billing-state";
import { shortfall } from "../catalogue";
import { takeInstead } from "../generate";
import { follow } from "../route";
import { cheaperThan, enough, type Cheaper } from "../shortfall";
import { credits as shownCredits, number } from "../shown";
import { credits, models, text } from "../state";
import { isSubscribed } from "../subscription";
import type { Billing, Inputs } from "../types";
import { ListWaiting } from "./ListWaiting";
import { Packs } from "./Packs";

/** What is missing to the credit, what could be made instead, and what can be bought. */
export function TillBody({ till, onClose }: { till: Till; onClose: () => void }) {
  const { billing: words, composer } = text.value;
  const { available = 0, held = 0, debt = 0 } = credits.value ?? {};
  const order = till.for === "order" ? till : null;
  const short = order ? shortfall(order.needed, available) : 0;
  const instead = order && short > 0 ? insteadOf(order, available) : null;
  const known = billing.value;
  return (
    <>
      <h2 id="till-title" tabIndex={-1} autoFocus>
        {!order ? words.packs.title : short > 0 ? words.till.short(short, number(short)) : words.till.enough}
      </h2>
      <div class="till-why">
        {order && <p>{composer.shortWhy(shownCredits(order.needed), number(available))}</p>}
        {order && held > 0 && <p>{words.till.held(held, number(held))}</p>}
        {debt > 0 && <p class="balance-debt">{words.balance.debt(debt, number(debt))}</p>}
      </div>
      {order && short === 0 ? (
        <button type="button" class="primary" onClick={onClose}>
          {words.till.back}
        </button>
      ) : (
        <>
          {instead && (
            <button type="button" class="secondary wide" onClick={() => takeInstead(instead.model.id)}>
              {words.till.instead(instead.model.name, shownCredits(instead.price))}
            </button>
          )}
          {known ? (
            <Offer billing={known} enough={enough(known.packs, short, debt)?.id} short={short} />
          ) : (
            <ListWaiting page failed={billingFailed.value} onRetry={loadBilling} />
          )}
        </>
      )}
    </>
  );
}

/** What the studio offered, else what the catalogue does. */
function insteadOf({ order, cheaper }: Extract<Till, { for: "order" }>, available: number): Cheaper | null {
  if (cheaper !== undefined) {
    const model = cheaper && models.value.find((each) => each.id === cheaper.model);
    return model ? { model, price: cheaper.price } : null;
  }
  const { prompt: _, model, ...inputs } = order;
  return cheaperThan(model, inputs as Inputs, available, models.value, billing.value?.plan.limits);
}

/** A modal dialog would lie over the plans. */
function toPlans(event: MouseEvent): void {
  follow("/billing", "plans")(event);
  if (event.defaultPrevented) openTill.value = null;
}

function Offer({ billing: known, enough: fitting, short }: { billing: Billing; enough: string | undefined; short: number }) {
  const { till: words, problem } = text.value.billing;
  if (!known.enabled) return <p class="till-note">{words.noSelling}</p>;
  return (
    <>
      <div class="till-packs">
        {short > 0 && <h3>{problem.topUp}</h3>}
        <Packs billing={known} enough={short > 0 ? fitting : undefined} />
      </div>
      <p class="till-note">{words.kept}</p>
      {!isSubscribed(known.plan) && known.plans.length > 1 && (
        <a class="link till-plans" href="/billing" onClick={toPlans}>
          {words.plans}
        </a>
      )}
    </>
  );
}
