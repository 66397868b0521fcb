import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { requestReset, sendMagicLink, sendVerification } from "../session";
import { phase, text } from "../state";
import type { Trouble } from "../trouble";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";

export type InboxKind = "verify" | "reset" | "link";

const SEND = { verify: sendVerification, reset: requestReset, link: sendMagicLink } as const;

interface Props {
  kind: InboxKind;
  email: string;
  title: RefObject<HTMLHeadingElement | null>;
  level?: 1 | 2;
  onBack: () => void;
}

/** A mail is on its way: to where, what it is for, how long it is good, and what to do if it does not come. */
export function Inbox({ kind, email, title, level = 2, onBack }: Props) {
  const { auth } = text.value;
  const busy = useSignal(false);
  const sent = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  const again = async () => {
    if (busy.value) return;
    busy.value = true;
    sent.value = false;
    trouble.value = await SEND[kind](email);
    sent.value = trouble.value === null;
    busy.value = false;
  };
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <section class="auth card inbox" aria-labelledby="auth-title">
      <Icon name="mail" />
      <Heading id="auth-title" ref={title} tabIndex={-1}>
        {auth.inboxTitle}
      </Heading>
      <p>{auth.inbox[kind](email)}</p>
      <p class="auth-small">{auth.inboxSpam}</p>
      <FormTrouble trouble={trouble.value} />
      <button type="button" class="secondary wide" aria-disabled={busy.value} onClick={() => void again()}>
        {busy.value && <span class="spinner" aria-hidden="true" />}
        {auth.sendAgain}
      </button>
      <p class="auth-small" role="status">
        {sent.value ? auth.sentAgain : ""}
      </p>
      <p class="auth-other">
        <button type="button" class="link" onClick={onBack}>
          {phase.value === "studio" ? auth.toStudio : auth.back}
        </button>
      </p>
    </section>
  );
}
