import { useEffect, useRef } from "preact/hooks";
import { announcement, note as said, notice } from "../state";

/** Long enough to read a short line twice. */
const SHOWN_MS = 4_000;

/** A passing note for the eye, and the one live region that says what became of the pictures. */
export function Notices() {
  const shown = said.value;
  const note = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (shown === null) {
      note.current?.hidePopover();
      return;
    }
    // A popover, since an open dialog would cover anything less.
    note.current?.showPopover();
    const timer = setTimeout(() => (notice.value = null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <>
      <p class="notice" ref={note} popover="manual" role="status" onClick={() => (notice.value = null)}>
        <span key={shown?.n}>{shown?.words}</span>
      </p>
      <p class="visually-hidden" id="live" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}
