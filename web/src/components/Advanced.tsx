import { inputs, text } from "../state";
import type { Model } from "../types";
import { Icon } from "./Icon";
import { Popover } from "./Popover";
import { SettingField, type Setting } from "./Settings";

/** These have chips of their own. */
const ELSEWHERE = new Set(["aspectRatio", "outputs", "duration"]);

/** Every other setting the model takes, those this page has no words for included. */
export function Advanced({ model }: { model: Model }) {
  const { composer } = text.value;
  const rest = model.inputs.filter((input): input is Setting => input.type !== "images" && !ELSEWHERE.has(input.name));
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
          {rest.map((input) => (
            <SettingField key={input.name} input={input} />
          ))}
        </>
      )}
    </Popover>
  );
}
