import { batch } from "@preact/signals";
import { lazily } from "../lazily";
import { notice, text } from "../state";
import { choosing, painting } from "../uploads";

/** A dialog whose part of the page did not arrive does not open; a press asks for it once more. */
function notLoaded(): void {
  batch(() => {
    choosing.value = null;
    painting.value = false;
    notice.value = text.value.problems.connection_lost;
  });
}
const Chooser = lazily(async () => (await import("./PictureChooser")).default, notLoaded);
const Painter = lazily(async () => (await import("./MaskPainter")).default, notLoaded);

/** What is needed seldom enough to be loaded when it is. */
export function PictureDialogs() {
  return (
    <>
      {choosing.value && <Chooser into={choosing.value.into} />}
      {painting.value && <Painter />}
    </>
  );
}
