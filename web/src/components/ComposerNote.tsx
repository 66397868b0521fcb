import { billing } from "../billing-state";
import { cheaperThan } from "../shortfall";
import { credits as shownCredits, number } from "../shown";
import { asked, credits, dearer, fieldError, lang, missing, model, models, obstacle, order, price, text, tooLarge } from "../state";
import { fieldWords, shortfallWords } from "../words";

/** Why the button cannot be pressed, or has to be pressed again, in one line under it. Empty while it can. */
export function ComposerNote() {
  return (
    <p class={`composer-note ${missing.value === 0 && (risen() || !fieldError.value) ? "is-news" : ""}`} id="composer-note" role="status">
      {note()}
    </p>
  );
}

/** What is in the box costs more than when it was ordered. */
function risen(): boolean {
  return dearer.value?.order === order.value;
}

function note(): string {
  const { composer, billing: words } = text.value;
  if (missing.value > 0 && credits.value && model.value) {
    const { available } = credits.value;
    const why = shortfallWords(price.value, available, text.value, lang.value);
    const cheaper = cheaperThan(model.value.id, asked.value, available, models.value, billing.value?.plan.limits);
    return cheaper ? `${why} ${composer.cheaper(cheaper.model.name)}` : why;
  }
  if (risen() && dearer.value) return words.dearer(shownCredits(price.value), number(dearer.value.before));
  return fieldError.value ? fieldWords(fieldError.value, text.value) : pictureNote();
}

/** Which picture is waited for. */
function pictureNote(): string {
  const { pictures } = text.value;
  const why = obstacle.value;
  if (why === "bringing") return pictures.brings;
  if (why === "refused") return pictures.refused;
  if (why === "large" && tooLarge.value) {
    const { times } = tooLarge.value;
    return times > 1 ? pictures.tooLargeEnlarged(number(times)) : pictures.tooLarge;
  }
  return why === null || typeof why === "string" ? "" : pictures.needs[why.role];
}
