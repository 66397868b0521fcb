import { lazily } from "../lazily";
import { notice, shortcutsOpen, text } from "../state";
import type { Row } from "./ShortcutsSheet";

const Sheet = lazily(async () => (await import("./ShortcutsSheet")).default, () => {
  shortcutsOpen.value = false;
  notice.value = text.value.problems.connection_lost;
});

/** The list of shortcuts, loaded when it is asked for. `own`: those of a place other than the studio. */
export function Shortcuts({ own }: { own?: readonly Row[] }) {
  return shortcutsOpen.value ? <Sheet {...(own ? { own } : {})} /> : null;
}
