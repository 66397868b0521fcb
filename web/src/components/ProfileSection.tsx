import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { found } from "../account";
import { useForm } from "../form";
import { formatDate } from "../format";
import { removePicture, rename } from "../me";
import { lang, text } from "../state";
import type { Trouble } from "../trouble";
import type { Account } from "../types";
import { Avatar, pictureOf } from "./Avatar";
import { Field } from "./Field";
import { FormTrouble } from "./FormTrouble";
import { Section } from "./Section";
import { Submit } from "./Submit";

/** The name, and the picture that came with a Google account. */
export function ProfileSection({ account }: { account: Account }) {
  const { account: words, landing } = text.value;
  const { form, values, trouble, busy, set, say, submit } = useForm(
    { name: account.user.name },
    {
      check: (typed) => found({ name: typed.name.trim() === "" ? "missing" : null }),
      send: (typed) => rename(typed.name.trim()),
    },
  );
  return (
    <Section id="profile" title={words.profile.title}>
      <Picture account={account} />
      <form ref={form} onSubmit={submit} noValidate>
        <Field
          id="name"
          label={landing.nameLabel}
          value={values.value.name}
          onInput={set("name")}
          error={say("name", landing.nameMissing)}
          autoComplete="name"
        />
        <FormTrouble trouble={trouble.value} />
        <Submit busy={busy.value} class="primary">
          {words.profile.save}
        </Submit>
      </form>
      <p class="account-note">{words.profile.since(formatDate(account.user.createdAt, lang.value))}</p>
    </Section>
  );
}

function Picture({ account }: { account: Account }) {
  const { profile } = text.value.account;
  const trouble = useSignal<Trouble | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const remove = async () => {
    trouble.value = await removePicture();
    if (!trouble.value) box.current?.focus();
  };
  return (
    <div class="profile-picture" ref={box} tabIndex={-1}>
      <span class="avatar avatar-large">
        <Avatar />
      </span>
      {pictureOf(account) ? (
        <div>
          <p>{profile.picture}</p>
          <button type="button" class="secondary small" onClick={() => void remove()}>
            {profile.removePicture}
          </button>
        </div>
      ) : (
        <p>{profile.noPicture}</p>
      )}
      <FormTrouble trouble={trouble.value} />
    </div>
  );
}
