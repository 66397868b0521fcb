import type { ComponentChildren } from "preact";
import { ACCEPT } from "../uploads";

interface Props {
  children: ComponentChildren;
  class?: string;
  multiple?: boolean;
  onPick: (files: readonly File[]) => void;
}

/** A native file chooser that looks like the button around it. */
export function FilePick({ children, class: extra = "", multiple = false, onPick }: Props) {
  return (
    <label class={`file-pick ${extra}`}>
      {children}
      <input
        type="file"
        accept={ACCEPT}
        multiple={multiple}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // The same file may be chosen again.
          currentTarget.value = "";
          if (files.length > 0) onPick(files);
        }}
      />
    </label>
  );
}
