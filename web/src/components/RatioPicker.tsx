import { parseRatio } from "../catalogue";
import { inputs, setInput, text } from "../state";
import type { ModelInput } from "../types";
import { Popover, takesChoice } from "./Popover";
import { RatioShape } from "./RatioShape";

/** The picture's shape, shown as a shape. Widest first, so that neighbours look alike. */
export function RatioPicker({ input }: { input: Extract<ModelInput, { type: "choice" }> }) {
  const { composer } = text.value;
  const value = String(inputs.value[input.name] ?? input.default);
  const ratio = (option: string) => parseRatio(option) ?? 1;
  const options = [...input.options].sort((a, b) => ratio(b) - ratio(a));
  return (
    <Popover
      class="ratio"
      label={`${composer.ratio}: ${value}`}
      face={
        <>
          <RatioShape ratio={ratio(value)} />
          <span>{value}</span>
        </>
      }
    >
      {(close) => (
        <fieldset class="ratios" {...takesChoice(close)}>
          <legend>{composer.ratio}</legend>
          {options.map((option) => (
            <label class="ratio-option" key={option}>
              <input
                type="radio"
                name="aspectRatio"
                value={option}
                checked={option === value}
                onChange={() => setInput(input.name, option)}
              />
              <RatioShape ratio={ratio(option)} />
              <span>{option}</span>
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  );
}
