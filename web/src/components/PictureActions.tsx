import { isFilm } from "../catalogue";
import { canVary, FROM_PICTURE, remix, reuseAll, vary, varyPrice, workOn } from "../generate";
import { credits } from "../shown";
import { models, notice, text } from "../state";
import type { Generation, Kind, Output } from "../types";
import { Icon, type IconName } from "./Icon";

interface Props {
  generation: Generation;
  output: Output;
  n: number;
  class: string;
  /** Before something is done: what the buttons stand in closes. */
  onDone: () => void;
}

const ICONS: Record<(typeof FROM_PICTURE)[number], IconName> = { edit: "edit", upscale: "upscale", "remove-background": "cutout", "image-to-video": "film" };

/** What can be made of a picture, or with its recipe. */
export function PictureActions({ generation, output, n, class: extra, onDone }: Props) {
  const { actions, viewer } = text.value;
  const offered = (kind: Kind) => models.value.some((model) => model.kind === kind);
  const kinds = isFilm(output) ? [] : FROM_PICTURE.filter(offered);
  const seeded = typeof generation.inputs["seed"] === "number";
  const after = (deed: () => void) => () => {
    onDone();
    deed();
  };
  const onReuse = () => {
    reuseAll(generation);
    if (seeded) notice.value = text.value.notice.seedKept;
  };
  return (
    <>
      {kinds.map((kind) => (
        <button key={kind} type="button" class={extra} data-action={kind} onClick={after(() => workOn(kind, generation, output, n))}>
          <Icon name={ICONS[kind]} /> {actions[kind]}
        </button>
      ))}
      {canVary(generation) && (
        <button type="button" class={extra} data-action="vary" title={actions.varyWhy} onClick={after(() => vary(generation))}>
          <Icon name="vary" />
          <span>
            {actions.vary} <span class="action-price">· {credits(varyPrice(generation))}</span>
          </span>
        </button>
      )}
      {seeded && (
        <button type="button" class={extra} data-action="remix" title={actions.remixWhy} onClick={after(() => remix(generation))}>
          <Icon name="copies" /> {actions.remix}
        </button>
      )}
      <button type="button" class={extra} data-action="reuse" onClick={after(onReuse)}>
        <Icon name="reuse" /> {seeded ? viewer.reuse : actions.remix}
      </button>
    </>
  );
}
