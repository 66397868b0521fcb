import { useEffect, useRef } from "preact/hooks";
import { looking } from "../library";
import { shelved, text, titleOf } from "../state";
import { FailedTile } from "./FailedTile";
import { Heard } from "./Heard";
import { Icon } from "./Icon";

/** A failed work of the library: what happened, and what can be done about it. */
export function FailedDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { viewer } = text.value;
  const work = shelved.value.find(({ id }) => id === looking.value);
  useEffect(() => {
    if (work && !dialog.current?.open) dialog.current?.showModal();
    if (!work && dialog.current?.open) {
      dialog.current.close();
      // Removed, its tile is gone too.
      if (document.activeElement === document.body) document.getElementById("works")?.focus({ preventScroll: true });
    }
  }, [work !== undefined]);
  return (
    <dialog
      class="sheet failed-sheet"
      ref={dialog}
      aria-label={work && titleOf(work)}
      onClose={() => (looking.value = null)}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      {work && (
        <>
          <FailedTile entry={{ kind: "generation", key: work.id, generation: work }} />
          <button type="button" class="icon-button sheet-close" aria-label={viewer.close} title={viewer.close} onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </>
      )}
      <Heard />
    </dialog>
  );
}
