import { useLayoutEffect, useRef } from "preact/hooks";
import { text } from "../state";

interface Props {
  /** Pictures that go together. */
  count: number;
  onDelete: () => void;
  onKeep: () => void;
}

/** Asks in place, since a deletion is for good. Escape keeps. */
export function DeleteConfirm({ count, onDelete, onKeep }: Props) {
  const yes = useRef<HTMLButtonElement>(null);
  const words = text.value.remove;
  useLayoutEffect(() => {
    const before = document.activeElement;
    yes.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    // The dialog around it would close too.
    event.preventDefault();
    event.stopPropagation();
    onKeep();
  };
  const question = count > 1 ? words.many(count) : words.one;
  return (
    <div class="confirm" role="alertdialog" aria-label={question} onKeyDown={onKeyDown}>
      <p>{question}</p>
      <div class="confirm-actions">
        <button type="button" class="danger small" ref={yes} onClick={onDelete}>
          {words.yes}
        </button>
        <button type="button" class="secondary small" onClick={onKeep}>
          {words.no}
        </button>
      </div>
    </div>
  );
}
