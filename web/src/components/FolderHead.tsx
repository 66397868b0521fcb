import { useSignal } from "@preact/signals";
import { removeFolder, renameFolder } from "../library";
import { words } from "../library-words";
import type { Folder } from "../types";
import { Confirm } from "./Confirm";
import { FolderForm } from "./FolderForm";
import { Icon } from "./Icon";

/** What can be done with the folder that is open. */
export function FolderHead({ folder: { id, name } }: { folder: Folder }) {
  const doing = useSignal<"rename" | "remove" | null>(null);
  const { library } = words.value;
  const stop = () => (doing.value = null);
  if (doing.value === "rename") {
    const save = async (to: string) => {
      const saved = await renameFolder(id, to);
      if (saved) stop();
      return saved;
    };
    return <FolderForm name={name} yes={library.save} onYes={save} onNo={stop} />;
  }
  if (doing.value === "remove") {
    return <Confirm question={library.deleteFolderAsk(name)} yes={library.yes} no={library.no} onYes={() => void removeFolder(id)} onNo={stop} />;
  }
  return (
    <div class="folder-head">
      <button type="button" class="secondary small" onClick={() => (doing.value = "rename")}>
        <Icon name="edit" /> {library.rename}
      </button>
      <button type="button" class="secondary small quiet-danger" onClick={() => (doing.value = "remove")}>
        <Icon name="trash" /> {library.deleteFolder}
      </button>
    </div>
  );
}
