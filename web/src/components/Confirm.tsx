import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  question: string;
  yes: string;
  no: string;
  onYes: () => void;
  onNo: () => void;
}

/** Asks in place. Escape says no, and the focus goes back to where it came from. */
export function Confirm({ question, yes, no, onYes, onNo }: Props) {
  const first = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    first.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    // The dialog around it would close too.
    event.preventDefault();
    event.stopPropagation();
    onNo();
  };
  return (
    <div class="confirm" role="alertdialog" aria-label={question} onKeyDown={onKeyDown}>
      <p>{question}</p>
      <div class="confirm-actions">
        <button type="button" class="danger small" ref={first} onClick={onYes}>
          {yes}
        </button>
        <button type="button" class="secondary small" onClick={onNo}>
          {no}
        </button>
      </div>
    </div>
  );
}
