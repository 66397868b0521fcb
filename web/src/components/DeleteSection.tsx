import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { text } from "../state";
import type { Account } from "../types";
import { DeleteForm } from "./DeleteForm";
import { Section } from "./Section";

/** The end of the account, behind a button so that its form does not lie about. */
export function DeleteSection({ account }: { account: Account }) {
  const { remove } = text.value.account;
  const open = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const opened = useRef(false);
  useLayoutEffect(() => {
    if (!open.value && opened.current) button.current?.focus();
    opened.current = open.value;
  }, [open.value]);
  return (
    <Section id="remove" title={remove.title} lead={remove.lead}>
      {open.value ? (
        <DeleteForm account={account} id="delete" onCancel={() => (open.value = false)} />
      ) : (
        <button type="button" class="secondary quiet-danger" ref={button} onClick={() => (open.value = true)}>
          {remove.open}
        </button>
      )}
    </Section>
  );
}
