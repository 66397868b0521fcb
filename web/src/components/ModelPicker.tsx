import { billing } from "../billing-state";
import { byKind } from "../catalogue";
import { formatSeconds } from "../format";
import { allows } from "../shortfall";
import { number } from "../shown";
import { chooseModel, lang, model, models, text } from "../state";
import { Icon } from "./Icon";
import { Popover, takesChoice } from "./Popover";

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
      {(close) => (
        <fieldset class="models" {...takesChoice(close)}>
          <legend>{composer.model}</legend>
          {byKind(models.value).map(([kind, ofKind]) => (
            <div class="models-kind" role="group" aria-label={text.value.kinds[kind]} key={kind}>
              <h3>{text.value.kinds[kind]}</h3>
              {ofKind.map((each) => (
                <label class="model-option" key={each.id}>
                  <input
                    type="radio"
                    name="model"
                    value={each.id}
                    checked={each.id === chosen.id}
                    onChange={() => chooseModel(each.id)}
                  />
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
      )}
    </Popover>
  );
}
