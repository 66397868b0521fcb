import { nearest } from "../catalogue";
import { number } from "../shown";
import { fieldError, inputs, setInput, text } from "../state";
import type { ImagesInput, ModelInput } from "../types";
import { settingWords } from "../words";
import { Icon } from "./Icon";
import { Segments } from "./Segments";

export type Setting = Exclude<ModelInput, ImagesInput>;
type Of<Type extends Setting["type"]> = Extract<Setting, { type: Type }>;

/** A scale with more places than this is easier to write than to slide along. */
const PLACES_MAX = 100;
/** More choices than this do not fit beside each other. */
const BESIDE_MAX = 4;

/** One setting of a model, by its type. */
export function SettingField({ input }: { input: Setting }) {
  switch (input.type) {
    case "choice":
      return <Choice input={input} />;
    case "switch":
      return <Switch input={input} />;
    case "decimal":
      return <Slider input={input} />;
    case "integer": {
      const places = (input.maximum - input.minimum) / input.step;
      return input.default !== null && places <= PLACES_MAX ? <Slider input={input} /> : <Whole input={input} />;
    }
  }
}

function Choice({ input }: { input: Of<"choice"> }) {
  const { label, option: shown } = settingWords(input.name, text.value);
  const choices = input.options.map((option) => ({ value: option, label: shown(option) }));
  return (
    <div class="setting">
      <span class="setting-label" aria-hidden="true">
        {label}
      </span>
      <Segments
        id={input.name}
        legend={label}
        value={String(inputs.value[input.name] ?? input.default)}
        options={choices}
        onChange={(value) => setInput(input.name, value)}
        class={`segments-wide ${choices.length > BESIDE_MAX ? "segments-rows" : ""}`}
      />
    </div>
  );
}

function Switch({ input }: { input: Of<"switch"> }) {
  const value = inputs.value[input.name];
  return (
    <label class="check setting">
      <input
        type="checkbox"
        checked={typeof value === "boolean" ? value : input.default}
        onChange={(event) => setInput(input.name, event.currentTarget.checked)}
      />
      <span>{settingWords(input.name, text.value).label}</span>
    </label>
  );
}

/** A number along a scale, shown beside it. */
export function Slider({ input }: { input: Of<"integer" | "decimal"> }) {
  const { label, hint, amount } = settingWords(input.name, text.value);
  const given = inputs.value[input.name];
  const value = typeof given === "number" ? given : (input.default ?? input.minimum);
  const id = `setting-${input.name}`;
  return (
    <div class="setting">
      <label class="setting-label setting-scale" for={id}>
        <span>{label}</span>
        <output for={id}>{amount(value, number(value))}</output>
      </label>
      <input
        id={id}
        class="scale"
        type="range"
        min={input.minimum}
        max={input.maximum}
        step={input.type === "integer" ? input.step : 0.01}
        value={value}
        aria-valuetext={amount(value, number(value))}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => setInput(input.name, nearest(input, event.currentTarget.valueAsNumber))}
      />
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

function Whole({ input }: { input: Of<"integer"> }) {
  const { composer, settings } = text.value;
  const value = inputs.value[input.name];
  const id = `setting-${input.name}`;
  const optional = input.default === null;
  const wrong = fieldError.value === input.name;
  const take = (typed: string) => {
    if (typed.trim() === "") return setInput(input.name, input.default);
    const given = Number(typed);
    if (Number.isFinite(given)) setInput(input.name, nearest(input, given));
  };
  const range = composer.seedRange(number(input.minimum), number(input.maximum));
  return (
    <div class="setting">
      <label class="setting-label" for={id}>
        {settingWords(input.name, text.value).label}
      </label>
      <div class="field-box">
        <input
          id={id}
          type="number"
          inputMode="numeric"
          step={input.step}
          min={input.minimum}
          max={input.maximum}
          value={typeof value === "number" ? value : ""}
          placeholder={optional ? composer.seedRandom : ""}
          aria-invalid={wrong}
          aria-describedby={`${id}-hint`}
          onChange={(event) => take(event.currentTarget.value)}
        />
        {optional && value !== null && value !== undefined && (
          <button type="button" class="icon-button" aria-label={composer.seedClear} title={composer.seedClear} onClick={() => setInput(input.name, null)}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <p class={wrong ? "field-error" : "field-hint"} id={`${id}-hint`}>
        {!wrong && optional ? composer.seedHint : input.step === 1 ? range : settings.steps(range, number(input.step))}
      </p>
    </div>
  );
}
