import { priceOf } from "../catalogue";
import { credits, fieldError, inputs, lang, missing, model, models, price, text } from "../state";
import { fieldWords, shortfallWords } from "../words";

/** Why the button cannot be pressed, in one line under it. Empty while it can. */
export function ComposerNote() {
  return (
    <p class="composer-note" id="composer-note" role="status">
      {note()}
    </p>
  );
}

function note(): string {
  if (missing.value > 0 && credits.value) {
    const { available } = credits.value;
    const why = shortfallWords(price.value, available, text.value, lang.value);
    const cheaper = models.value.find((each) => each.id !== model.value?.id && priceOf(each, inputs.value) <= available);
    return cheaper ? `${why} ${text.value.composer.cheaper(cheaper.name)}` : why;
  }
  return fieldError.value ? fieldWords(fieldError.value, text.value) : "";
}
