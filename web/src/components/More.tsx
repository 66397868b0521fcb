import { useEffect, useRef } from "preact/hooks";

interface Props {
  /** Where the next page begins; null: there is none. */
  cursor: string | null;
  /** How the list stands. */
  listing: "idle" | "loading" | "loaded" | "failed";
  load: () => Promise<void>;
  /** What the button says, and what is said where loading failed. */
  words: { more: string; failed: string };
}

/** Loads the next page when it comes near, and by hand where nothing scrolls by itself. */
export function More({ cursor, listing, load, words }: Props) {
  const end = useRef<HTMLDivElement>(null);
  // Read when the end comes near, which is long after this was drawn.
  const near = useRef<() => void>(() => undefined);
  near.current = () => void (listing === "loaded" && load());
  useEffect(() => {
    if (cursor === null || !end.current) return;
    const observer = new IntersectionObserver(([seen]) => void (seen?.isIntersecting && near.current()), { rootMargin: "700px" });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [cursor]);
  if (cursor === null) return null;
  return (
    <div class="more" ref={end}>
      {listing === "failed" && <p role="alert">{words.failed}</p>}
      <button type="button" class="secondary" aria-disabled={listing === "loading"} onClick={() => void load()}>
        {words.more}
      </button>
    </div>
  );
}
