import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { notice } from "../state";

interface Props {
  /** Accessible name of the button: what it opens, with the present choice. */
  label: string;
  face: ComponentChildren;
  children: (close: () => void) => ComponentChildren;
  class?: string;
  buttonClass?: string;
  buttonId?: string | undefined;
}

/** A button and the panel it opens: closed by Escape, by a press outside and by focus moving on. */
export function Popover({ label, face, children, class: extra = "", buttonClass = "chip", buttonId }: Props) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  const close = () => {
    open.value = false;
    button.current?.focus();
  };

  // With the drawing, not after it: whoever is in the panel already would lose the focus again.
  useLayoutEffect(() => {
    if (!open.value) return;
    const panel = root.current?.querySelector<HTMLElement>(".popover-panel");
    // It would lie on the panel.
    notice.value = null;
    (panel?.querySelector<HTMLElement>("input:checked") ?? panel)?.focus();
    if (panel && panel.getBoundingClientRect().bottom > innerHeight) panel.scrollIntoView({ block: "nearest" });
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) open.value = false;
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open.value]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open.value) return;
    event.stopPropagation();
    close();
  };

  return (
    <div class={`popover ${extra}`} ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        class={buttonClass}
        id={buttonId}
        ref={button}
        aria-label={label}
        title={label}
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => (open.value = !open.value)}
      >
        {face}
      </button>
      {open.value && (
        <div class="popover-panel" id={id} role="group" aria-label={label} tabIndex={-1}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** For radio lists: a press or Enter takes the choice and closes, arrow keys only move. */
export function takesChoice(close: () => void) {
  return {
    // Browsers report arrow keys as clicks too, without a press count. Closing waits for the change
    // event, which follows the click and would find its radio button gone.
    onClick: (event: MouseEvent) => {
      if (event.detail > 0 && event.target instanceof HTMLInputElement) setTimeout(close);
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" || event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      close();
    },
  };
}
