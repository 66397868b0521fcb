import { invoiceUrl } from "../api";
import { loadInvoices } from "../billing";
import { invoices } from "../billing-state";
import { money, shortDate } from "../shown";
import { text } from "../state";
import type { Invoice } from "../types";
import { ListWaiting } from "./ListWaiting";
import { Section } from "./Section";

/** What was and is to be paid, each as a page and as a file. */
export function InvoicesSection() {
  const { invoices: words } = text.value.billing;
  const list = invoices.value;
  return (
    <Section id="invoices" title={words.title}>
      {typeof list === "string" ? (
        <ListWaiting failed={list === "failed"} onRetry={loadInvoices} />
      ) : list.length === 0 ? (
        <p class="account-note">{words.none}</p>
      ) : (
        <ul class="rows" role="list">
          {list.map((invoice) => (
            <Row key={invoice.id} invoice={invoice} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Row({ invoice }: { invoice: Invoice }) {
  const { invoices: words } = text.value.billing;
  const { id, number, kind, status, currency, total, amountDue, createdAt } = invoice;
  const name = number ?? words.noNumber;
  const said = Object.hasOwn(words.status, status) ? words.status[status as keyof typeof words.status] : status;
  return (
    <li class="row invoice" data-status={status}>
      <div class="row-text">
        <p class="row-title">
          {money(status === "open" ? amountDue : total, currency)}{" "}
          <span class={status === "paid" ? "badge" : status === "open" ? "badge badge-bad" : "badge badge-plain"}>{said}</span>
        </p>
        <p class="row-note">
          <span>{words.kinds[kind]}</span>
          <span>{shortDate(createdAt)}</span>
          <span>{name}</span>
        </p>
      </div>
      {status !== "draft" && (
        <div class="row-actions">
          {(["page", "pdf"] as const).map((as) => (
            <a
              class="secondary small"
              key={as}
              href={invoiceUrl(id, as)}
              target="_blank"
              rel="noopener"
              aria-label={`${words[as]} ${name} (${text.value.viewer.newTab})`}
            >
              {words[as]}
            </a>
          ))}
        </div>
      )}
    </li>
  );
}
