import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { found } from "../account";
import { fieldOf } from "../errors";
import { useForm } from "../form";
import { deleteAccount } from "../me";
import { settings, text } from "../state";
import type { Account } from "../types";
import { Check } from "./Check";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";
import { PasswordField } from "./PasswordField";
import { Submit } from "./Submit";

interface Props {
  account: Account;
  /** Begins the ids of its fields. */
  id: string;
  onCancel: () => void;
}

/** Deletes the account: after its password, or a tick where it has none; where the operator wants it, after a mail too. */
export function DeleteForm({ account, id, onCancel }: Props) {
  const { account: words, landing } = text.value;
  const mailed = useSignal(false);
  const read = useRef<HTMLElement | null>(null);
  const proof = `${id}-proof`;
  const { form, values, trouble, busy, set, say, submit } = useForm<string>(
    { [proof]: "" },
    {
      check: (typed) => found({ [proof]: typed[proof] === "" ? "missing" : null }),
      field: (code) => (account.hasPassword && fieldOf(code) === "current" ? proof : null),
      send: async (typed) => {
        const met = await deleteAccount(account.hasPassword ? (typed[proof] ?? "") : null);
        if (met !== "mailed") return met;
        mailed.value = true;
        return null;
      },
    },
  );
  // What goes is to be read before anything is typed, and what was sent after it.
  useLayoutEffect(() => read.current?.focus(), [mailed.value]);
  const toRead = (element: HTMLElement | null) => {
    read.current = element;
  };
  if (mailed.value) {
    return (
      <div class="flash flash-good" ref={toRead} tabIndex={-1}>
        <Icon name="mail" />
        <p>{words.remove.mailed(account.user.email)}</p>
      </div>
    );
  }
  const byMail = settings.value.deleteVerification;
  return (
    <form class="delete-form" ref={form} onSubmit={submit} noValidate>
      <ul class="goes" ref={toRead} tabIndex={-1}>
        {words.remove.goes.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      <p>
        <strong>{words.remove.forGood}</strong>
      </p>
      {account.hasPassword ? (
        <PasswordField
          id={proof}
          label={words.remove.password}
          value={values.value[proof] ?? ""}
          onInput={set(proof)}
          error={say(proof, landing.passwordMissing)}
        />
      ) : (
        <Check id={proof} checked={values.value[proof] !== ""} onChange={(on) => set(proof)(on ? "yes" : "")} error={say(proof, words.remove.sureMissing)}>
          {words.remove.sure}
        </Check>
      )}
      <FormTrouble trouble={trouble.value} />
      <div class="form-actions">
        <Submit busy={busy.value} class="danger">
          {byMail ? words.remove.mail : words.remove.now}
        </Submit>
        <button type="button" class="secondary" onClick={onCancel}>
          {words.remove.cancel}
        </button>
      </div>
    </form>
  );
}
