import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { isFilm } from "../catalogue";
import { choices } from "../copies";
import { describeFailure } from "../failure";
import { markFavourite, pictureLoaded, renewPicture } from "../gallery";
import { looking, select, selected } from "../library";
import { words } from "../library-words";
import { isOpen } from "../polling";
import { number } from "../shown";
import { lang, text, titleOf, viewing } from "../state";
import type { Generation } from "../types";
import { play, TileFilm } from "./Film";
import { Icon } from "./Icon";

/** A work: a press opens it, its corners select it and make a favourite of it. */
export function LibraryTile({ work }: { work: Generation }) {
  const video = useRef<HTMLVideoElement>(null);
  /** An address may be as good as it was, and still have failed once: another image element loads it again. */
  const attempt = useSignal(0);
  /** Whether the press that changes the box selects everything from the last one on. */
  const range = useRef(false);
  const { library } = words.value;
  const { id, outputs, favourite, status } = work;
  const title = titleOf(work);
  const [cover] = outputs;
  const chosen = selected.value.has(id);
  const renew = async () => {
    if (cover && (await renewPicture(id, cover.url))) attempt.value += 1;
  };
  const film = cover && isFilm(cover);
  return (
    <li
      class="library-tile"
      data-work={id}
      data-selected={chosen}
      data-status={status}
      onPointerEnter={() => play(video.current, true)}
      onPointerLeave={() => play(video.current, false)}
    >
      {cover ? (
        <button
          type="button"
          class="library-open"
          id={`picture-${id}-0`}
          aria-label={library.open(title)}
          aria-haspopup="dialog"
          onClick={(event) => {
            if (event.shiftKey) select(id, true);
            else viewing.value = { id, n: 0 };
          }}
        >
          {film ? (
            <TileFilm key={attempt.value} url={cover.url} title={title} film={video} onLoad={() => pictureLoaded(cover.url)} onError={() => void renew()} />
          ) : (
            <img
              key={attempt.value}
              loading="lazy"
              {...choices(cover)}
              src={cover.url}
              alt={title}
              width={cover.width}
              height={cover.height}
              decoding="async"
              onLoad={() => pictureLoaded(cover.url)}
              onError={() => void renew()}
            />
          )}
        </button>
      ) : isOpen(status) ? (
        <div class="library-blank">
          <span class="spinner" aria-hidden="true" />
          <p>{title}</p>
          <p class="library-state">{library.statuses.open}</p>
        </div>
      ) : (
        <Failed work={work} title={title} />
      )}
      <label class="library-check">
        <input
          type="checkbox"
          checked={chosen}
          aria-label={library.select(title)}
          onClick={(event) => (range.current = event.shiftKey)}
          onChange={() => select(id, range.current)}
        />
        <span aria-hidden="true">{chosen && <Icon name="check" />}</span>
      </label>
      {cover && (
        <button
          type="button"
          class="on-picture library-star"
          aria-pressed={favourite}
          aria-label={library.favourite(title)}
          title={favourite ? text.value.tile.unmark : text.value.tile.mark}
          onClick={() => void markFavourite(id, !favourite)}
        >
          <Icon name="star" />
        </button>
      )}
      {(outputs.length > 1 || film) && (
        <p class="library-badge" aria-hidden="true">
          <Icon name={film ? "play" : "copies"} />
          {outputs.length > 1 && number(outputs.length)}
        </p>
      )}
    </li>
  );
}

/** What came of nothing: its cause, and a press for what can be done about it. */
function Failed({ work, title }: { work: Generation; title: string }) {
  const { library } = words.value;
  const stopped = work.status === "canceled";
  const { free, why } = describeFailure({ kind: "generation", key: work.id, generation: work }, text.value, lang.value);
  return (
    <button type="button" class="library-blank library-failed" aria-haspopup="dialog" onClick={(event) => (event.shiftKey ? select(work.id, true) : (looking.value = work.id))}>
      <span class="library-state">
        <Icon name={stopped ? "close" : "alert"} />
        {stopped ? text.value.tile.stopped : library.statuses.failed}
      </span>
      {free && <span class="library-free">{text.value.tile.notCharged}</span>}
      <span class="library-words">{title}</span>
      <span class="library-why">{why}</span>
    </button>
  );
}
