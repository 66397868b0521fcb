import { useEffect, useRef } from "preact/hooks";
import { modKey } from "../keyboard";
import { setSingleKeys } from "../preferences";
import { shortcutsOpen, singleKeys, text } from "../state";

/** The list of shortcuts, with a switch for those of a single key. */
export function Shortcuts() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { shortcuts } = text.value;
  const open = shortcutsOpen.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
  }, [open]);
  const rows: [keys: string[], what: string][] = [
    [["/"], shortcuts.prompt],
    [[modKey(), "Enter"], shortcuts.generate],
    [["?"], shortcuts.list],
    [["←", "→"], shortcuts.move],
    [["Esc"], shortcuts.close],
  ];
  return (
    <dialog
      class="sheet"
      ref={dialog}
      aria-label={shortcuts.title}
      onClose={() => (shortcutsOpen.value = false)}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      {open && (
        <div class="sheet-body">
          <h2>{shortcuts.title}</h2>
          <dl class="keys">
            {rows.map(([keys, what]) => (
              <div key={what}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <label class="check">
            <input type="checkbox" checked={singleKeys.value} onChange={(event) => setSingleKeys(event.currentTarget.checked)} />
            <span>
              {shortcuts.single}
              <small>{shortcuts.singleWhy}</small>
            </span>
          </label>
          <button type="button" class="primary" onClick={() => dialog.current?.close()}>
            {shortcuts.done}
          </button>
        </div>
      )}
    </dialog>
  );
}
