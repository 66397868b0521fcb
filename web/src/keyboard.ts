import { generate } from "./generate";
import { shortcutsOpen, singleKeys } from "./state";

/** Whether a key pressed there is text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["radio", "checkbox", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** The studio's shortcuts. Answers how to stop listening. */
export function listenForKeys(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    // Asked of the document, since a dialog's close event comes later than its closing.
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      if (!event.repeat) generate();
      return;
    }
    if (!singleKeys.value || isTyping(event.target) || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("prompt")?.focus();
    } else if (event.key === "?") {
      event.preventDefault();
      shortcutsOpen.value = true;
    }
  };
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}

/** How this device writes its command key. */
export function modKey(): string {
  return /Mac|iP(hone|ad|od)/.test(navigator.userAgent) ? "⌘" : "Ctrl";
}
