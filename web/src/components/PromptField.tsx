import { useLayoutEffect, useRef } from "preact/hooks";
import { promptLength } from "../catalogue";
import { takeFocus } from "../draft";
import { number } from "../shown";
import { fieldError, model, over, prompt, setPrompt, text } from "../state";

/** The counter shows from here on: before, it would only be noise. */
const COUNTER_FROM = 0.85;

export function PromptField() {
  const area = useRef<HTMLTextAreaElement>(null);
  const { composer } = text.value;
  const length = promptLength(prompt.value);
  const max = model.value?.prompt.maxLength ?? Infinity;
  const left = max - length;
  const counted = length > max * COUNTER_FROM;

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [prompt.value]);
  // Back from paying, or sent here, one goes on writing.
  useLayoutEffect(() => {
    if (takeFocus()) area.current?.focus();
  }, []);

  return (
    <div class="prompt">
      <label class="visually-hidden" for="prompt">
        {composer.prompt}
      </label>
      <textarea
        id="prompt"
        name="prompt"
        ref={area}
        rows={1}
        value={prompt.value}
        placeholder={text.value.placeholders[model.value?.kind ?? "text-to-image"]}
        aria-keyshortcuts="/"
        aria-invalid={over.value > 0 || fieldError.value === "prompt"}
        aria-describedby={counted ? "prompt-count" : undefined}
        onInput={(event) => setPrompt(event.currentTarget.value)}
      />
      {counted && (
        <p class={`prompt-count ${left < 0 ? "is-over" : ""}`} id="prompt-count">
          {left < 0
            ? composer.over(-left, number(-left))
            : composer.left(left, number(left))}
        </p>
      )}
    </div>
  );
}
