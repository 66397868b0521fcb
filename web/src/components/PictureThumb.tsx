import { useSignal } from "@preact/signals";
import { keepFocus } from "../focus";
import { faces, text } from "../state";
import type { ImagesInput } from "../types";
import { painting, takeAway } from "../uploads";
import { Icon } from "./Icon";

interface Props {
  input: ImagesInput;
  /** What names the picture. */
  name: string;
  /** Its place among all pictures, from 1; null: there is nothing to count. */
  number: number | null;
}

/** One picture of the prompt box: how far it is, its number, and how to take it out. */
export function PictureThumb({ input, name, number }: Props) {
  const broken = useSignal(false);
  const { pictures } = text.value;
  const face = faces.value.get(name);
  const slot = pictures.slots[input.role];
  const title = face?.title || (number === null ? slot : pictures.number(slot, number));
  const remove = () => {
    takeAway(input.name, name);
    keepFocus(input.name);
  };
  const bringing = face?.phase === "bringing";
  const sent = face?.sent ?? 0;
  return (
    <li class="thumb" data-phase={face?.phase ?? "there"} data-role={input.role}>
      {face && !broken.value ? (
        <img src={face.url} alt={title} title={title} decoding="async" onError={() => (broken.value = true)} />
      ) : (
        <span class="thumb-none" role="img" aria-label={title}>
          <Icon name={face?.phase === "refused" ? "alert" : "picture"} />
        </span>
      )}
      {number !== null && (
        <span class="thumb-number" aria-hidden="true">
          {number}
        </span>
      )}
      {bringing &&
        (sent < 1 ? (
          <progress class="thumb-progress" max={1} value={sent} aria-label={pictures.bringing(title)} />
        ) : (
          <span class="thumb-checking" role="status">
            <span class="spinner" aria-hidden="true" />
            <span class="visually-hidden">{pictures.checking}</span>
          </span>
        ))}
      {input.role === "mask" && face?.phase === "there" && (
        <button type="button" class="thumb-edit" aria-label={pictures.repaint} title={pictures.repaint} aria-haspopup="dialog" onClick={() => (painting.value = true)}>
          <Icon name="brush" />
        </button>
      )}
      <button type="button" class="thumb-remove" aria-label={pictures.remove(title)} title={pictures.remove(title)} onClick={remove}>
        <Icon name="close" />
      </button>
    </li>
  );
}
