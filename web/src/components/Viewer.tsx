import { useEffect, useRef } from "preact/hooks";
import { isFilm } from "../catalogue";
import { renewExpired, renewPicture } from "../gallery";
import { lazily } from "../lazily";
import { notice, pictures, sharing, text, titleOf, viewing, type Picture } from "../state";
import { ViewerFilm } from "./Film";
import { Heard } from "./Heard";
import { Icon } from "./Icon";
import { Recipe } from "./Recipe";

const Share = lazily(async () => (await import("./ShareDialog")).default, () => {
  sharing.value = null;
  notice.value = text.value.problems.connection_lost;
});

/** A horizontal finger movement this long, in CSS pixels, turns the page. */
const SWIPE_PX = 48;
/** Enlarged by more than this, fingers move the page about. */
const ZOOMED = 1.01;

/** Where a swipe begins; null: it is something else, on a film's own controls, with two fingers or in an enlarged page. */
function swipeFrom({ target, touches }: TouchEvent): [x: number, y: number] | null {
  const [only, second] = touches;
  const zoomed = (window.visualViewport?.scale ?? 1) > ZOOMED;
  return only && !second && !zoomed && !(target instanceof HTMLVideoElement) ? [only.clientX, only.clientY] : null;
}

/** One picture large, with its recipe and what can be done with it. */
export function Viewer({ all = pictures.value }: { all?: readonly Picture[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const touched = useRef<[x: number, y: number] | null>(null);
  const { viewer } = text.value;
  const at = viewing.value;
  const index = at ? all.findIndex(({ generation, n }) => generation.id === at.id && n === at.n) : -1;
  // Kin that the list around them does not have are shown by themselves.
  const shown = all[index] ?? (at ? pictures.value.find(({ generation, n }) => generation.id === at.id && n === at.n) : undefined);

  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (shown && !element.open) {
      element.showModal();
      // A film that has the focus would take the arrows.
      if (document.activeElement instanceof HTMLVideoElement) element.querySelector<HTMLElement>(".viewer-close")?.focus();
    }
    if (!shown && element.open) element.close();
    if (at && !shown) viewing.value = null;
  }, [shown !== undefined, at]);

  useEffect(() => {
    if (!shown) return;
    void renewExpired(shown.generation.id);
    for (const near of [all[index - 1], all[index + 1]]) if (near && !isFilm(near.output)) new Image().src = near.output.url;
  }, [shown?.generation.id, shown?.n]);

  const [atFirst, atLast] = [index <= 0, index < 0 || index === all.length - 1];
  const go = (step: number) => {
    const next = index < 0 ? undefined : all[index + step];
    if (next) viewing.value = { id: next.generation.id, n: next.n };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // A film's own controls go by arrows too.
    if (event.metaKey || event.ctrlKey || event.altKey || event.target instanceof HTMLVideoElement) return;
    if (event.key === "ArrowLeft") go(-1);
    else if (event.key === "ArrowRight") go(1);
    else return;
    event.preventDefault();
  };
  const onClose = () => {
    const last = viewing.peek();
    viewing.value = null;
    // The browser returns to the tile that opened; after arrows, the picture last seen is the better place.
    if (last) document.getElementById(`picture-${last.id}-${last.n}`)?.focus();
  };
  /** Deleting goes on to the neighbour, as leafing does; the last one closes. */
  const onDeleted = () => {
    const rest = all.filter(({ generation }) => generation.id !== shown?.generation.id);
    const before = all.slice(0, Math.max(index, 0)).filter(({ generation }) => generation.id !== shown?.generation.id).length;
    const next = rest[Math.min(before, rest.length - 1)];
    viewing.value = next ? { id: next.generation.id, n: next.n } : null;
  };

  return (
    <dialog
      class="viewer"
      ref={dialog}
      aria-label={viewer.title}
      onKeyDown={onKeyDown}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      {shown && (
        <div class="viewer-body">
          <div
            class="viewer-stage"
            onTouchStart={(event) => (touched.current = swipeFrom(event))}
            onTouchEnd={(event) => {
              const [end] = event.changedTouches;
              const from = touched.current;
              touched.current = null;
              if (!end || !from) return;
              const [x, y] = [end.clientX - from[0], end.clientY - from[1]];
              if (Math.abs(x) > SWIPE_PX && Math.abs(x) > Math.abs(y)) go(x < 0 ? 1 : -1);
            }}
          >
            {isFilm(shown.output) ? (
              <ViewerFilm
                key={`${shown.generation.id}/${shown.n}`}
                url={shown.output.url}
                title={titleOf(shown.generation)}
                width={shown.output.width}
                height={shown.output.height}
                onError={() => void renewPicture(shown.generation.id, shown.output.url)}
              />
            ) : (
              <img
                key={`${shown.generation.id}/${shown.n}`}
                src={shown.output.url}
                width={shown.output.width}
                height={shown.output.height}
                alt={titleOf(shown.generation)}
                onError={() => void renewPicture(shown.generation.id, shown.output.url)}
              />
            )}
            {/* Not disabled: that would take the focus away, and the arrow keys with it. */}
            <button type="button" class="on-picture viewer-previous" aria-label={viewer.previous} title={viewer.previous} aria-disabled={atFirst} tabIndex={atFirst ? -1 : 0} onClick={() => go(-1)}>
              <Icon name="left" />
            </button>
            <button type="button" class="on-picture viewer-next" aria-label={viewer.next} title={viewer.next} aria-disabled={atLast} tabIndex={atLast ? -1 : 0} onClick={() => go(1)}>
              <Icon name="right" />
            </button>
            {index >= 0 && all.length > 1 && (
              <p class="viewer-position" aria-live="polite">
                {viewer.position(index + 1, all.length)}
              </p>
            )}
          </div>
          <Recipe generation={shown.generation} output={shown.output} n={shown.n} onDeleted={onDeleted} onReused={() => dialog.current?.close()} />
          <button type="button" class="icon-button viewer-close" aria-label={viewer.close} title={viewer.close} onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </div>
      )}
      {sharing.value && <Share />}
      <Heard />
    </dialog>
  );
}
