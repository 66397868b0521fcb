import { useSignal } from "@preact/signals";
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
      <ul role="list">
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
