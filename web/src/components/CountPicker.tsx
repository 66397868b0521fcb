import { outputsOf } from "../catalogue";
import { inputs, setInput, text } from "../state";
import type { ModelInput } from "../types";
import { Icon } from "./Icon";
import { Popover, takesChoice } from "./Popover";
import { Segments } from "./Segments";

/** How many pictures one prompt gives. */
export function CountPicker({ input }: { input: Extract<ModelInput, { type: "integer" }> }) {
  const { composer } = text.value;
  const value = outputsOf(inputs.value);
  const counts = Array.from({ length: input.maximum - input.minimum + 1 }, (_, n) => input.minimum + n);
  return (
    <Popover
      class="count"
      label={`${composer.count}: ${value}`}
      face={
        <>
          <Icon name="copies" />
          <span>×{value}</span>
        </>
      }
    >
      {(close) => (
        <div {...takesChoice(close)}>
          <h3 aria-hidden="true">{composer.count}</h3>
          <Segments
            id="outputs"
            legend={composer.count}
            value={String(value)}
            options={counts.map((count) => ({ value: String(count), label: String(count), name: composer.pictures(count) }))}
            onChange={(count) => setInput(input.name, Number(count))}
            class="segments-wide"
          />
        </div>
      )}
    </Popover>
  );
}
