import { useEffect, useRef } from "preact/hooks";
import { loadBilling } from "../billing";
import { billing, till } from "../billing-state";
import { focusPrompt } from "../draft";
import { text } from "../state";
import { Heard } from "./Heard";
import { Icon } from "./Icon";
import { TillBody } from "./TillBody";

/** Where credits are bought from the studio, beforehand or because an order lacks them. */
export function TillDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const ordering = useRef(false);
  const open = till.value;
  const { viewer } = text.value;
  useEffect(() => {
    if (open) {
      ordering.current = open.for === "order";
      if (!dialog.current?.open) dialog.current?.showModal();
      if (!billing.peek()) void loadBilling();
    } else if (dialog.current?.open) dialog.current.close();
  }, [open]);
  const close = () => dialog.current?.close();
  const onClose = () => {
    till.value = null;
    // Nothing was bought: one goes on with the words, wherever the order was sent from.
    if (ordering.current) focusPrompt();
  };
  return (
    <dialog
      class="sheet till"
      ref={dialog}
      aria-labelledby={open ? "till-title" : undefined}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && close()}
    >
      {open && (
        <div class="sheet-body">
          <TillBody till={open} onClose={close} />
          <button type="button" class="icon-button sheet-close" aria-label={viewer.close} title={viewer.close} onClick={close}>
            <Icon name="close" />
          </button>
        </div>
      )}
      <Heard />
    </dialog>
  );
}
