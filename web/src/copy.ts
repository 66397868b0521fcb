import { notice, text } from "./state";

/** Puts text on the clipboard. False, and said so: the browser does not allow it. */
export async function copy(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    notice.value = text.peek().notice.notCopied;
    return false;
  }
}
