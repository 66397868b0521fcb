import { purchase, type Purchase } from "../billing-state";
import { number } from "../shown";
import { prompt, text } from "../state";
import { place } from "../route";
import { Icon } from "./Icon";

const ICONS = { good: "check", bad: "alert", plain: "card" } as const;

function looks({ say }: Purchase): keyof typeof ICONS {
  return say === "paid" ? "good" : say === "failed" ? "bad" : "plain";
}

/** What became of the purchase that one came back from. The region is there before its news, so that they are told. */
export function PurchaseNote() {
  const news = purchase.value;
  const { landing } = text.value;
  return (
    <div role="status" class="purchase">
      {news && (
        <div class={`flash flash-${looks(news)}`} data-purchase={news.say}>
          {news.say === "asking" ? <span class="spinner" aria-hidden="true" /> : <Icon name={ICONS[looks(news)]} />}
          <p>{words(news)}</p>
          {news.say !== "asking" && (
            <button type="button" class="icon-button" aria-label={landing.closeNote} title={landing.closeNote} onClick={() => (purchase.value = null)}>
              <Icon name="close" />
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function words({ say, checkout }: Purchase): string {
  const { purchase: said } = text.value.billing;
  if (say === "paid" && checkout) {
    return said.added(checkout.credits, number(checkout.credits));
  }
  const back = say === "canceled" && place.value === "home" && prompt.value.trim() !== "";
  if (back) return `${said.canceled} ${said.prompt}`;
  return say === "paid" ? "" : said[say];
}
