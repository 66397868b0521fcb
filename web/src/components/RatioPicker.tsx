import { parseRatio } from "../catalogue";
import { inputs, setInput, text } from "../state";
import type { ModelInput } from "../types";
import { settingWords } from "../words";
import { Icon } from "./Icon";
import { Popover, takesChoice } from "./Popover";
import { RatioShape } from "./RatioShape";

/** The picture's shape, shown as a shape. Widest first, so that neighbours look alike. */
export function RatioPicker({ input }: { input: Extract<ModelInput, { type: "choice" }> }) {
  const { composer } = text.value;
  const value = String(inputs.value[input.name] ?? input.default);
  const ratio = (option: string) => parseRatio(option) ?? 1;
  const { option: shown } = settingWords(input.name, text.value);
  // What is no ratio of its own, such as "match", comes first.
  const place = (option: string) => parseRatio(option) ?? Infinity;
  const options = [...input.options].sort((a, b) => (place(a) === place(b) ? 0 : place(b) - place(a)));
  return (
    <Popover
      class="ratio"
      label={`${composer.ratio}: ${shown(value)}`}
      face={
        <>
          {parseRatio(value) === null ? <Icon name="frame" /> : <RatioShape ratio={ratio(value)} />}
          <span class={parseRatio(value) === null ? "ratio-word" : undefined}>{shown(value)}</span>
        </>
      }
    >
      {(close) => (
        <fieldset class="ratios" {...takesChoice(close)}>
          <legend>{composer.ratio}</legend>
          {options.map((option) => (
            <label class={`ratio-option ${parseRatio(option) === null ? "ratio-wide" : ""}`} key={option}>
              <input
                type="radio"
                name="aspectRatio"
                value={option}
                checked={option === value}
                onChange={() => setInput(input.name, option)}
              />
              {parseRatio(option) === null ? <Icon name="frame" /> : <RatioShape ratio={ratio(option)} />}
              <span>{shown(option)}</span>
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  );
}
