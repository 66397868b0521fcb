import { isTyping } from "./keyboard";
import { select, selectAll, selected, selectNone } from "./library";
import { markFavourite } from "./gallery";
import { shortcutsOpen, singleKeys, shelved } from "./state";

/** The work that a focused control belongs to. */
function workAt(target: EventTarget | null): string | null {
  return (target instanceof Element && target.closest<HTMLElement>("[data-work]")?.dataset["work"]) || null;
}

/** The library's shortcuts. Answers how to stop listening. */
export function listenInLibrary(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing || document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const mod = event.metaKey || event.ctrlKey;
    if (mod && event.key.toLowerCase() === "a" && !event.shiftKey && !event.altKey) selectAll();
    else if (mod || event.altKey) return;
    else if (event.key === "Escape" && selected.peek().size > 0) selectNone();
    else if (event.key === "Delete" && selected.peek().size > 0) document.getElementById("delete-selected")?.click();
    else if (!singleKeys.peek() || !single(event)) return;
    event.preventDefault();
  };
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}

/** Keys of one letter. False: it was none of them. */
function single({ key, target }: KeyboardEvent): boolean {
  if (key === "/") {
    document.getElementById("library-search")?.focus();
    return true;
  }
  if (key === "?") {
    shortcutsOpen.value = true;
    return true;
  }
  const id = workAt(target);
  const work = id === null ? undefined : shelved.peek().find((each) => each.id === id);
  if (!work) return false;
  if (key === "x") select(work.id);
  else if (key === "f") void markFavourite(work.id, !work.favourite);
  else return false;
  return true;
}
