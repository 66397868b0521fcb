import { announcement, note } from "../state";

/** What `Notices` says, for an open dialog: outside of it nothing is heard. */
export function Heard() {
  return (
    <p class="visually-hidden" aria-live="polite">
      {note.value?.words} {announcement.value}
    </p>
  );
}
