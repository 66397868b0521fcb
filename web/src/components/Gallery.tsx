import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { loadGallery, loadMore } from "../gallery";
import { slotsOf } from "../slots";
import { entries, listing, nextCursor, text } from "../state";
import { Empty } from "./Empty";
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
      <More />
    </section>
  );
}

/** Loads the next page when it comes near, and by hand where nothing scrolls by itself. */
function More() {
  const end = useRef<HTMLDivElement>(null);
  const cursor = nextCursor.value;
  useEffect(() => {
    if (cursor === null || !end.current) return;
    const observer = new IntersectionObserver(
      ([seen]) => {
        if (seen?.isIntersecting && listing.peek() === "loaded") void loadMore();
      },
      { rootMargin: "600px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [cursor]);

  if (cursor === null) return null;
  const { gallery } = text.value;
  return (
    <div class="more" ref={end}>
      {listing.value === "failed" && <p role="alert">{gallery.failed}</p>}
      <button type="button" class="secondary" aria-disabled={listing.value === "loading"} onClick={() => void loadMore()}>
        {gallery.more}
      </button>
    </div>
  );
}
