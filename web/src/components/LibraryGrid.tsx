import { askAnything, cursor, filtered, filters, listing, load, loadMore, picked } from "../library";
import { words } from "../library-words";
import { follow } from "../route";
import { number } from "../shown";
import { shelved } from "../state";
import { LibraryTile } from "./LibraryTile";
import { More } from "./More";

/** The works that were asked for, newest first. */
export function LibraryGrid() {
  const { library } = words.value;
  const works = shelved.value;
  const state = listing.value;
  const none = works.length === 0;
  if (none && state === "failed") {
    return (
      <div class="gallery-state" role="alert">
        <p>{library.failed}</p>
        <button type="button" class="secondary" onClick={() => void load()}>
          {library.again}
        </button>
      </div>
    );
  }
  if (none && state === "loaded") return <Nothing />;
  return (
    <section aria-labelledby="works" aria-busy={state === "loading"}>
      <p class="library-count" role="status">
        {state === "loading" ? <span class="visually-hidden">{library.loading}</span> : library.found(works.length, number(works.length), cursor.value !== null)}
      </p>
      <ul class="library-grid" role="list" aria-label={library.list}>
        {works.map((work) => (
          <LibraryTile key={work.id} work={work} />
        ))}
      </ul>
      <More cursor={cursor.value} listing={state} load={loadMore} words={library} />
    </section>
  );
}

/** Why there is nothing, and what to do about it. */
function Nothing() {
  const { library } = words.value;
  const searched = filters.value.q.trim() !== "";
  const asked = picked.value || searched;
  return (
    <div class="gallery-state library-nothing" role="status">
      <p class="library-nothing-title">{asked ? library.nothingTitle : library.emptyTitle}</p>
      <p>{asked ? library.nothing : filtered.value ? library.emptyFolder : library.empty}</p>
      {searched && <p class="library-hint">{library.searchHint}</p>}
      {asked ? (
        <button type="button" class="secondary" onClick={askAnything}>
          {library.clear}
        </button>
      ) : (
        !filtered.value && (
          <a class="primary" href="/" onClick={follow("/")}>
            {library.toStudio}
          </a>
        )
      )}
    </div>
  );
}
