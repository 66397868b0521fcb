import type { Output } from "./types";

type Picture = Pick<Output, "url" | "width" | "height" | "sizes">;

/** The height of a row of the gallery, in CSS pixels, where the browser cannot tell how wide a tile is before it loads. */
const ROW_PX = 300;

/** What an image element of the gallery chooses from: the small copies, and the picture itself. */
export function choices({ url, width, height, sizes }: Picture): { srcset?: string; sizes?: string } {
  if (sizes.length === 0) return {};
  const each = [...sizes, { url, width }].map((one) => `${one.url} ${one.width}w`);
  return { srcset: each.join(", "), sizes: `auto, min(100vw, ${Math.ceil((width / height) * ROW_PX)}px)` };
}

/** The smallest there is: enough for a stamp. */
export function stamp({ url, sizes }: Pick<Output, "url" | "sizes">): string {
  return sizes[0]?.url ?? url;
}

/** The picture without the recipe in its file. */
export function withoutRecipe(url: string): string {
  return `${url}&plain`;
}
