import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { leaving } from "../billing-state";
import { text } from "../state";
import type { Trouble } from "../trouble";
import { FormTrouble } from "./FormTrouble";

interface Props {
  /** What is asked of Stripe, as `leaving` names it. */
  name: string;
  leave: () => Promise<Trouble | null>;
  class?: string;
  children: ComponentChildren;
}

/** Leaves for Stripe. Until the browser has gone it stays in place, and no other one of its kind can be pressed. */
export function LeaveButton({ name, leave, class: extra = "secondary", children }: Props) {
  const trouble = useSignal<Trouble | null>(null);
  const mine = leaving.value === name;
  const press = async () => {
    trouble.value = null;
    trouble.value = await leave();
  };
  return (
    <>
      <button type="button" class={extra} aria-disabled={leaving.value !== null} onClick={() => void press()}>
        {mine && <span class="spinner" role="status" aria-label={text.value.billing.leaving} />}
        {children}
      </button>
      <FormTrouble trouble={trouble.value} />
    </>
  );
}
