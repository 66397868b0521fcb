import { useLayoutEffect, useRef } from "preact/hooks";
import { text } from "../state";
import type { NewApiKey } from "../types";
import { CopyButton } from "./CopyButton";

/** A key's secret, the one time that it can be seen. */
export function NewKey({ made, onDone }: { made: NewApiKey; onDone: () => void }) {
  const { keys: words } = text.value.billing;
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  return (
    <div class="new-key" role="group" aria-labelledby="new-key-title">
      <h3 id="new-key-title" ref={title} tabIndex={-1}>
        {words.madeTitle}
      </h3>
      <p>{words.made}</p>
      <code class="new-key-secret">{made.key}</code>
      <div class="form-actions">
        <CopyButton value={made.key} label={words.copy} />
        <button type="button" class="secondary" onClick={onDone}>
          {words.hide}
        </button>
      </div>
    </div>
  );
}
