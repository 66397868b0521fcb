import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { requestReset } from "../session";
import { phase, text } from "../state";
import type { Trouble } from "../trouble";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";

export type InboxKind = "verify" | "reset" | "link" | "join";

/** A mail that was sent: what it is for, to where, and how to send it once more. */
export interface Mailed {
  kind: InboxKind;
  email: string;
  again: () => Promise<Trouble | null>;
}

export const resetMail = (email: string): Mailed => ({ kind: "reset", email, again: () => requestReset(email) });

interface Props extends Mailed {
  title: RefObject<HTMLHeadingElement | null>;
  level?: 1 | 2;
  onBack: () => void;
}

/** A mail is on its way: to where, what it is for, how long it is good, and what to do if it does not come. */
export function Inbox({ kind, email, again, title, level = 2, onBack }: Props) {
  const { auth } = text.value;
  const busy = useSignal(false);
  const sent = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  const sendAgain = async () => {
    if (busy.value) return;
    busy.value = true;
    sent.value = false;
    trouble.value = await again();
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
      <button type="button" class="secondary wide" aria-disabled={busy.value} onClick={() => void sendAgain()}>
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
