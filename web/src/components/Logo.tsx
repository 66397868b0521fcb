/** The easel that is an A, in the accent colour. */
export function Logo({ name }: { name: string }) {
  return (
    <span class="logo">
      <svg viewBox="0 0 64 64" aria-hidden="true" focusable="false">
        <rect width="64" height="64" rx="15" class="logo-ground" />
        <path d="M32 11 16.5 53M32 11l15.5 42M32 11v7M15 44.5h34" class="logo-lines" />
        <rect x="20.5" y="24" width="23" height="17" rx="1.5" class="logo-canvas" />
      </svg>
      <span class="logo-name">{name}</span>
    </span>
  );
}
