import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { confirmAge } from "../me";
import { signOut } from "../session";
import { account, settings, text } from "../state";
import type { Trouble } from "../trouble";
import type { Account } from "../types";
import { DeleteForm } from "./DeleteForm";
import { FormTrouble } from "./FormTrouble";
import { Heard } from "./Heard";

/** Asks the minimum age once of accounts that were made elsewhere. */
export function AgeDialog() {
  const known = account.value;
  return known && known.ageConfirmedAt === null ? <Dialog account={known} /> : null;
}

function Dialog({ account: known }: { account: Account }) {
  const { age, account: words } = text.value;
  const { minimumAge } = settings.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const stage = useSignal<"ask" | "refused" | "delete">("ask");
  const busy = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);

  useLayoutEffect(() => dialog.current?.showModal(), []);
  useLayoutEffect(() => title.current?.focus(), [stage.value]);
  const confirm = async () => {
    if (busy.value) return;
    busy.value = true;
    trouble.value = await confirmAge();
    busy.value = false;
  };
  /** The question has to be answered: Escape is no, and from there goes back to it. */
  const escape = () => {
    stage.value = stage.value === "ask" ? "refused" : "ask";
    trouble.value = null;
  };
  return (
    <dialog
      class="sheet"
      ref={dialog}
      aria-labelledby="age-title"
      onCancel={(event) => {
        event.preventDefault();
        escape();
      }}
      // Browsers close at a second Escape whatever the page says.
      onClose={() => dialog.current?.isConnected && dialog.current.showModal()}
    >
      <div class="sheet-body">
        <h2 id="age-title" ref={title} tabIndex={-1}>
          {{ ask: age.title(minimumAge), refused: age.refusedTitle, delete: words.remove.title }[stage.value]}
        </h2>
        <p>{{ ask: age.why(minimumAge), refused: age.refused(minimumAge), delete: words.remove.lead }[stage.value]}</p>
        <FormTrouble trouble={trouble.value} />
        {stage.value === "ask" && (
          <div class="form-actions">
            <button type="button" class="primary" aria-disabled={busy.value} onClick={() => void confirm()}>
              {busy.value && <span class="spinner" aria-hidden="true" />}
              {age.yes(minimumAge)}
            </button>
            <button type="button" class="secondary" onClick={escape}>
              {age.no}
            </button>
          </div>
        )}
        {stage.value === "refused" && (
          <div class="form-actions">
            <button type="button" class="primary" onClick={() => void signOut()}>
              {text.value.header.signOut}
            </button>
            <button type="button" class="secondary quiet-danger" onClick={() => (stage.value = "delete")}>
              {words.remove.open}
            </button>
            <button type="button" class="link" onClick={escape}>
              {age.back}
            </button>
          </div>
        )}
        {stage.value === "delete" && <DeleteForm account={known} id="age-delete" onCancel={() => (stage.value = "refused")} />}
      </div>
      <Heard />
    </dialog>
  );
}
