import { useSignal } from "@preact/signals";
import { billing } from "../billing-state";
import { byKind, modelsFor } from "../catalogue";
import { formatSeconds } from "../format";
import { allows } from "../shortfall";
import { number } from "../shown";
import { chooseModel, lang, model, models, notice, text } from "../state";
import type { Model } from "../types";
import { Icon } from "./Icon";
import { Popover, takesChoice } from "./Popover";

/** More models than this have a search. */
const SEARCH_FROM = 8;

/** Which model draws, with what one has to know to choose: what it is good at, its price, its pace. */
export function ModelPicker() {
  const chosen = model.value;
  if (!chosen) return null;
  const { composer } = text.value;
  return (
    <Popover
      class="model"
      label={`${composer.model}: ${chosen.name}`}
      face={
        <>
          <span class="chip-text">{chosen.name}</span>
          <Icon name="chevron" />
        </>
      }
    >
      {(close) => <Models chosen={chosen} onDone={close} />}
    </Popover>
  );
}

/** All models by kind, or those that a search leaves. */
function Models({ chosen, onDone }: { chosen: Model; onDone: () => void }) {
  const search = useSignal("");
  const { composer, kinds } = text.value;
  const found = modelsFor(models.value, search.value, ({ kind, description }) => `${kinds[kind]} ${description[lang.value]}`);
  const choose = (id: string) => {
    // What was said of the model before is over.
    notice.value = null;
    chooseModel(id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.isComposing || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    const [first] = search.value.trim() === "" ? [] : found;
    if (first) choose(first.id);
    if (first || search.value.trim() === "") onDone();
  };
  return (
    <>
      {models.value.length > SEARCH_FROM && (
        <div class="models-search">
          <Icon name="search" />
          <input
            type="search"
            value={search.value}
            aria-label={composer.modelSearch}
            placeholder={composer.modelSearch}
            autocomplete="off"
            enterKeyHint="done"
            onInput={(event) => (search.value = event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        </div>
      )}
      {found.length === 0 && (
        <p class="models-none" role="status">
          {composer.modelNone}
        </p>
      )}
      <fieldset class="models" {...takesChoice(onDone)}>
        <legend class="visually-hidden">{composer.model}</legend>
        {byKind(found).map(([kind, ofKind]) => (
          <div class="models-kind" role="group" aria-label={kinds[kind]} key={kind}>
            <h3>{kinds[kind]}</h3>
            {ofKind.map((each) => (
              <label class="model-option" key={each.id}>
                <input type="radio" name="model" value={each.id} checked={each.id === chosen.id} onChange={() => choose(each.id)} />
                <span class="model-name">{each.name}</span>
                <span class="model-facts">
                  <span class="model-price">{(each.unit === "second" ? composer.perSecond : composer.each)(each.credits, number(each.credits))}</span>
                  <span>{composer.typically(formatSeconds(each.typicalMs, lang.value))}</span>
                </span>
                <span class="model-description">
                  {each.description[lang.value]}{" "}
                  {!allows(billing.value?.plan.limits, each.id) && <span class="badge badge-plain">{text.value.billing.notInPlan}</span>}
                </span>
              </label>
            ))}
          </div>
        ))}
      </fieldset>
    </>
  );
}
