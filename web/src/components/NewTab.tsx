import { text } from "../state";

/** Says of a link, to who does not see it happen, that it opens elsewhere. */
export function NewTab() {
  return <span class="visually-hidden"> ({text.value.viewer.newTab})</span>;
}
