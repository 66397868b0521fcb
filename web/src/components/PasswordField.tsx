import { useSignal } from "@preact/signals";
import { text } from "../state";
import { Field } from "./Field";
import { Icon } from "./Icon";

interface Props {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  error: string | null;
  name?: string;
  /** A password to be set, not one that is known. */
  fresh?: boolean;
}

/** A password, which its typist may look at. */
export function PasswordField({ fresh = false, ...field }: Props) {
  const visible = useSignal(false);
  const { landing } = text.value;
  const label = visible.value ? landing.hide : landing.show;
  return (
    <Field
      {...field}
      {...(fresh ? { hint: landing.passwordHint } : {})}
      type={visible.value ? "text" : "password"}
      autoComplete={fresh ? "new-password" : "current-password"}
      end={
        <button
          type="button"
          class="icon-button"
          aria-label={label}
          title={label}
          aria-controls={field.id}
          onClick={() => (visible.value = !visible.value)}
        >
          <Icon name={visible.value ? "eye-off" : "eye"} />
        </button>
      }
    />
  );
}
