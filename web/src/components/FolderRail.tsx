import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask, filters, folders, makeFolder } from "../library";
import { words } from "../library-words";
import { number } from "../shown";
import { FolderForm } from "./FolderForm";
import { Icon } from "./Icon";

/** The folders, at the left; on phones in a row. */
export function FolderRail() {
  const making = useSignal(false);
  const { library } = words.value;
  const here = filters.value.folder;
  const row = useRef<HTMLUListElement>(null);
  // Where it is a row, the folder that is open may lie beyond its end. Only the row moves: the page may be read further down.
  useEffect(() => {
    const [box, at] = [row.current, row.current?.querySelector("[aria-current]")].map((each) => each?.getBoundingClientRect());
    if (row.current && box && at) row.current.scrollLeft += (at.left + at.right - box.left - box.right) / 2;
  }, [here, folders.value.length]);
  const places = [
    { id: "", name: library.all, works: null },
    { id: "none", name: library.none, works: null },
    ...folders.value.map(({ id, name, works }) => ({ id, name, works })),
  ];
  const make = async (name: string) => {
    const folder = await makeFolder(name);
    if (!folder) return false;
    making.value = false;
    ask({ folder: folder.id });
    return true;
  };
  return (
    <nav class="folder-rail" aria-label={library.folders}>
      <ul role="list" ref={row}>
        {places.map(({ id, name, works }) => (
          <li key={id}>
            <button type="button" class="folder" data-folder={id} aria-current={here === id ? "page" : undefined} onClick={() => ask({ folder: id })}>
              <Icon name={id === "" ? "picture" : "folder"} />
              <span class="folder-name">{name}</span>
              {works !== null && (
                <span class="folder-count" aria-label={library.works(works, number(works))}>
                  {number(works)}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {making.value ? (
        <FolderForm yes={library.create} onYes={make} onNo={() => (making.value = false)} />
      ) : (
        <button type="button" class="folder folder-new" onClick={() => (making.value = true)}>
          <Icon name="plus" />
          <span>{library.newFolder}</span>
        </button>
      )}
    </nav>
  );
}
