import { ask, filters } from "../library";
import { words } from "../library-words";
import { Icon } from "./Icon";

/** Searches the words of every work. */
export function LibrarySearch() {
  const { library } = words.value;
  const { q } = filters.value;
  return (
    <form
      class="library-search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        ask({});
      }}
    >
      <Icon name="search" />
      <input
        id="library-search"
        type="search"
        value={q}
        maxLength={200}
        aria-label={library.searchLong}
        placeholder={library.search}
        title={library.searchHint}
        autocomplete="off"
        enterKeyHint="search"
        onInput={(event) => ask({ q: event.currentTarget.value }, true)}
      />
      {q !== "" && (
        <button
          type="button"
          class="icon-button"
          aria-label={library.clearSearch}
          title={library.clearSearch}
          onClick={() => {
            ask({ q: "" });
            document.getElementById("library-search")?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </form>
  );
}
