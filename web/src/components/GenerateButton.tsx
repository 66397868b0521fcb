import { formatNumber } from "../format";
import { modKey } from "../keyboard";
import { canGenerate, lang, missing, price, text } from "../state";

/** The one press that costs: it says how much, or how much is missing. */
export function GenerateButton() {
  const { composer } = text.value;
  const number = (value: number) => formatNumber(value, lang.value);
  const short = missing.value > 0;
  return (
    <button
      type="submit"
      class={`primary generate ${short ? "is-short" : ""}`}
      aria-disabled={!canGenerate.value}
      aria-describedby="composer-note"
      aria-keyshortcuts="Control+Enter Meta+Enter"
      title={`${composer.generate} (${modKey()} + Enter)`}
    >
      {short ? (
        <span>{composer.short(missing.value, number(missing.value))}</span>
      ) : (
        <>
          <span>{composer.generate}</span>
          <span class="generate-price">· {composer.price(price.value, number(price.value))}</span>
        </>
      )}
    </button>
  );
}
