import type { Agent } from "./agent";
import { formatNumber, type Lang } from "./format";
import type { Text } from "../text/en";
import type { Problem } from "./types";

/** What the server did not accept, in the words that its control is called by. */
export function fieldWords(field: string, text: Text): string {
  const { composer } = text;
  const names: Record<string, string> = {
    prompt: composer.prompt,
    model: composer.model,
    aspectRatio: composer.ratio,
    outputs: composer.count,
    outputFormat: composer.format,
    seed: composer.seed,
  };
  return composer.field(names[field] ?? field);
}

/** The exact gap between a price and a balance. */
export function shortfallWords(needed: number, available: number, text: Text, lang: Lang): string {
  const { composer } = text;
  return composer.shortWhy(composer.price(needed, formatNumber(needed, lang)), formatNumber(available, lang));
}

/** What more a problem says than its code: which field, how many credits. Empty: nothing. */
export function problemDetail(problem: Problem, text: Text, lang: Lang): string {
  if (problem.code === "invalid_input" && problem.field) {
    return fieldWords(problem.field, text);
  }
  if (problem.code === "insufficient_credits" && problem.needed !== undefined && problem.available !== undefined) {
    return shortfallWords(problem.needed, problem.available, text, lang);
  }
  return "";
}

/** A device in words: "Firefox on Windows". */
export function agentWords({ browser, system }: Agent, text: Text): string {
  const { sessions } = text.account;
  if (browser && system) return sessions.device(browser, system);
  if (system) return sessions.device(sessions.browser, system);
  return browser ?? sessions.unknown;
}
