import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { checkNewPassword, found } from "../account";
import { fieldOf } from "../errors";
import { useForm } from "../form";
import { go } from "../route";
import { resetPassword } from "../session";
import { phase, resetToken, text } from "../state";
import { ForgotForm } from "./ForgotForm";
import { FormTrouble } from "./FormTrouble";
import { Inbox, resetMail } from "./Inbox";
import { PasswordField } from "./PasswordField";
import { Submit } from "./Submit";
import { TopBar } from "./TopBar";

/** Where the link of a mail leads: a new password, or, with a link that is no longer good, another mail. */
export function ResetPassword() {
  const mailed = useSignal<string | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const token = resetToken.value;
  const stage = token !== null ? "choose" : mailed.value !== null ? "inbox" : "ask";
  const before = useRef(stage);
  useLayoutEffect(() => {
    if (before.current !== stage) title.current?.focus();
    before.current = stage;
  }, [stage]);
  const home = () => go("/", { replace: true });
  return (
    <div class="landing narrow">
      <TopBar />
      <main class="narrow-main">
        {stage === "choose" && <NewPassword title={title} onBack={home} />}
        {stage === "ask" && (
          <ForgotForm email="" title={title} level={1} expired onBack={home} onMailed={(address) => (mailed.value = address)} />
        )}
        {stage === "inbox" && <Inbox {...resetMail(mailed.value ?? "")} title={title} level={1} onBack={home} />}
      </main>
    </div>
  );
}

function NewPassword({ title, onBack }: { title: RefObject<HTMLHeadingElement | null>; onBack: () => void }) {
  const { auth } = text.value;
  const { form, values, trouble, busy, set, say, submit } = useForm(
    { password: "" },
    {
      check: (typed) => found({ password: checkNewPassword(typed.password) }),
      field: (code) => (fieldOf(code) === "password" ? "password" : null),
      send: async (typed) => {
        const met = await resetPassword(typed.password);
        // The link was used meanwhile, or has run out: there is no other way than another one.
        if (met?.code === "INVALID_TOKEN" || met?.code === "USER_NOT_FOUND") resetToken.value = null;
        return met;
      },
    },
  );
  return (
    <form class="auth card" ref={form} onSubmit={submit} noValidate aria-labelledby="auth-title">
      <h1 id="auth-title" ref={title} tabIndex={-1}>
        {auth.resetTitle}
      </h1>
      <p class="auth-lead">{auth.resetLead}</p>
      <PasswordField
        id="password"
        label={auth.newPassword}
        value={values.value.password}
        onInput={set("password")}
        error={say("password", auth.newPasswordMissing)}
        fresh
      />
      <FormTrouble trouble={trouble.value} />
      <Submit busy={busy.value}>{auth.resetSubmit}</Submit>
      <p class="auth-other">
        <button type="button" class="link" onClick={onBack}>
          {phase.value === "studio" ? auth.toStudio : auth.back}
        </button>
      </p>
    </form>
  );
}
