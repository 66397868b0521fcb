import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isFilm } from "../catalogue";
import { choices } from "../copies";
import { dragPicture } from "../dropping";
import { fileName } from "../format";
import { markFavourite, pictureLoaded, remove, renewExpired, renewPicture } from "../gallery";
import { number } from "../shown";
import { text, titleOf, viewing } from "../state";
import type { Generation, Output } from "../types";
import { DeleteConfirm } from "./DeleteConfirm";
import { play, TileFilm } from "./Film";
import { Icon } from "./Icon";
import { PictureActions } from "./PictureActions";

interface Props {
  generation: Generation;
  output: Output;
  n: number;
}

/** A finished picture: a press opens it; hovering or focusing shows what else can be done. */
export function PictureTile({ generation, output, n }: Props) {
  const loaded = useSignal(false);
  const broken = useSignal(false);
  const asking = useSignal(false);
  /** An address may be as good as it was, and still have failed once: another image element loads it again. */
  const attempt = useSignal(0);
  const acting = useSignal(false);
  const video = useRef<HTMLVideoElement>(null);
  const { actions, films, tile } = text.value;
  const { id, outputs, inputs, favourite } = generation;
  const title = titleOf(generation);
  const film = isFilm(output);
  const seconds = inputs["duration"];

  const renew = async (again: boolean) => {
    broken.value = false;
    broken.value = !(await renewPicture(id, output.url, again));
    attempt.value += 1;
  };
  const onLoad = () => {
    loaded.value = true;
    pictureLoaded(output.url);
  };

  if (broken.value) {
    return (
      <div class="broken">
        <p>{film ? films.broken : tile.broken}</p>
        <button type="button" class="secondary small" onClick={() => void renew(true)}>
          {tile.reload}
        </button>
      </div>
    );
  }
  return (
    <div
      class="picture"
      data-state="succeeded"
      data-loaded={loaded.value}
      onPointerEnter={() => play(video.current, true)}
      onPointerLeave={() => play(video.current, false)}
      onFocusIn={() => play(video.current, true)}
      onFocusOut={() => play(video.current, false)}
    >
      <button
        type="button"
        class="picture-open"
        id={`picture-${id}-${n}`}
        aria-label={(film ? films : tile).openLabel(title)}
        aria-haspopup="dialog"
        onClick={() => (viewing.value = { id, n })}
      >
        {film ? (
          <TileFilm key={attempt.value} url={output.url} title={title} film={video} onLoad={onLoad} onError={() => void renew(false)} />
        ) : (
          <img
            key={attempt.value}
            loading="lazy"
            {...choices(output)}
            src={output.url}
            alt={title}
            decoding="async"
            onLoad={onLoad}
            onError={() => void renew(false)}
            onDragStart={(event) => dragPicture(event, `${id}/${n}`)}
          />
        )}
      </button>
      {favourite && (
        <p class="star-badge" aria-hidden="true">
          <Icon name="star" />
        </p>
      )}
      {film && (
        <p class="film-badge" aria-hidden="true">
          <Icon name="play" />
          {typeof seconds === "number" && <span>{number(seconds)}&nbsp;s</span>}
        </p>
      )}
      {asking.value ? (
        <DeleteConfirm count={outputs.length} onDelete={() => void remove(id)} onKeep={() => (asking.value = false)} />
      ) : acting.value ? (
        <ActionsOver generation={generation} output={output} n={n} onClose={() => (acting.value = false)} />
      ) : (
        <div class="picture-bar">
          <p class="picture-prompt" aria-hidden="true">
            {title}
          </p>
          <button type="button" class="on-picture" aria-label={actions.more} title={actions.more} onClick={() => (acting.value = true)}>
            <Icon name="more" />
          </button>
          <button type="button" class="on-picture" aria-label={tile.open} title={tile.open} onClick={() => (viewing.value = { id, n })}>
            <Icon name="expand" />
          </button>
          <button
            type="button"
            class="on-picture"
            data-action="favourite"
            aria-pressed={favourite}
            aria-label={tile.mark}
            title={favourite ? tile.unmark : tile.mark}
            onClick={() => void markFavourite(id, !favourite)}
          >
            <Icon name="star" />
          </button>
          <a
            class="on-picture"
            href={output.url}
            download={fileName(title, n, outputs.length, output.mediaType)}
            aria-label={tile.download}
            title={tile.download}
            onPointerEnter={() => void renewExpired(id)}
            onFocus={() => void renewExpired(id)}
          >
            <Icon name="download" />
          </a>
          <button type="button" class="on-picture" aria-label={tile.delete} title={tile.delete} onClick={() => (asking.value = true)}>
            <Icon name="trash" />
          </button>
        </div>
      )}
    </div>
  );
}

/** What can be made of the picture, over the picture: it is not cut off by it. */
function ActionsOver({ generation, output, n, onClose }: Props & { onClose: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const { actions, viewer } = text.value;
  useLayoutEffect(() => box.current?.querySelector("button")?.focus(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  const close = () => {
    onClose();
    document.getElementById(`picture-${generation.id}-${n}`)?.focus();
  };
  return (
    <div class="picture-actions" role="group" aria-label={actions.more} ref={box} onKeyDown={onKeyDown}>
      <PictureActions generation={generation} output={output} n={n} class="secondary small" onDone={onClose} />
      <button type="button" class="secondary small" aria-label={viewer.close} title={viewer.close} onClick={close}>
        <Icon name="close" />
      </button>
    </div>
  );
}
