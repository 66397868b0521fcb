import { useEffect, useRef } from "preact/hooks";
import { inputNamed } from "../catalogue";
import { generate } from "../generate";
import { fieldError, model, text } from "../state";
import { Advanced } from "./Advanced";
import { ComposerNote } from "./ComposerNote";
import { CountPicker } from "./CountPicker";
import { GenerateButton } from "./GenerateButton";
import { ModelPicker } from "./ModelPicker";
import { PromptField } from "./PromptField";
import { RatioPicker } from "./RatioPicker";

/** The prompt box. Its controls are those that the chosen model takes. */
export function Composer() {
  const box = useRef<HTMLFormElement>(null);
  const { composer } = text.value;
  const chosen = model.value;
  const ratio = chosen && inputNamed(chosen, "aspectRatio");
  const outputs = chosen && inputNamed(chosen, "outputs");

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

  const submit = (event: Event) => {
    event.preventDefault();
    generate();
  };
  return (
    <form class="composer" aria-label={composer.region} ref={box} onSubmit={submit} data-field-error={fieldError.value ?? undefined}>
      <PromptField />
      <div class="composer-row">
        <div class="composer-chips">
          <ModelPicker />
          {ratio?.type === "choice" && <RatioPicker input={ratio} />}
          {outputs?.type === "integer" && <CountPicker input={outputs} />}
          {chosen && <Advanced model={chosen} />}
        </div>
        <GenerateButton />
      </div>
      <ComposerNote />
    </form>
  );
}
