import { date, number } from "../shown";
import { text } from "../state";
import type { Credits } from "../types";

/** What the credits are: where they came from, what is set aside, what ends soon and what is owed. */
export function Balance({ credits }: { credits: Credits }) {
  const { header, billing } = text.value;
  const words = billing.balance;
  const { plan, topUp, given, available, held, debt, expiring } = credits;
  const sources = ([[words.plan, plan], [words.topUp, topUp], [words.given, given]] as const).filter(([, amount]) => amount > 0);
  return (
    <>
      <dl class="balance">
        {sources.map(([label, amount]) => (
          <Row key={label} label={label} amount={number(amount)} />
        ))}
        <Row label={header.available} amount={number(available)} total={sources.length > 0} />
        <Row label={header.heldLabel} amount={number(held)} />
      </dl>
      {expiring && <p class="balance-note">{words.expiring(number(expiring.amount), date(expiring.at))}</p>}
      {debt > 0 && <p class="balance-note balance-debt">{words.debt(debt, number(debt))}</p>}
      {held > 0 && <p class="balance-note">{header.heldWhy}</p>}
    </>
  );
}

function Row({ label, amount, total = false }: { label: string; amount: string; total?: boolean }) {
  const look = total ? "balance-total" : undefined;
  return (
    <>
      <dt class={look}>{label}</dt>
      <dd class={look}>{amount}</dd>
    </>
  );
}
