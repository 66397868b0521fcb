import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { loadBilling, loadInvoices } from "../billing";
import { billing, billingFailed, invoices } from "../billing-state";
import { follow, moved, takeWanted } from "../route";
import { text } from "../state";
import type { Billing } from "../types";
import { CreditsSection } from "./CreditsSection";
import { DueBanner } from "./DueBanner";
import { FlashNote } from "./FlashNote";
import { Icon } from "./Icon";
import { InvoicesSection } from "./InvoicesSection";
import { KeysSection } from "./KeysSection";
import { LedgerSection } from "./LedgerSection";
import { ListWaiting } from "./ListWaiting";
import { PageHeader } from "./PageHeader";
import { PageNav } from "./PageNav";
import { PlanSection } from "./PlanSection";
import { PlansSection } from "./PlansSection";
import { PurchaseNote } from "./PurchaseNote";
import { SpendingSection } from "./SpendingSection";
import { TopUpSection } from "./TopUpSection";
import { Viewer } from "./Viewer";

/** Plan, credits, limits, invoices, keys and history, on a page of their own. */
export function BillingPage() {
  const words = text.value.billing;
  const title = useRef<HTMLHeadingElement>(null);
  const wanted = useRef<string | null>(null);
  const known = billing.value;
  const sections = known ? sectionsOf(known) : [];
  useLayoutEffect(() => {
    if (!moved) return;
    wanted.current = takeWanted();
    if (wanted.current === null) title.current?.focus({ preventScroll: true });
    // What was loaded with the page may have changed since, at Stripe for instance.
    void loadBilling();
  }, []);
  useEffect(() => void loadInvoices(), []);
  useLayoutEffect(() => {
    const heading = wanted.current === null ? null : document.getElementById(`title-${wanted.current}`);
    if (!heading) return;
    wanted.current = null;
    heading.closest("section")?.scrollIntoView();
    heading.focus({ preventScroll: true });
  }, [known !== null]);
  return (
    <div class="account-page">
      <PageHeader to="billing" skip={words.skip} />
      <main class="account-main">
        <a class="back" href="/" onClick={follow("/")}>
          <Icon name="left" /> {text.value.account.back}
        </a>
        <h1 id="billing" ref={title} tabIndex={-1}>
          {words.title}
        </h1>
        <FlashNote />
        <PurchaseNote />
        <DueBanner />
        {known?.enabled && known.testMode && <p class="test-mode">{words.testMode}</p>}
        {known ? (
          <div class="account-columns">
            <PageNav label={words.title} sections={sections} />
            <div class="account-sections">
              {sections.map(({ id, show: Shown }) => (
                <Shown key={id} billing={known} />
              ))}
            </div>
          </div>
        ) : (
          <ListWaiting page failed={billingFailed.value} onRetry={loadBilling} />
        )}
      </main>
      <Viewer />
    </div>
  );
}

function sectionsOf({ enabled }: Billing) {
  const { balance, plan, plans, packs, spending, invoices: bills, keys, ledger } = text.value.billing;
  // Where nothing is sold there may be invoices of before.
  const listed = typeof invoices.value !== "string" && invoices.value.length > 0;
  const all = [
    { id: "credits", title: balance.title, show: CreditsSection },
    { id: "plan", title: plan.title, show: PlanSection },
    { id: "plans", title: plans.title, show: enabled && PlansSection },
    { id: "topup", title: packs.title, show: enabled && TopUpSection },
    { id: "spending", title: spending.title, show: SpendingSection },
    { id: "invoices", title: bills.title, show: (enabled || listed) && InvoicesSection },
    { id: "keys", title: keys.title, show: KeysSection },
    { id: "history", title: ledger.title, show: LedgerSection },
  ];
  return all.flatMap(({ show, ...section }) => (show ? [{ ...section, show }] : []));
}
