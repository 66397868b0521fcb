export type Lang = "en" | "fr";

/** Spelling rules of numbers and dates; Canadian and French readers share these forms closely enough. */
const LOCALE: Record<Lang, string> = { en: "en", fr: "fr" };

export function formatNumber(value: number, lang: Lang): string {
  return new Intl.NumberFormat(LOCALE[lang]).format(value);
}

/** "0.8 s", "1.5 s", "12 s", "2 min 05 s": a decimal only where it still says something. */
export function formatSeconds(ms: number, lang: Lang): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 59.5) {
    const maximumFractionDigits = seconds < 9.95 ? 1 : 0;
    return `${new Intl.NumberFormat(LOCALE[lang], { maximumFractionDigits }).format(seconds)}\u00a0s`;
  }
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}\u00a0min\u00a0${String(whole % 60).padStart(2, "0")}\u00a0s`;
}

/** Elapsed time in whole seconds, as a clock counts them. */
export function formatElapsed(ms: number, lang: Lang): string {
  return formatSeconds(Math.floor(Math.max(0, ms) / 1000) * 1000, lang);
}

/** Decimal units, as browsers and file managers show downloads: "412 kB", "412 ko". */
export function formatBytes(bytes: number, lang: Lang): string {
  const units = lang === "fr" ? ["o", "ko", "Mo"] : ["B", "kB", "MB"];
  const power = bytes >= 1_000_000 ? 2 : bytes >= 1_000 ? 1 : 0;
  const value = bytes / 1000 ** power;
  const shown = new Intl.NumberFormat(LOCALE[lang], { maximumFractionDigits: power === 2 ? 1 : 0 }).format(value);
  return `${shown}\u00a0${units[power] ?? ""}`;
}

export function formatDateTime(iso: string, lang: Lang, dateStyle: "long" | "medium" = "long"): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(LOCALE[lang], { dateStyle, timeStyle: "short" }).format(date);
}

export function formatDate(iso: string, lang: Lang, dateStyle: "long" | "medium" = "long"): string {
  const date = new Date(iso);
  // A day stays with its month.
  return Number.isNaN(date.getTime()) ? iso : new Intl.DateTimeFormat(LOCALE[lang], { dateStyle }).format(date).replace(" ", "\u00a0");
}

/** The hour of the clock where one is. */
export function formatClock(iso: string, lang: Lang): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : new Intl.DateTimeFormat(LOCALE[lang], { timeStyle: "short" }).format(date);
}

/** A change, with its sign: "+500", "−3". */
export function formatChange(value: number, lang: Lang): string {
  return new Intl.NumberFormat(LOCALE[lang], { signDisplay: "exceptZero" }).format(value).replace("-", "\u2212");
}

/** The units of "3 days ago", the largest first, with their milliseconds. */
const UNITS = [
  ["year", 31_557_600_000],
  ["month", 2_629_800_000],
  ["day", 86_400_000],
] as const;

/** "3 days ago", "yesterday"; null: within a day, or not yet by a clock that is behind. */
export function formatAgo(iso: string, nowMs: number, lang: Lang): string | null {
  const agoMs = nowMs - Date.parse(iso);
  const unit = UNITS.find(([, ms]) => agoMs >= ms);
  if (!unit) return null;
  return new Intl.RelativeTimeFormat(LOCALE[lang], { numeric: "auto" }).format(-Math.floor(agoMs / unit[1]), unit[0]);
}

/** When to try again: in so many seconds if it is soon, else at an hour of the clock, which does not go stale. */
export function formatRetry(atMs: number, nowMs: number, lang: Lang): { seconds: number; clock: string | null } {
  const seconds = Math.max(1, Math.ceil((atMs - nowMs) / 1000));
  // Rounded up to the minute that is shown, so that nobody is a few seconds early.
  const shown = new Date(Math.ceil(atMs / 60_000) * 60_000);
  const clock = seconds < 60 ? null : new Intl.DateTimeFormat(LOCALE[lang], { timeStyle: "short" }).format(shown);
  return { seconds, clock };
}

/** The language to start in: the one chosen before, else the first of the browser's that we speak. */
export function chooseLang(stored: string | null, preferred: readonly string[]): Lang {
  const spoken = [stored ?? "", ...preferred].map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find((tag): tag is Lang => tag === "en" || tag === "fr") ?? "en";
}

const NAME_LENGTH_MAX = 48;

/** A file name that says what the picture is: "atelier-a-red-fox-in-snow-2.webp". */
export function fileName(prompt: string, n: number, total: number, mediaType: string): string {
  const words = prompt
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .slice(0, NAME_LENGTH_MAX)
    .replace(/^-+|-+$/g, "");
  const place = total > 1 ? `-${n + 1}` : "";
  return `${["atelier", words].filter(Boolean).join("-")}${place}.${extension(mediaType)}`;
}

function extension(mediaType: string): string {
  const subtype = mediaType.split("/")[1] ?? "img";
  return subtype === "jpeg" ? "jpg" : subtype;
}
