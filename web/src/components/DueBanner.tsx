import { invoiceUrl } from "../api";
import { openPortal } from "../billing";
import { billing, selling } from "../billing-state";
import { date, money } from "../shown";
import { text } from "../state";
import { Icon } from "./Icon";
import { LeaveButton } from "./LeaveButton";
import { NewTab } from "./NewTab";

/** A payment did not go through: how much, when it is tried again, and what to do. It stays until it is paid. */
export function DueBanner() {
  const due = billing.value?.due;
  if (!due) return null;
  const { due: words, invoices } = text.value.billing;
  return (
    <aside class="banner banner-due" aria-label={invoices.title}>
      <Icon name="alert" />
      <p>
        <strong>{words.why(money(due.amount, due.currency))}</strong> {due.nextAttemptAt ? words.next(date(due.nextAttemptAt)) : words.last}
      </p>
      <div class="banner-actions">
        <a class="primary small" href={invoiceUrl(due.invoice, "page")} target="_blank" rel="noopener">
          {words.pay}
          <NewTab />
        </a>
        {selling.value && (
          <LeaveButton name="payment due" class="secondary small" leave={() => openPortal("payment", "due")}>
            {words.method}
          </LeaveButton>
        )}
      </div>
    </aside>
  );
}
