import { selling } from "../billing-state";
import { modKey } from "../keyboard";
import { credits, number } from "../shown";
import { canGenerate, missing, obstacle, price, text } from "../state";

/** The one press that costs: it says how much, or how much is missing; then it opens the way to more. */
export function GenerateButton() {
  const { composer } = text.value;
  const short = missing.value > 0;
  // Lacking a picture, a press leads to where it is added.
  const lacks = obstacle.value !== null && typeof obstacle.value !== "string";
  return (
    <button
      type="submit"
      id="generate"
      class={`primary generate ${short ? "is-short" : ""}`}
      aria-disabled={!short && !canGenerate.value && !lacks}
      aria-haspopup={short ? "dialog" : undefined}
      aria-describedby="composer-note"
      aria-keyshortcuts="Control+Enter Meta+Enter"
      title={`${composer.generate} (${modKey()} + Enter)`}
    >
      {short ? (
        <span>{(selling.value ? composer.addCredits : composer.short)(missing.value, number(missing.value))}</span>
      ) : (
        <>
          <span>{composer.generate}</span>
          <span class="generate-price">· {credits(price.value)}</span>
        </>
      )}
    </button>
  );
}
