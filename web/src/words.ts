import type { Agent } from "./agent";
import { dayEnds, type SpendingNews } from "./limit";
import { formatClock, formatNumber, type Lang } from "./format";
import type { Text } from "../text/en";
import type { Problem, Role } from "./types";

/** What the server did not accept, in the words that its control is called by. */
export function fieldWords(field: string, text: Text): string {
  return text.composer.field(settingWords(field, text).label);
}

/** What people call a type of file. */
export function fileWords(type: string): string {
  return type === "webp" ? "WebP" : type.toUpperCase();
}

/** What pictures are to a model: one of them, or as many as it takes. */
export function slotWords(role: Role, several: boolean, { pictures: { slots } }: Text): string {
  return role === "source" || role === "reference" ? slots[several ? "reference" : "source"] : slots[role];
}

interface SettingWords {
  label: string;
  hint: string | undefined;
  /** One of a choice's words, as shown. */
  option: (option: string) => string;
  /** A number of it, with its unit. */
  amount: (value: number, shown: string) => string;
}

/** What an input is called, and what its values are; what the page has no words for is shown as it is. */
export function settingWords(name: string, text: Text): SettingWords {
  const { composer, pictures, settings } = text;
  const names: Record<string, string> = {
    prompt: composer.prompt,
    model: composer.model,
    aspectRatio: composer.ratio,
    outputs: composer.count,
    outputFormat: composer.format,
    seed: composer.seed,
    image: pictures.slots.source,
    images: pictures.slots.reference,
    mask: pictures.slots.mask,
    lastImage: pictures.slots["last-frame"],
    ...settings.names,
  };
  return {
    label: names[name] ?? name,
    hint: settings.hints[name],
    option: (option) => (name === "outputFormat" ? fileWords(option) : (settings.options[option] ?? option)),
    amount: (value, shown) => {
      if (name === "duration") return settings.seconds(value, shown);
      return name === "scale" ? settings.times(shown) : shown;
    },
  };
}

/** The exact gap between a price and a balance. */
export function shortfallWords(needed: number, available: number, text: Text, lang: Lang): string {
  const { composer, header } = text;
  return composer.shortWhy(header.credits(needed, formatNumber(needed, lang)), formatNumber(available, lang));
}

/** What more a problem says than its code: which field, how many credits. Empty: nothing. */
export function problemDetail(problem: Problem, text: Text, lang: Lang): string {
  if (problem.code === "invalid_input" && problem.field) {
    return fieldWords(problem.field, text);
  }
  if (problem.code === "insufficient_credits" && problem.needed !== undefined && problem.available !== undefined) {
    return shortfallWords(problem.needed, problem.available, text, lang);
  }
  const { problem: words } = text.billing;
  if (problem.code === "spending_limit") {
    return problem.resetsAt ? words.resets(formatClock(problem.resetsAt, lang)) : "";
  }
  if (problem.code === "quote_expired" && problem.needed !== undefined && problem.shown !== undefined) {
    return text.billing.dearer(text.header.credits(problem.needed, formatNumber(problem.needed, lang)), formatNumber(problem.shown, lang));
  }
  const ofPlan = problem.code === "too_many_open" || problem.code === "too_fast";
  return ofPlan && typeof problem.limit === "number" ? words.limit(formatNumber(problem.limit, lang)) : "";
}

/** How near a day's spending is to its limit, and when the next day begins. */
export function spendingWords({ kind, spent, limit }: SpendingNews, text: Text, lang: Lang, nowMs: number): string {
  const { spending: words } = text.billing;
  const number = (value: number) => formatNumber(value, lang);
  const said = kind === "near" ? words.near(number(spent), number(limit)) : words.reached(number(limit));
  return `${said} ${words.resets(formatClock(dayEnds(nowMs), lang))}`;
}

/** A device in words: "Firefox on Windows". */
export function agentWords({ browser, system }: Agent, text: Text): string {
  const { sessions } = text.account;
  if (browser && system) return sessions.device(browser, system);
  if (system) return sessions.device(sessions.browser, system);
  return browser ?? sessions.unknown;
}
