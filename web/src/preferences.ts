import { effect } from "@preact/signals";
import type { Lang } from "./format";
import { place } from "./route";
import { lang, singleKeys, text, theme, underway, type Theme } from "./state";
import { write } from "./storage";

/** The page's ground in each theme, for the browser's own frame; as in styles/tokens.css. */
const GROUND = { light: "#f6f4ef", dark: "#141311" } as const;

export function setLang(to: Lang): void {
  lang.value = to;
  write("lang", to);
}

export function setTheme(to: Theme): void {
  theme.value = to;
  write("theme", to === "auto" ? null : to);
}

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  write("single-keys", on ? null : "off");
}

/** Keeps the document's language, title and colours what the preferences say. */
export function applyPreferences(): void {
  const root = document.documentElement;
  effect(() => {
    root.lang = lang.value;
    const { name, account, auth, billing } = text.value;
    const title = { home: null, shared: null, library: text.value.header.library, account: account.title, billing: billing.title, "reset-password": auth.resetTitle }[place.value];
    // Seen among a browser's tabs while one waits elsewhere.
    document.title = `${underway.value > 0 ? `(${underway.value}) ` : ""}${title ? `${title} · ${name}` : name}`;
  });
  effect(() => {
    const chosen = theme.value;
    if (chosen === "auto") delete root.dataset["theme"];
    else root.dataset["theme"] = chosen;
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
      const own = meta.media.includes("dark") ? "dark" : "light";
      meta.content = GROUND[chosen === "auto" ? own : chosen];
    }
  });
}
