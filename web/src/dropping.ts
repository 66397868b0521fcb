import { pictures } from "./state";
import { bring, knowOutput } from "./uploads";

/** One of one's own pictures, on its way from the grid to the prompt box. */
const OWN = "application/x-atelier-picture";

/** Whether files are being dragged. */
export function filesIn({ types }: DataTransfer): boolean {
  return types.includes("Files");
}

export function dragPicture(event: DragEvent, name: string): void {
  event.dataTransfer?.setData(OWN, name);
}

/** The picture of the grid that is being dragged; null: none is. What it is can be read only once it is dropped. */
export function draggedPicture(data: DataTransfer): string | null {
  if (!data.types.includes(OWN)) return null;
  const name = data.getData(OWN);
  const found = pictures.peek().find(({ generation, n }) => `${generation.id}/${n}` === name);
  return found ? knowOutput(found.generation, found.output, found.n) : "";
}

/** Takes pictures that are pasted anywhere but into a dialog. Words go before: some programs copy a picture of them too. */
export function listenForPaste(): () => void {
  const onPaste = (event: ClipboardEvent) => {
    const data = event.clipboardData;
    if (!data || data.types.includes("text/plain") || document.querySelector("dialog[open]")) return;
    const files = [...data.files].filter(({ type }) => type.startsWith("image/"));
    if (files.length === 0) return;
    event.preventDefault();
    bring(files);
  };
  document.addEventListener("paste", onPaste);
  return () => document.removeEventListener("paste", onPaste);
}
