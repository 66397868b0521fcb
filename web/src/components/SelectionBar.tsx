import { useSignal } from "@preact/signals";
import { busy, chosen, deleteAll, folders, makeFolder, markAll, moveAll, selectAll, selectNone } from "../library";
import { AT_ONCE, zipUrl } from "../library-api";
import { words } from "../library-words";
import { number } from "../shown";
import { shelved } from "../state";
import { Confirm } from "./Confirm";
import { FolderForm } from "./FolderForm";
import { Icon } from "./Icon";
import { Popover } from "./Popover";

/** How many works are selected, and what can be done with all of them. */
export function SelectionBar() {
  const asking = useSignal(false);
  const { library } = words.value;
  const works = chosen.value;
  const count = works.length;
  if (count === 0) return null;
  const files = works.filter((each) => each.outputs.length > 0).map((each) => each.id);
  const all = works.every((each) => each.favourite);
  return (
    <div class="selection-bar" role="region" aria-label={library.selected(count, number(count))} aria-busy={busy.value}>
      {asking.value ? (
        <Confirm
          question={library.deleteAsk(count, number(count))}
          yes={library.yes}
          no={library.no}
          onYes={() => {
            asking.value = false;
            void deleteAll();
          }}
          onNo={() => (asking.value = false)}
        />
      ) : (
        <>
          <p class="selection-count" role="status">
            {library.selected(count, number(count))}
          </p>
          {count < shelved.value.length && (
            <button type="button" class="secondary small selection-all" aria-label={library.selectAll} onClick={selectAll}>
              <span class="wide-only">{library.selectAll}</span>
              <span class="narrow-only">{library.selectAllShort}</span>
            </button>
          )}
          <button type="button" class="secondary small" data-action="favourite" disabled={busy.value} onClick={() => void markAll(!all)}>
            <Icon name="star" /> {all ? library.unmark : library.mark}
          </button>
          <Popover
            label={library.moveTo}
            class="move-popover"
            buttonClass="secondary small"
            buttonId="move-selected"
            face={
              <>
                <Icon name="folder" /> {library.move}
              </>
            }
          >
            {(close) => <Places onDone={close} />}
          </Popover>
          {files.length > 0 && files.length <= AT_ONCE ? (
            <a class="secondary small" href={zipUrl(files)} download data-action="zip">
              <Icon name="download" /> {library.zip}
            </a>
          ) : (
            files.length > AT_ONCE && <p class="selection-note">{library.zipMany(number(AT_ONCE))}</p>
          )}
          <button type="button" id="delete-selected" class="secondary small quiet-danger" disabled={busy.value} onClick={() => (asking.value = true)}>
            <Icon name="trash" /> {library.delete}
          </button>
          <button type="button" class="icon-button selection-none" aria-label={library.unselect} title={library.unselect} onClick={selectNone}>
            <Icon name="close" />
          </button>
        </>
      )}
    </div>
  );
}

/** Where the selected works can go; a new folder too. */
function Places({ onDone }: { onDone: () => void }) {
  const making = useSignal(false);
  const { library } = words.value;
  const move = (to: string | null) => {
    onDone();
    void moveAll(to);
  };
  const make = async (name: string) => {
    const folder = await makeFolder(name);
    if (folder) move(folder.id);
    return folder !== null;
  };
  if (making.value) return <FolderForm yes={library.create} onYes={make} onNo={() => (making.value = false)} />;
  return (
    <ul class="move-list" role="list">
      {[{ id: null, name: library.noFolder }, ...folders.value].map(({ id, name }) => (
        <li key={id}>
          <button type="button" class="menu-item" data-folder={id ?? "none"} onClick={() => move(id)}>
            <Icon name={id === null ? "close" : "folder"} /> {name}
          </button>
        </li>
      ))}
      <li>
        <button type="button" class="menu-item" onClick={() => (making.value = true)}>
          <Icon name="plus" /> {library.newFolder}
        </button>
      </li>
    </ul>
  );
}
