import type { RefObject } from "preact";
import { checkSignIn, checkSignUp, type Errors, type FieldTrouble, type SignUpFields } from "../account";
import { fieldOf, type ProblemCode } from "../errors";
import { useForm } from "../form";
import { sendMagicLink, sendVerification, signIn, signInWithGoogle, signUp } from "../session";
import { flash, sessionEnded, settings, text } from "../state";
import type { Mailed } from "./Inbox";
import { Check } from "./Check";
import { Field } from "./Field";
import { FlashNote } from "./FlashNote";
import { FormTrouble } from "./FormTrouble";
import { GoogleButton } from "./GoogleButton";
import { PasswordField } from "./PasswordField";
import { Submit } from "./Submit";

export type AuthMode = "up" | "in";
type Name = keyof SignUpFields | "remember";
type Typed = Record<Name, string>;

interface Props {
  mode: AuthMode;
  email: string;
  title: RefObject<HTMLHeadingElement | null>;
  onMode: (mode: AuthMode) => void;
  onForgot: (email: string) => void;
  onMailed: (mailed: Mailed) => void;
}

function authField(code: ProblemCode): "email" | "password" | null {
  const field = fieldOf(code);
  return field === "current" ? "password" : field;
}

function isTaken(trouble: FieldTrouble | undefined): boolean {
  return trouble !== undefined && trouble !== "missing" && trouble.code === "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL";
}

/** Sign-up and sign-in in one form, so that what is typed stays when one turns out to be the other. */
export function AuthForm({ mode, email, title, onMode, onForgot, onMailed }: Props) {
  const { landing, auth } = text.value;
  const { google, magicLink, mail, minimumAge } = settings.value;
  const up = mode === "up";
  const { form, values, errors, trouble, busy, set, say, run, checked, submit, clear } = useForm<Name>(
    { name: "", email, password: "", age: "", remember: "yes" },
    { check, send, field: authField },
  );
  const address = () => values.value.email.trim();

  function check(typed: Typed): Errors<Name> {
    return up ? checkSignUp(typed) : checkSignIn(typed);
  }
  async function send(typed: Typed) {
    const who = { email: address(), password: typed.password };
    if (up) {
      const met = await signUp(typed.name, who);
      if (met !== "confirm") return met;
    } else {
      const met = await signIn(who, typed.remember !== "");
      if (met?.code !== "EMAIL_NOT_VERIFIED") return met;
    }
    onMailed({ kind: "verify", email: who.email, again: () => sendVerification(who.email) });
    return null;
  }
  const change = (to: AuthMode) => {
    clear();
    // News told why one stood at the other form.
    flash.value = null;
    onMode(to);
  };
  // No way makes an account before the age is confirmed; the sign-in, which does not ask, makes none.
  const newcomers = up ? "welcome" : "refused";
  const withGoogle = () => {
    if (!up || checked(["age"])) void run(() => signInWithGoogle(newcomers));
  };
  const withLink = () => {
    if (!checked(up ? ["email", "age"] : ["email"])) return;
    const email = address();
    const again = () => sendMagicLink(email, newcomers, up ? values.peek().name : "");
    void run(async () => {
      const met = await again();
      if (!met) onMailed({ kind: up ? "join" : "link", email, again });
      return met;
    });
  };
  return (
    <form class="auth card" ref={form} onSubmit={submit} noValidate aria-labelledby="auth-title">
      <h2 id="auth-title" ref={title} tabIndex={-1}>
        {up ? landing.signUp : landing.signIn}
      </h2>
      {flash.value ? (
        <FlashNote />
      ) : sessionEnded.value ? (
        <p class="auth-note" role="status">
          {sessionEnded.value === "again" ? auth.againNote : landing.ended}
        </p>
      ) : (
        <p class="auth-lead">{up ? landing.signUpLead : landing.signInLead}</p>
      )}
      {up && (
        <Field id="name" label={landing.nameLabel} value={values.value.name} onInput={set("name")} error={say("name", landing.nameMissing)} autoComplete="name" />
      )}
      <Field
        id="email"
        label={landing.emailLabel}
        type="email"
        value={values.value.email}
        onInput={set("email")}
        error={say("email", landing.emailMissing)}
        autoComplete={up ? "email" : "username"}
        help={
          isTaken(errors.value.email) && (
            <button type="button" class="link" onClick={() => change("in")}>
              {landing.useThis}
            </button>
          )
        }
      />
      <PasswordField
        id="password"
        label={landing.passwordLabel}
        value={values.value.password}
        onInput={set("password")}
        error={say("password", up ? auth.newPasswordMissing : landing.passwordMissing)}
        fresh={up}
      />
      {up ? (
        <Check
          id="age"
          checked={values.value.age !== ""}
          onChange={(on) => set("age")(on ? "yes" : "")}
          error={say("age", auth.ageMissing(minimumAge))}
        >
          {auth.age(minimumAge)}
        </Check>
      ) : (
        <div class="auth-options">
          <Check id="remember" checked={values.value.remember !== ""} onChange={(on) => set("remember")(on ? "yes" : "")}>
            {auth.remember}
          </Check>
          {mail && (
            <button type="button" class="link" onClick={() => onForgot(address())}>
              {auth.forgot}
            </button>
          )}
        </div>
      )}
      <FormTrouble trouble={trouble.value} />
      <Submit busy={busy.value}>{up ? landing.submitUp : landing.submitIn}</Submit>
      {(google || magicLink) && (
        <div class="auth-ways">
          <p class="auth-or">{auth.or}</p>
          {google && <GoogleButton onClick={withGoogle}>{auth.google}</GoogleButton>}
          {magicLink && (
            <button type="button" class="secondary wide" onClick={withLink}>
              {auth.magicLink}
            </button>
          )}
        </div>
      )}
      <p class="auth-other">
        <button type="button" class="link" onClick={() => change(up ? "in" : "up")}>
          {up ? landing.toIn : landing.toUp}
        </button>
      </p>
    </form>
  );
}
