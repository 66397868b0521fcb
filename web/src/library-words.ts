import { computed } from "@preact/signals";
import * as en from "../text/en-library";
import * as fr from "../text/fr-library";
import { lang, text } from "./state";
import { troubleWords, type Trouble } from "./trouble";

/** The words of the library and of links, in the page's language: loaded with what says them. */
export const words = computed(() => (lang.value === "fr" ? fr : en));

/** What went wrong, in words. */
export function wordsOf(trouble: Trouble): string {
  return words.peek().library.troubles[trouble.said ?? ""] ?? troubleWords(trouble, text.peek(), lang.peek());
}
