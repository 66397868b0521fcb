import { text } from "../state";
import { Field } from "./Field";

interface Props {
  id: string;
  value: string;
  onInput: (value: string) => void;
  /** It is no limit. */
  wrong: boolean;
}

/** Credits that may go in a day. */
export function LimitField({ id, value, onInput, wrong }: Props) {
  const { spending } = text.value.billing;
  return (
    <Field
      id={id}
      label={spending.label}
      value={value}
      onInput={onInput}
      error={wrong ? spending.wrong : null}
      hint={spending.hint}
      autoComplete="off"
      optional
      digits
    />
  );
}
