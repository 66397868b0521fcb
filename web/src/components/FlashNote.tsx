import type { Flash } from "../arrivals";
import { flash, text } from "../state";
import { Icon, type IconName } from "./Icon";

const ICONS: Record<Flash["kind"], IconName> = { good: "check", bad: "alert", newcomer: "user" };

/** The news that the address brought. They stay until they are closed. */
export function FlashNote() {
  const news = flash.value;
  if (!news) return null;
  const { landing } = text.value;
  return (
    <div class={`flash flash-${news.kind}`} role={news.kind === "bad" ? "alert" : "status"}>
      <Icon name={ICONS[news.kind]} />
      <p>{words(news)}</p>
      <button type="button" class="icon-button" aria-label={landing.closeNote} title={landing.closeNote} onClick={() => (flash.value = null)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function words(news: Flash): string {
  const { notices, errors, newcomers } = text.value.arrivals;
  switch (news.kind) {
    case "good":
      return notices[news.code];
    case "bad":
      return errors[news.code];
    case "newcomer":
      return newcomers[news.code];
  }
}
