import type { Kind, Role } from "../src/types";

const s = (count: number) => (count === 1 ? "" : "s");

/** Kinds of work, as headings of the models. */
export const kinds: Record<Kind, string> = {
  "text-to-image": "Pictures from words",
  "image-to-image": "Pictures from pictures",
  edit: "Edit a picture",
  upscale: "Enlarge",
  "remove-background": "Remove the background",
  "text-to-video": "Videos from words",
  "image-to-video": "Videos from a picture",
};

/** What the prompt is for, by kind of work; where there is none, what happens. */
export const placeholders: Record<Kind, string> = {
  "text-to-image": "Describe a picture…",
  "image-to-image": "Describe what to make of it…",
  edit: "Say what to change…",
  upscale: "Nothing to write: the picture comes back larger.",
  "remove-background": "Nothing to write: what stands in front stays.",
  "text-to-video": "Describe a video…",
  "image-to-video": "Describe how it moves…",
};

/** Names for what was made without words. */
export const unnamed: Partial<Record<Kind, string>> = { upscale: "Enlarged", "remove-background": "Without background" };

const slots: Record<Role, string> = {
  source: "Picture",
  mask: "Mask",
  reference: "Pictures",
  "first-frame": "First frame",
  "last-frame": "Last frame",
};

export const pictures = {
  region: "Pictures to start from",
  slots,
  upTo: (count: number) => `up to ${count}`,
  optional: "optional",
  number: (name: string, n: number) => `${name} ${n}`,
  start: "Start from a picture",
  add: (slot: string) => `Add: ${slot}`,
  device: "From this device",
  own: "From your pictures",
  paint: "Paint the mask",
  repaint: "Change the mask",
  remove: (name: string) => `Remove: ${name}`,
  private: "PNG, JPEG or WebP, up to 20 MB. Where and with what a photo was taken is removed.",
  drop: "Drop the pictures here",
  bringing: (name: string) => `Uploading ${name}`,
  brought: (name: string) => `${name} is here.`,
  checking: "Being checked",
  brings: "Your picture is still being uploaded.",
  refused: "Remove the refused picture to go on.",
  tooLarge: "This model does not take so large a picture: choose a smaller one.",
  tooLargeEnlarged: (times: string) => `Enlarged ×${times}, this picture would be too large to keep: enlarge it less, or choose a smaller picture.`,
  again: "Try again",
  other: "Choose another",
  takeAway: "Remove",
  pasted: "Pasted picture",
  painted: "Painted mask",
  tooMany: (count: number, shown: string) => `This model takes at most ${shown} picture${s(count)}: the others were left out.`,
  none: "No model here takes pictures.",
  switched: (model: string) => `${model} takes pictures: it is chosen now.`,
  aside: (count: number, model: string) =>
    count === 1 ? `1 picture is set aside: ${model} has no place for it.` : `${count} pictures are set aside: ${model} has no place for them.`,
  needs: {
    source: "Add the picture to work on.",
    mask: "Paint where the picture may change.",
    reference: "Add at least one picture.",
    "first-frame": "Add the picture that the video starts with.",
    "last-frame": "Add the picture that the video ends with.",
  } satisfies Record<Role, string>,
};

export const chooser = {
  title: "Choose from your pictures",
  made: "Made here",
  brought: "Uploads",
  noneMade: "Nothing yet: what you make appears here.",
  noneBrought: "Nothing yet: your uploads appear here, for a day if nothing uses them.",
  failed: "Your pictures could not be loaded.",
  again: "Try again",
  more: "Show more",
  delete: (name: string) => `Delete ${name} for good`,
  deleteAsk: "Delete this upload for good?",
  upload: (when: string) => `Uploaded ${when}`,
  done: "Done",
};

export const painter = {
  title: "Paint the mask",
  lead: "Paint over what may change. Everything else stays as it is.",
  canvas: "Mask. Arrow keys move the brush, Space paints.",
  tools: "Tool",
  brush: "Brush",
  eraser: "Eraser",
  size: "Brush size",
  undo: "Undo",
  all: "Everything",
  clear: "Clear",
  invert: "Invert",
  file: "Upload a mask",
  use: "Use this mask",
  cancel: "Cancel",
  leaveAsk: "Leave without the mask that you have painted?",
  leave: "Leave",
  stay: "Go on painting",
  empty: "Nothing is painted yet.",
  loading: "Loading the picture",
  failed: "The picture could not be loaded.",
  cannot: "The mask could not be made. Try a smaller picture.",
};

/** Settings beside those that every picture has. */
export const settings = {
  names: {
    strength: "Strength",
    size: "Size",
    style: "Style",
    resolution: "Resolution",
    scale: "Enlarge by",
    duration: "Length",
  } as Record<string, string>,
  options: {
    match: "Original",
    realistic_image: "Realistic",
    digital_illustration: "Illustration",
  } as Record<string, string>,
  hints: {
    strength: "Low keeps the picture, high paints anew.",
  } as Record<string, string>,
  steps: (range: string, step: string) => `${range} In steps of ${step}.`,
  seconds: (count: number, shown: string) => `${shown} second${s(count)}`,
  times: (shown: string) => `×${shown}`,
};

export const actions = {
  more: "More actions",
  vary: "Vary",
  varyWhy: "The same again, with another seed",
  remix: "Reuse",
  remixWhy: "Fills in the form, with a new seed",
  edit: "Edit",
  upscale: "Enlarge",
  "remove-background": "Remove background",
  "image-to-video": "Animate",
  taken: (model: string) => `The picture is in the prompt box, with ${model}.`,
  noModel: "Your plan has no model for this.",
};

export const films = {
  openLabel: (prompt: string) => `Open the video: ${prompt}`,
  film: "Video",
  duration: "Length",
  broken: "This video could not be loaded.",
  running: "Filming",
  working: "Working",
  of: (n: number, total: number) => `Video ${n} of ${total}`,
  failed: "No video this time",
};

export const sources = {
  title: "Made from",
  open: (name: string) => `Open: ${name}`,
  gone: "deleted",
};
