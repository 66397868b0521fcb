import { computed, signal } from "@preact/signals";
import { flash } from "./state";

const path = signal(typeof location === "undefined" ? "/" : location.pathname);

export type Place = "home" | "account" | "billing" | "library" | "shared" | "reset-password";
/** Places of who is signed in. */
export type Path = "/" | "/account" | "/billing" | "/library";

/** Where in the page one is. Any other path is the home, as the server answers it. */
export const place = computed<Place>(() => {
  if (path.value === "/account") return "account";
  if (path.value === "/billing") return "billing";
  if (path.value === "/library") return "library";
  if (sharedToken(path.value) !== null) return "shared";
  return path.value === "/reset-password" ? "reset-password" : "home";
});

/** What a link to a shared work ends with; null: the path is no such link. */
export function sharedToken(at: string): string | null {
  return /^\/s\/([^/]+)$/.exec(at)?.[1] ?? null;
}

/** Whether the person has moved within the page: focus then follows, which on arrival it must not. */
export let moved = false;
/** The section of a page that was asked for, until the page has shown it. */
let wanted: string | null = null;

/** Goes to another place of the page, as a link does; `replace` leaves no way back to the present one. */
export function go(to: Path, { replace = false, section = null as string | null } = {}): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  moved = true;
  wanted = section;
  path.value = to;
  scrollTo(0, 0);
}

/** The section that was asked for, told once. */
export function takeWanted(): string | null {
  const section = wanted;
  wanted = null;
  return section;
}

/** For links; news belong to the place that they came to. What opens elsewhere, in a new tab for instance, stays the browser's. */
export function follow(to: Path, section: string | null = null) {
  return (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    flash.value = null;
    go(to, { section });
  };
}

/** Keeps pace with the browser's back and forward. */
export function listenToHistory(): void {
  addEventListener("popstate", () => {
    // A section's mark in the address is no other place.
    if (location.pathname === path.peek()) return;
    moved = true;
    flash.value = null;
    path.value = location.pathname;
  });
}
