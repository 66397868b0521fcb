/** Drawn for this page on a 20-unit square, 1.5-unit strokes. */
const PATHS = {
  frame: "M3 4h14v12H3zM6 13l3-3.5 2.5 2.5L13.5 10 16 13M12.5 7.5h.01",
  coin: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 7l3 3-3 3-3-3z",
  globe: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM3 10h14M10 3c2 2 3 4.5 3 7s-1 5-3 7c-2-2-3-4.5-3-7s1-5 3-7Z",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9M10 12.5v1.5",
  eye: "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10ZM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6Z",
  "eye-off": "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10ZM3.5 16.5l13-13",
  sun: "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4",
  moon: "M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12Z",
  auto: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 3v14M10 6.5h4.5M10 10h7M10 13.5h4.5",
  user: "M10 10a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6ZM3.5 17c.8-3 3.3-4.5 6.5-4.5s5.7 1.5 6.5 4.5",
  "sign-out": "M8 3H4v14h4M12.5 6.5 16 10l-3.5 3.5M16 10H8",
  keyboard: "M2.5 5h15v10h-15zM5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M7 12h6",
  chevron: "M6 8l4 4 4-4",
  sliders: "M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  copies: "M4 4h9v9H4zM7 16h9V7",
  close: "M5 5l10 10M15 5 5 15",
  left: "M12 4.5 6.5 10l5.5 5.5",
  right: "M8 4.5 13.5 10 8 15.5",
  expand: "M11.5 4H16v4.5M8.5 16H4v-4.5M16 4l-5 5M4 16l5-5",
  download: "M10 3v9M6.5 9 10 12.5 13.5 9M4 16h12",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6M8.5 9v4.5M11.5 9v4.5",
  copy: "M7 7h9v9H7zM4 13V4h9",
  reuse: "M4 10a6 6 0 0 1 10.5-4L16 7.5M16 3.5v4h-4M16 10a6 6 0 0 1-10.5 4L4 12.5M4 16.5v-4h4",
  external: "M11 4h5v5M16 4l-7 7M14 12v4H4V6h4",
  edit: "M4 16l.8-3.5L13 4.3l2.7 2.7-8.2 8.2zM11.5 5.8l2.7 2.7",
  alert: "M10 3 18 16.5H2zM10 8.5v3.5M10 14.2h.01",
  shield: "M10 2.5 16 5v5c0 3.8-2.6 6.4-6 7.5-3.4-1.1-6-3.7-6-7.5V5z",
  plug: "M3 3l14 14M5.5 8a6.5 6.5 0 0 1 2-1.2M10.5 6.3A7 7 0 0 1 14.7 8M8 11a3 3 0 0 1 1.5-.6M10 14.5h.01M2.8 5.6A11 11 0 0 1 4.5 4.5M8.5 3.3a11 11 0 0 1 8.7 2.3",
  mail: "M3 5h14v10.5H3zM3 5.5l7 5.5 7-5.5",
  laptop: "M4.5 5h11v8h-11zM2.5 15.5h15",
  phone: "M6 2.5h8v15H6zM9 14.8h2",
  key: "M7 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM9.5 9.5 16 3M13.5 5.5l2 2",
  card: "M2.5 5h15v10.5h-15zM2.5 8.5h15M5.5 12.5h3",
  plus: "M10 4v12M4 10h12",
  picture: "M3 4h14v12H3zM6 13l3-3.5 2.5 2.5L13.5 10 16 13M12.5 7.5h.01",
  upload: "M10 13V4M6.5 7.5 10 4l3.5 3.5M4 16h12",
  brush: "M8.5 11.5 16 4M8.5 11.5c-2-.6-4 .6-4 2.5 0 1-.6 1.8-1.5 2 3 .9 6.3-.3 6.3-2.7 0-.7-.3-1.4-.8-1.8Z",
  eraser: "M8 16h8M5 12.5 11.5 6l4 4-6 6H7.5L5 13.5z",
  undo: "M4 8h8a4 4 0 0 1 0 8H8M4 8l3.5-3.5M4 8l3.5 3.5",
  play: "M7 4.5v11l8.5-5.5z",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  vary: "M3 6h3l7 8h4M3 14h3l2-2.3M11 8.3 13 6h4M15 4l2 2-2 2M15 12l2 2-2 2",
  upscale: "M4 10v6h6M4 16l6-6M11 4h5v5M16 4l-4 4",
  cutout: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c1-3 3.2-4.5 6-4.5s5 1.5 6 4.5M3 3v2M3 8v2M17 3v2M17 8v2",
  film: "M3 4.5h14v11H3zM6.5 4.5v11M13.5 4.5v11M3 8.2h3.5M3 11.8h3.5M13.5 8.2H17M13.5 11.8H17",
  check: "M4 10.5l4 4 8-9",
  star: "M10 3l2.2 4.5 4.8.7-3.5 3.4.8 4.9L10 14.2l-4.3 2.3.8-4.9L3 8.2l4.8-.7z",
  folder: "M3 5h5l1.5 2H17v9H3z",
  share: "M10 12V3M7 5.5 10 3l3 2.5M6 9H4.5v7.5h11V9H14",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative: the control around it carries the name. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
