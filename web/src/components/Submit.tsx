import type { ComponentChildren } from "preact";

/** The button that sends a form. It stays in place and in focus while it works. */
export function Submit({ busy, children, class: extra = "primary wide" }: { busy: boolean; children: ComponentChildren; class?: string }) {
  return (
    <button type="submit" class={extra} aria-disabled={busy}>
      {busy && <span class="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}
