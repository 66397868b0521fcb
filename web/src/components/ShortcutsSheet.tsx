import { useEffect, useRef } from "preact/hooks";
import type { Text } from "../../text/en";
import { modKey } from "../keyboard";
import { setSingleKeys } from "../preferences";
import { shortcutsOpen, singleKeys, text } from "../state";
import { Heard } from "./Heard";

/** Keys, and what they do. */
export type Row = [keys: string[], what: string];

const studio = ({ prompt, generate }: Text["shortcuts"]): Row[] => [
  [["/"], prompt],
  [[modKey(), "Enter"], generate],
];

/** The list of a place's shortcuts, with a switch for those of a single key. */
export default function ShortcutsSheet({ own }: { own?: readonly Row[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { shortcuts } = text.value;
  useEffect(() => dialog.current?.showModal(), []);
  const rows: Row[] = [
    ...(own ?? studio(shortcuts)),
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
      <Heard />
    </dialog>
  );
}
