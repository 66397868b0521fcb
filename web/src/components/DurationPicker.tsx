import { number } from "../shown";
import { inputs, setInput, text } from "../state";
import type { ModelInput } from "../types";
import { Icon } from "./Icon";
import { Popover, takesChoice } from "./Popover";
import { Segments } from "./Segments";
import { Slider } from "./Settings";

/** As many lengths fit beside each other. */
const BESIDE_MAX = 5;

/** How long the film is. Its price follows. */
export function DurationPicker({ input }: { input: Extract<ModelInput, { type: "integer" }> }) {
  const { settings } = text.value;
  const name = settings.names["duration"] ?? input.name;
  const given = inputs.value[input.name];
  const value = typeof given === "number" ? given : (input.default ?? input.minimum);
  const lengths = Array.from({ length: Math.floor((input.maximum - input.minimum) / input.step) + 1 }, (_, n) => input.minimum + n * input.step);
  return (
    <Popover
      class="duration"
      label={`${name}: ${settings.seconds(value, number(value))}`}
      face={
        <>
          <Icon name="clock" />
          <span>{number(value)}&nbsp;s</span>
        </>
      }
    >
      {(close) =>
        lengths.length > BESIDE_MAX ? (
          <Slider input={input} />
        ) : (
          <div {...takesChoice(close)}>
            <h3 aria-hidden="true">{name}</h3>
            <Segments
              id={input.name}
              legend={name}
              value={String(value)}
              options={lengths.map((length) => ({ value: String(length), label: `${number(length)}\u00a0s`, name: settings.seconds(length, number(length)) }))}
              onChange={(length) => setInput(input.name, Number(length))}
              class="segments-wide"
            />
          </div>
        )
      }
    </Popover>
  );
}
