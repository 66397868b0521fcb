/** Preferences that stay on this device and are never sent: language, theme, single-key shortcuts. */
type Preference = "lang" | "theme" | "single-keys";

export function read(name: Preference): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function write(name: Preference, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Storage can be forbidden or full: the choice then lasts as long as the page.
  }
}

/** The prompt box while the page is left for Stripe: of this tab alone, and gone with it. */
const DRAFT = "draft";

export function readDraft(): string | null {
  try {
    return sessionStorage.getItem(DRAFT);
  } catch {
    return null;
  }
}

export function writeDraft(value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(DRAFT);
    else sessionStorage.setItem(DRAFT, value);
  } catch {
    // Then the prompt is written again, which is a pity and no more.
  }
}
