import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { inputNamed, takesPrompt } from "../catalogue";
import { draggedPicture, filesIn, listenForPaste } from "../dropping";
import { generate } from "../generate";
import { placesOf } from "../places";
import { fieldError, model, models, text } from "../state";
import { bring, take } from "../uploads";
import { AddPicture } from "./AddPicture";
import { Advanced } from "./Advanced";
import { ComposerNote } from "./ComposerNote";
import { CountPicker } from "./CountPicker";
import { DurationPicker } from "./DurationPicker";
import { GenerateButton } from "./GenerateButton";
import { ModelPicker } from "./ModelPicker";
import { Pictures } from "./Pictures";
import { PromptField } from "./PromptField";
import { RatioPicker } from "./RatioPicker";

/** The prompt box. Its controls are those that the chosen model takes. */
export function Composer() {
  const box = useRef<HTMLFormElement>(null);
  const dropping = useSignal(false);
  const { composer, pictures } = text.value;
  const chosen = model.value;
  const ratio = chosen && inputNamed(chosen, "aspectRatio");
  const outputs = chosen && inputNamed(chosen, "outputs");
  const duration = chosen && inputNamed(chosen, "duration");
  const wordless = chosen !== undefined && !takesPrompt(chosen);
  const pictureless = chosen !== undefined && placesOf(chosen).length === 0 && models.value.some((each) => placesOf(each).length > 0);

  // The grid keeps clear of the box, whatever its height.
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const height = entry?.borderBoxSize[0]?.blockSize ?? 0;
      document.documentElement.style.setProperty("--composer-height", `${Math.ceil(height)}px`);
    });
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      document.documentElement.style.removeProperty("--composer-height");
    };
  }, []);
  useEffect(listenForPaste, []);

  const submit = (event: Event) => {
    event.preventDefault();
    generate();
  };
  const over = (event: DragEvent) => {
    if (!event.dataTransfer || (!filesIn(event.dataTransfer) && draggedPicture(event.dataTransfer) === null)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    dropping.value = true;
  };
  const left = (event: DragEvent) => {
    if (!(event.relatedTarget instanceof Node && box.current?.contains(event.relatedTarget))) dropping.value = false;
  };
  const drop = (event: DragEvent) => {
    dropping.value = false;
    if (!event.dataTransfer) return;
    const dragged = draggedPicture(event.dataTransfer);
    const files = [...event.dataTransfer.files];
    if (dragged === null && files.length === 0) return;
    event.preventDefault();
    if (dragged === null) bring(files);
    else if (dragged !== "") take([dragged]);
  };
  return (
    <form
      class="composer"
      aria-label={composer.region}
      ref={box}
      onSubmit={submit}
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={left}
      onDrop={drop}
      data-field-error={fieldError.value ?? undefined}
    >
      {chosen && <Pictures model={chosen} />}
      {wordless ? (
        <p class="prompt-none">{text.value.placeholders[chosen.kind]}</p>
      ) : (
        <div class="prompt-row">
          {pictureless && <AddPicture />}
          <PromptField />
        </div>
      )}
      <div class="composer-row">
        <div class="composer-chips">
          <ModelPicker />
          {ratio?.type === "choice" && <RatioPicker input={ratio} />}
          {duration?.type === "integer" && <DurationPicker input={duration} />}
          {outputs?.type === "integer" && <CountPicker input={outputs} />}
          {chosen && <Advanced model={chosen} />}
        </div>
        <GenerateButton />
      </div>
      <ComposerNote />
      {dropping.value && (
        <p class="composer-drop" aria-hidden="true">
          {pictures.drop}
        </p>
      )}
    </form>
  );
}
