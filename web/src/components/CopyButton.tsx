import { useSignal } from "@preact/signals";
import { copy } from "../copy";
import { text } from "../state";
import { Icon } from "./Icon";

/** Long enough to be seen, short enough to be pressed again. */
const SHOWN_MS = 1_600;

/** Copies, and says so where the press was. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const copied = useSignal(false);
  const press = async () => {
    copied.value = await copy(value);
    setTimeout(() => (copied.value = false), SHOWN_MS);
  };
  return (
    <button type="button" class="secondary" onClick={() => void press()}>
      <Icon name={copied.value ? "check" : "copy"} /> {copied.value ? text.value.notice.copied : label}
    </button>
  );
}
