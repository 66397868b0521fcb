import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import "../styles/library.css";
import { filters, folder, closeLibrary, openLibrary, selected } from "../library";
import { listenInLibrary } from "../library-keys";
import { words } from "../library-words";
import { modKey } from "../keyboard";
import { follow, moved } from "../route";
import { shelvedPictures } from "../state";
import { FailedDialog } from "./FailedDialog";
import { FolderHead } from "./FolderHead";
import { FolderRail } from "./FolderRail";
import { Icon } from "./Icon";
import { LibraryFilters } from "./LibraryFilters";
import { LibraryGrid } from "./LibraryGrid";
import { LibrarySearch } from "./LibrarySearch";
import { PageHeader } from "./PageHeader";
import { Shortcuts } from "./Shortcuts";
import type { Row } from "./ShortcutsSheet";
import { SelectionBar } from "./SelectionBar";
import { Viewer } from "./Viewer";

/** Everything that was ever made: found, kept in order, taken along. */
export default function LibraryPage() {
  const { library } = words.value;
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (moved) title.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    openLibrary();
    return closeLibrary;
  }, []);
  useEffect(listenInLibrary, []);
  const { find, select, favourite, all, remove } = library.keys;
  const keys: Row[] = [
    [["/"], find],
    [["X"], select],
    [["F"], favourite],
    [[modKey(), "A"], all],
    [[library.delKey], remove],
  ];
  const place = folder.value?.name ?? (filters.value.folder === "none" ? library.none : library.all);
  return (
    <div class="library-page" data-selecting={selected.value.size > 0}>
      <PageHeader to="works" skip={library.skip} />
      <main class="library-main">
        <a class="back" href="/" onClick={follow("/")}>
          <Icon name="left" /> {library.back}
        </a>
        <h1 ref={title} tabIndex={-1}>
          {library.title}
        </h1>
        <div class="library-columns">
          <FolderRail />
          <div class="library-works">
            <div class="library-tools">
              <LibrarySearch />
              <LibraryFilters />
            </div>
            <h2 id="works" tabIndex={-1}>
              {place}
            </h2>
            {folder.value && <FolderHead key={folder.value.id} folder={folder.value} />}
            <LibraryGrid />
          </div>
        </div>
      </main>
      <SelectionBar />
      <Viewer all={shelvedPictures.value} />
      <FailedDialog />
      <Shortcuts own={keys} />
    </div>
  );
}
