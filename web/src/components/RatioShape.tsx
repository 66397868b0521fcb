/** The outline of a ratio (width over height), in a square of one unit. */
export function RatioShape({ ratio }: { ratio: number }) {
  const wide = Math.min(1, ratio);
  const high = Math.min(1, 1 / ratio);
  return (
    <span class="ratio-box" aria-hidden="true">
      <span class="ratio-shape" style={{ width: `${(wide * 100).toFixed(1)}%`, height: `${(high * 100).toFixed(1)}%` }} />
    </span>
  );
}
