import type { ComponentChildren } from "preact";

interface Props {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  error: string | null;
  /** Its name within the form; the id, unless two forms of one page ask for the same. */
  name?: string;
  hint?: string;
  type?: "text" | "email" | "password";
  autoComplete: string;
  /** May stay empty. */
  optional?: boolean;
  /** A whole number: phones show digits. */
  digits?: boolean;
  /** A control inside the field, at its end. */
  end?: ComponentChildren;
  /** Something to do about the error, beside it. */
  help?: ComponentChildren;
}

/** A labelled text field with its hint before and its error beside it. */
export function Field({ id, label, value, onInput, error, name = id, hint, type = "text", autoComplete, optional = false, digits = false, end, help }: Props) {
  const described = [hint && !error && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        <input
          id={id}
          name={name}
          // The types tie each input type to its own roles; none is set here, so that any of the three will do.
          type={type as "text"}
          value={value}
          required={!optional}
          {...(digits ? { inputMode: "numeric" } : {})}
          autoComplete={autoComplete}
          autoCapitalize={type === "text" ? "words" : "none"}
          spellcheck={false}
          aria-invalid={error !== null}
          aria-describedby={described || undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {end}
      </div>
      {hint && !error && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error} {help}
        </p>
      )}
    </div>
  );
}
