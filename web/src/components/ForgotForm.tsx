import type { RefObject } from "preact";
import { checkEmail, found } from "../account";
import { useForm } from "../form";
import { requestReset } from "../session";
import { phase, text } from "../state";
import { Field } from "./Field";
import { FormTrouble } from "./FormTrouble";
import { Submit } from "./Submit";

interface Props {
  email: string;
  title: RefObject<HTMLHeadingElement | null>;
  /** The heading's level: on a page of its own it is the first. */
  level?: 1 | 2;
  /** Of a link that no longer works, rather than of a password that does not come to mind. */
  expired?: boolean;
  onBack: () => void;
  onMailed: (email: string) => void;
}

/** Asks where to send the link for a new password. */
export function ForgotForm({ email, title, level = 2, expired = false, onBack, onMailed }: Props) {
  const { landing, auth } = text.value;
  const { form, values, trouble, busy, set, say, submit } = useForm(
    { email },
    {
      check: (typed) => found({ email: checkEmail(typed.email) }),
      field: (code) => (code === "INVALID_EMAIL" ? "email" : null),
      send: async (typed) => {
        const met = await requestReset(typed.email.trim());
        if (!met) onMailed(typed.email.trim());
        return met;
      },
    },
  );
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <form class="auth card" ref={form} onSubmit={submit} noValidate aria-labelledby="auth-title">
      <Heading id="auth-title" ref={title} tabIndex={-1}>
        {expired ? auth.expiredTitle : auth.forgotTitle}
      </Heading>
      <p class="auth-lead">{expired ? auth.expiredLead : auth.forgotLead}</p>
      <Field
        id="email"
        label={landing.emailLabel}
        type="email"
        value={values.value.email}
        onInput={set("email")}
        error={say("email", landing.emailMissing)}
        autoComplete="username"
      />
      <FormTrouble trouble={trouble.value} />
      <Submit busy={busy.value}>{auth.forgotSubmit}</Submit>
      <p class="auth-other">
        <button type="button" class="link" onClick={onBack}>
          {phase.value === "studio" ? auth.toStudio : auth.back}
        </button>
      </p>
    </form>
  );
}
