import { spending, spendingSeen } from "../billing-state";
import { dayEnds, spendingNews } from "../limit";
import { follow } from "../route";
import { lang, text } from "../state";
import { spendingWords } from "../words";
import { Icon } from "./Icon";

/** In the studio: the day's limit is near, or reached. Put away, it comes back only with something new. */
export function SpendingNote() {
  const { billing, landing } = text.value;
  const news = spendingNews(spending.value);
  const what = news && `${news.kind} ${news.limit} ${dayEnds(Date.now())}`;
  const shown = news && spendingSeen.value !== what;
  return (
    <div role="status">
      {shown && (
        <aside class="banner banner-warn" aria-label={billing.spending.title}>
          <Icon name="coin" />
          <p>{spendingWords(news, text.value, lang.value, Date.now())}</p>
          <a class="secondary small" href="/billing" onClick={follow("/billing", "spending")}>
            {billing.problem.change}
          </a>
          <button type="button" class="icon-button" aria-label={landing.closeNote} title={landing.closeNote} onClick={() => (spendingSeen.value = what)}>
            <Icon name="close" />
          </button>
        </aside>
      )}
    </div>
  );
}
