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
