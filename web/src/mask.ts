/** One deed upon a mask. Places and widths are in pixels of the picture. */
export type Deed =
  | { kind: "stroke"; erase: boolean; width: number; points: [x: number, y: number][] }
  | { kind: "all" | "clear" | "invert" };

/** What of a canvas the painting needs. */
export type Painting = Pick<
  CanvasRenderingContext2D,
  "arc" | "beginPath" | "clearRect" | "fill" | "fillRect" | "fillStyle" | "globalCompositeOperation" | "lineCap" | "lineJoin" | "lineTo" | "lineWidth" | "moveTo" | "stroke" | "strokeStyle"
>;

/** A canvas of more pixels is more than phones give. */
const PIXELS_MAX = 16_000_000;

/** Paints one deed in a colour, over what is there: what is painted may change, what is clear stays. */
export function paint(on: Painting, deed: Deed, width: number, height: number, colour: string): void {
  on.fillStyle = colour;
  on.strokeStyle = colour;
  if (deed.kind === "clear") return on.clearRect(0, 0, width, height);
  if (deed.kind !== "stroke") {
    // What is opaque on both sides becomes clear: the opposite.
    on.globalCompositeOperation = deed.kind === "invert" ? "xor" : "source-over";
    on.fillRect(0, 0, width, height);
  } else {
    on.globalCompositeOperation = deed.erase ? "destination-out" : "source-over";
    stroke(on, deed.points, deed.width);
  }
  on.globalCompositeOperation = "source-over";
}

function stroke(on: Painting, points: readonly [number, number][], width: number): void {
  const [first] = points;
  if (!first) return;
  on.beginPath();
  if (points.length === 1) {
    on.arc(first[0], first[1], width / 2, 0, 2 * Math.PI);
    return on.fill();
  }
  on.lineWidth = width;
  on.lineCap = "round";
  on.lineJoin = "round";
  on.moveTo(...first);
  for (const point of points.slice(1)) on.lineTo(...point);
  on.stroke();
}

/** Whether anything may change at all: an empty mask is no order. */
export function isPainted(deeds: readonly Deed[]): boolean {
  let state: "none" | "some" | "all" = "none";
  for (const deed of deeds) {
    if (deed.kind === "all") state = "all";
    else if (deed.kind === "clear") state = "none";
    else if (deed.kind === "invert") state = state === "none" ? "all" : state === "all" ? "none" : "some";
    else if (deed.kind === "stroke" && deed.erase) state = state === "none" ? "none" : "some";
    else state = state === "all" ? "all" : "some";
  }
  return state !== "none";
}

/** How large a canvas is made for a picture: as large, within what a canvas can be. */
export function maskSize(width: number, height: number): { width: number; height: number; scale: number } {
  const scale = Math.min(1, Math.sqrt(PIXELS_MAX / (width * height)));
  return { width: Math.round(width * scale), height: Math.round(height * scale), scale };
}

/** The mask as hosts want it: black where the model may paint, white where it may not. Null: this browser cannot. */
export function maskFile(deeds: readonly Deed[], picture: { width: number; height: number }): Promise<Blob | null> {
  const { width, height, scale } = maskSize(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const on = canvas.getContext("2d");
  if (!on) return Promise.resolve(null);
  on.scale(scale, scale);
  for (const deed of deeds) paint(on, deed, picture.width, picture.height, "#000");
  on.globalCompositeOperation = "destination-over";
  on.fillStyle = "#fff";
  on.fillRect(0, 0, picture.width, picture.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
