import { spendingNews } from "../limit";
import { spentToday } from "../shown";
import type { Spending } from "../types";

/** What the day has come to, beside its limit where it has one. */
export function SpendingMeter({ spending }: { spending: Spending }) {
  const said = spentToday(spending);
  const { dayLimit } = spending;
  if (dayLimit === null) return <p class="account-note">{said}</p>;
  return (
    <div class="spending-meter">
      <p>{said}</p>
      <meter class={spendingNews(spending)?.kind} min={0} max={dayLimit} value={Math.min(spending.spentToday, dayLimit)} aria-label={said} />
    </div>
  );
}
