import { useComputed } from "@preact/signals";
import { loadGallery, loadMore } from "../gallery";
import { slotsOf } from "../slots";
import { entries, listing, nextCursor, text } from "../state";
import { Empty } from "./Empty";
import { More } from "./More";
import { Tile } from "./Tile";

/** All pictures and all that are on their way, newest first, in rows of true ratios. */
export function Gallery() {
  const slots = useComputed(() => slotsOf(entries.value));
  const { gallery } = text.value;
  const state = listing.value;
  const empty = slots.value.length === 0;

  if (empty && state === "failed") {
    return (
      <div class="gallery-state" role="alert">
        <p>{gallery.failed}</p>
        <button type="button" class="secondary" onClick={() => void loadGallery()}>
          {gallery.again}
        </button>
      </div>
    );
  }
  if (empty && state === "loaded" && nextCursor.value === null) return <Empty />;
  return (
    <section aria-labelledby="gallery-title" aria-busy={state === "loading"}>
      <h2 class="visually-hidden" id="gallery-title">
        {gallery.title}
      </h2>
      {empty && (
        <p class="visually-hidden" role="status">
          {gallery.loading}
        </p>
      )}
      <ul class="grid" role="list" aria-label={gallery.list}>
        {slots.value.map((slot) => (
          <Tile key={slot.key} slot={slot} />
        ))}
      </ul>
      <More cursor={nextCursor.value} listing={state} load={loadMore} words={gallery} />
    </section>
  );
}
