import { number } from "../shown";
import { fieldError, inputs, setInput, text } from "../state";
import type { Model, ModelInput } from "../types";
import { Icon } from "./Icon";
import { Popover } from "./Popover";
import { Segments } from "./Segments";

/** These have chips of their own. */
const ELSEWHERE = new Set(["aspectRatio", "outputs"]);

/** Every other setting the model takes, those this page has no words for included. */
export function Advanced({ model }: { model: Model }) {
  const { composer } = text.value;
  const rest = model.inputs.filter((input) => !ELSEWHERE.has(input.name));
  if (rest.length === 0) return null;
  const changed = rest.some((input) => (inputs.value[input.name] ?? null) !== input.default);
  return (
    <Popover
      class="advanced"
      buttonClass={`chip chip-icon ${changed ? "is-changed" : ""}`}
      label={composer.advanced}
      face={<Icon name="sliders" />}
    >
      {() => (
        <>
          <h3>{composer.advanced}</h3>
          {rest.map((input) => (input.type === "choice" ? <Choice key={input.name} input={input} /> : <Whole key={input.name} input={input} />))}
        </>
      )}
    </Popover>
  );
}

function labelOf(name: string): string {
  const { composer } = text.value;
  if (name === "outputFormat") return composer.format;
  return name === "seed" ? composer.seed : name;
}

function Choice({ input }: { input: Extract<ModelInput, { type: "choice" }> }) {
  const label = labelOf(input.name);
  return (
    <div class="setting">
      <span class="setting-label" aria-hidden="true">
        {label}
      </span>
      <Segments
        id={input.name}
        legend={label}
        value={String(inputs.value[input.name] ?? input.default)}
        options={input.options.map((option) => ({ value: option, label: input.name === "outputFormat" ? option.toUpperCase() : option }))}
        onChange={(value) => setInput(input.name, value)}
        class="segments-wide"
      />
    </div>
  );
}

function Whole({ input }: { input: Extract<ModelInput, { type: "integer" }> }) {
  const { composer } = text.value;
  const value = inputs.value[input.name];
  const id = `setting-${input.name}`;
  const optional = input.default === null;
  const wrong = fieldError.value === input.name;
  const take = (typed: string) => {
    if (typed.trim() === "") return setInput(input.name, input.default);
    const whole = Math.round(Number(typed));
    if (Number.isFinite(whole)) setInput(input.name, Math.min(input.maximum, Math.max(input.minimum, whole)));
  };
  return (
    <div class="setting">
      <label class="setting-label" for={id}>
        {labelOf(input.name)}
      </label>
      <div class="field-box">
        <input
          id={id}
          type="number"
          inputMode="numeric"
          step={1}
          min={input.minimum}
          max={input.maximum}
          value={value ?? ""}
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
        {wrong || !optional ? composer.seedRange(number(input.minimum), number(input.maximum)) : composer.seedHint}
      </p>
    </div>
  );
}
