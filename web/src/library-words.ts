import { computed } from "@preact/signals";
import * as en from "../text/en-library";
import * as fr from "../text/fr-library";
import { ProblemError } from "./api";
import { lang, text } from "./state";
import { troubleOf, troubleWords } from "./trouble";

/** The words of the library and of links, in the page's language: loaded with what says them. */
export const words = computed(() => (lang.value === "fr" ? fr : en));

/** What went wrong, in words. */
export function wordsFor(error: unknown): string {
  if (error instanceof ProblemError) {
    const known = words.peek().library.troubles[error.problem.code];
    if (known !== undefined) return known;
  }
  return troubleWords(troubleOf(error), text.peek(), lang.peek());
}
