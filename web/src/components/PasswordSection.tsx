import { useSignal } from "@preact/signals";
import { checkNewPassword, found } from "../account";
import { fieldOf } from "../errors";
import { useForm } from "../form";
import { changePassword, mailPasswordLink } from "../me";
import { settings, text } from "../state";
import type { Trouble } from "../trouble";
import type { Account } from "../types";
import { Check } from "./Check";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";
import { PasswordField } from "./PasswordField";
import { Section } from "./Section";
import { Submit } from "./Submit";

export function PasswordSection({ account }: { account: Account }) {
  const { password } = text.value.account;
  return (
    <Section id="password" title={password.title} {...(account.hasPassword ? {} : { lead: password.none })}>
      {account.hasPassword ? <Change email={account.user.email} /> : <First email={account.user.email} />}
    </Section>
  );
}

function Change({ email }: { email: string }) {
  const { account, auth, landing } = text.value;
  const { form, values, trouble, busy, set, say, submit, clear } = useForm(
    { "current-password": "", "new-password": "", "end-others": "yes" },
    {
      check: (typed) =>
        found({
          "current-password": typed["current-password"] === "" ? "missing" : null,
          "new-password": checkNewPassword(typed["new-password"]),
          "end-others": null,
        }),
      field: (code) => {
        const field = fieldOf(code);
        return field === "current" ? "current-password" : field === "password" ? "new-password" : null;
      },
      send: async (typed) => {
        const met = await changePassword(typed["current-password"], typed["new-password"], typed["end-others"] !== "");
        if (!met) clear({ emptied: true });
        return met;
      },
    },
  );
  return (
    <form ref={form} onSubmit={submit} noValidate>
      {/* Password managers look for whose password it is. */}
      <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        id="current-password"
        label={account.password.current}
        value={values.value["current-password"]}
        onInput={set("current-password")}
        error={say("current-password", landing.passwordMissing)}
      />
      <PasswordField
        id="new-password"
        label={auth.newPassword}
        value={values.value["new-password"]}
        onInput={set("new-password")}
        error={say("new-password", auth.newPasswordMissing)}
        fresh
      />
      <Check id="end-others" checked={values.value["end-others"] !== ""} onChange={(on) => set("end-others")(on ? "yes" : "")}>
        {account.password.endOthers}
      </Check>
      <FormTrouble trouble={trouble.value} />
      <Submit busy={busy.value} class="primary">
        {account.password.save}
      </Submit>
    </form>
  );
}

/** The first password comes by mail, as a forgotten one does: so the address is proven. */
function First({ email }: { email: string }) {
  const { password } = text.value.account;
  const busy = useSignal(false);
  const sent = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  if (!settings.value.mail) return <p class="account-note">{password.noMail}</p>;
  const send = async () => {
    if (busy.value) return;
    busy.value = true;
    trouble.value = await mailPasswordLink();
    sent.value = trouble.value === null;
    busy.value = false;
  };
  return (
    <>
      <FormTrouble trouble={trouble.value} />
      <button type="button" class="primary" aria-disabled={busy.value} onClick={() => void send()}>
        {busy.value && <span class="spinner" aria-hidden="true" />}
        {password.send}
      </button>
      <div role="status">
        {sent.value && (
          <div class="flash flash-good">
            <Icon name="mail" />
            <p>{password.sent(email)}</p>
          </div>
        )}
      </div>
    </>
  );
}
