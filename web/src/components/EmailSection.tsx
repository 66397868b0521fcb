import { useSignal } from "@preact/signals";
import { checkEmail, found } from "../account";
import { fieldOf } from "../errors";
import { useForm } from "../form";
import { changeEmail } from "../me";
import { settings, text } from "../state";
import type { Account } from "../types";
import { Address } from "./Address";
import { Field } from "./Field";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";
import { Section } from "./Section";
import { Submit } from "./Submit";

/** The address, and how to change it: nothing moves before its owner has opened the mail. */
export function EmailSection({ account }: { account: Account }) {
  const { email: words } = text.value.account;
  const { email, emailVerified } = account.user;
  /** The new address, once a mail about it is on its way. */
  const asked = useSignal<string | null>(null);
  const { form, values, trouble, busy, set, say, submit, clear } = useForm(
    { "new-email": "" },
    {
      check: (typed) => found({ "new-email": checkEmail(typed["new-email"]) }),
      field: (code) => (fieldOf(code) === "email" ? "new-email" : null),
      send: async (typed) => {
        const address = typed["new-email"].trim();
        asked.value = null;
        const met = await changeEmail(address);
        if (!met) {
          asked.value = address;
          clear({ emptied: true });
        }
        return met;
      },
    },
  );
  return (
    <Section id="email" title={words.title}>
      <p class="account-value">
        <strong>
          <Address>{email}</Address>
        </strong>{" "}
        <span class={emailVerified ? "badge" : "badge badge-plain"}>{emailVerified ? words.confirmed : words.unconfirmed}</span>
      </p>
      {settings.value.mail ? (
        <form ref={form} onSubmit={submit} noValidate>
          <Field
            id="new-email"
            label={words.label}
            type="email"
            value={values.value["new-email"]}
            onInput={set("new-email")}
            error={say("new-email", words.missing)}
            hint={emailVerified ? words.hintConfirmed : words.hint}
            autoComplete="email"
          />
          <FormTrouble trouble={trouble.value} />
          <Submit busy={busy.value} class="primary">
            {words.save}
          </Submit>
        </form>
      ) : (
        <p class="account-note">{words.noMail}</p>
      )}
      <div role="status">
        {asked.value && (
          <div class="flash flash-good">
            <Icon name="mail" />
            <p>{emailVerified ? words.askedConfirmed(email, asked.value) : words.asked(asked.value)}</p>
          </div>
        )}
      </div>
    </Section>
  );
}
