import { useSignal } from "@preact/signals";
import { copy } from "../copy";
import { text } from "../state";

/** An id to quote, copied by a press. */
export function CopyReference({ reference }: { reference: string }) {
  const { tile, notice } = text.value;
  const copied = useSignal(false);
  const press = async () => {
    copied.value = await copy(reference);
  };
  return (
    <p class="reference">
      <span>{copied.value ? notice.copied : tile.id}</span>
      <button type="button" class="reference-id" title={tile.copyId} onClick={() => void press()}>
        {reference}
      </button>
    </p>
  );
}
