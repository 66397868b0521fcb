import { focusPrompt } from "./draft";

/**
 * Where one goes on when the button that was pressed is gone with what it did: to where the next picture is added, else to the words.
 * Not to the words where that would bring up a keyboard on the screen.
 */
export function keepFocus(input: string | undefined): void {
  setTimeout(() => {
    const at = document.activeElement;
    if (at !== null && at !== document.body) return;
    const add = input === undefined ? null : document.getElementById(`add-${input}`);
    if (add) add.focus();
    else if (matchMedia("(hover: hover)").matches) focusPrompt();
  });
}
