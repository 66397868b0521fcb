import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { checkAccount, type AccountErrors, type AccountField, type AccountMode } from "../account";
import { fieldOf, type ProblemCode } from "../errors";
import { authenticate } from "../session";
import { sessionEnded, text } from "../state";
import { Field } from "./Field";
import { Icon } from "./Icon";

/** Sign-up and sign-in in one card. Errors are kept as codes, so that they follow the language. */
export function AuthForm() {
  const mode = useSignal<AccountMode>(sessionEnded.value ? "in" : "up");
  const fields = useSignal({ name: "", email: "", password: "" });
  const errors = useSignal<AccountErrors>({});
  const formError = useSignal<ProblemCode | null>(null);
  const busy = useSignal(false);
  const visible = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const { landing, problems } = text.value;
  const up = mode.value === "up";

  const set = (field: AccountField) => (value: string) => {
    fields.value = { ...fields.value, [field]: value };
    errors.value = { ...errors.value, [field]: undefined };
    formError.value = null;
  };
  const change = (to: AccountMode) => {
    mode.value = to;
    errors.value = {};
    formError.value = null;
    queueMicrotask(() => form.current?.querySelector<HTMLInputElement>("input")?.focus());
  };
  const show = (found: AccountErrors) => {
    errors.value = found;
    const first = (["name", "email", "password"] as const).find((field) => found[field]);
    if (first) form.current?.querySelector<HTMLInputElement>(`#${first}`)?.focus();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    const found = checkAccount(fields.value, mode.value);
    if (Object.keys(found).length > 0) return show(found);
    busy.value = true;
    const code = await authenticate(fields.value, mode.value);
    busy.value = false;
    if (code === null) return;
    const field = fieldOf(code);
    if (field) show({ [field]: code });
    else formError.value = code;
  };
  const say = (field: AccountField): string | null => {
    const code = errors.value[field];
    if (!code) return null;
    return code === "missing" ? landing[`${field}Missing`] : problems[code];
  };

  return (
    <form class="auth card" ref={form} onSubmit={submit} noValidate aria-labelledby="auth-title">
      <h2 id="auth-title">{up ? landing.signUp : landing.signIn}</h2>
      {sessionEnded.value ? (
        <p class="auth-note" role="status">
          {landing.ended}
        </p>
      ) : (
        <p class="auth-lead">{up ? landing.signUpLead : landing.signInLead}</p>
      )}
      {up && (
        <Field id="name" label={landing.nameLabel} value={fields.value.name} onInput={set("name")} error={say("name")} autoComplete="name" />
      )}
      <Field
        id="email"
        label={landing.emailLabel}
        type="email"
        value={fields.value.email}
        onInput={set("email")}
        error={say("email")}
        autoComplete={up ? "email" : "username"}
        help={
          errors.value.email === "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL" && (
            <button type="button" class="link" onClick={() => change("in")}>
              {landing.useThis}
            </button>
          )
        }
      />
      <Field
        id="password"
        label={landing.passwordLabel}
        type={visible.value ? "text" : "password"}
        value={fields.value.password}
        onInput={set("password")}
        error={say("password")}
        {...(up ? { hint: landing.passwordHint } : {})}
        autoComplete={up ? "new-password" : "current-password"}
        end={
          <button
            type="button"
            class="icon-button"
            aria-label={visible.value ? landing.hide : landing.show}
            title={visible.value ? landing.hide : landing.show}
            onClick={() => (visible.value = !visible.value)}
          >
            <Icon name={visible.value ? "eye-off" : "eye"} />
          </button>
        }
      />
      {formError.value && (
        <p class="form-error" role="alert">
          <Icon name="alert" /> {problems[formError.value]}
        </p>
      )}
      <button type="submit" class="primary wide" aria-disabled={busy.value}>
        {busy.value && <span class="spinner" aria-hidden="true" />}
        {up ? landing.submitUp : landing.submitIn}
      </button>
      <p class="auth-other">
        <button type="button" class="link" onClick={() => change(up ? "in" : "up")}>
          {up ? landing.toIn : landing.toUp}
        </button>
      </p>
    </form>
  );
}
