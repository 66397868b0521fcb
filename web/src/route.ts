import { computed, signal } from "@preact/signals";
import { flash } from "./state";

const path = signal(typeof location === "undefined" ? "/" : location.pathname);

export type Place = "home" | "account" | "reset-password";

/** Where in the page one is. Any other path is the home, as the server answers it. */
export const place = computed<Place>(() => {
  if (path.value === "/account") return "account";
  return path.value === "/reset-password" ? "reset-password" : "home";
});

/** Whether the person has moved within the page: focus then follows, which on arrival it must not. */
export let moved = false;

/** Goes to another place of the page, as a link does; `replace` leaves no way back to the present one. */
export function go(to: "/" | "/account", { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  moved = true;
  path.value = to;
  scrollTo(0, 0);
}

/** For links; news belong to the place that they came to. What opens elsewhere, in a new tab for instance, stays the browser's. */
export function follow(to: "/" | "/account") {
  return (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    flash.value = null;
    go(to);
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
