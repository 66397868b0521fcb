import { flash, text } from "../state";
import { Icon } from "./Icon";

/** The news that the address brought. They stay until they are closed. */
export function FlashNote() {
  const news = flash.value;
  if (!news) return null;
  const { arrivals, landing } = text.value;
  const good = news.kind === "good";
  return (
    <div class={`flash ${good ? "flash-good" : "flash-bad"}`} role={good ? "status" : "alert"}>
      <Icon name={good ? "check" : "alert"} />
      <p>{good ? arrivals.notices[news.code] : arrivals.errors[news.code]}</p>
      <button type="button" class="icon-button" aria-label={landing.closeNote} title={landing.closeNote} onClick={() => (flash.value = null)}>
        <Icon name="close" />
      </button>
    </div>
  );
}
