import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../library-words";

interface Props {
  name?: string;
  yes: string;
  /** False: it was refused, and can be tried with another name. */
  onYes: (name: string) => Promise<boolean>;
  onNo: () => void;
}

/** Asks for a folder's name, in place. Escape says no, and the focus goes back to where it came from. */
export function FolderForm({ name = "", yes, onYes, onNo }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const busy = useSignal(false);
  const { library } = words.value;
  useLayoutEffect(() => {
    const before = document.activeElement;
    field.current?.select();
    field.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = field.current?.value.trim() ?? "";
    if (given === "" || busy.value) return;
    busy.value = true;
    const taken = await onYes(given);
    busy.value = false;
    if (!taken) field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onNo();
  };
  return (
    <form class="folder-form" onSubmit={(event) => void submit(event)} onKeyDown={onKeyDown}>
      <input ref={field} type="text" defaultValue={name} maxLength={80} required aria-label={library.folderName} placeholder={library.folderName} />
      <button type="submit" class="primary small" aria-disabled={busy.value}>
        {yes}
      </button>
      <button type="button" class="secondary small" onClick={onNo}>
        {library.cancel}
      </button>
    </form>
  );
}
