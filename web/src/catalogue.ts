import type { ImagesInput, Inputs, Kind, Model, ModelInput, Output } from "./types";

/** Width over height of "16:9"; null for values that name no ratio, such as "match". */
export function parseRatio(value: unknown): number | null {
  const match = typeof value === "string" ? /^(\d{1,4}):(\d{1,4})$/.exec(value) : null;
  const width = Number(match?.[1]);
  const height = Number(match?.[2]);
  return width > 0 && height > 0 ? width / height : null;
}

/** Characters of a prompt as the server counts them: an emoji is one, not two. */
export function promptLength(prompt: string): number {
  return [...prompt].length;
}

/** Whether a model takes words at all. */
export function takesPrompt(model: Model): boolean {
  return model.prompt.maxLength > 0;
}

export function inputNamed(model: Model, name: string): ModelInput | undefined {
  return model.inputs.find((input) => input.name === name);
}

/** The inputs of a model that take pictures, in the order of the form. */
export function imagesOf(model: Model): ImagesInput[] {
  return model.inputs.filter((input): input is ImagesInput => input.type === "images");
}

/** What names the pictures of an input. */
export function picturesIn(inputs: Inputs, name: string): readonly string[] {
  const value = inputs[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** The first input that has fewer pictures than the model needs. */
export function lackingPictures(model: Model, inputs: Inputs): ImagesInput | null {
  return imagesOf(model).find(({ name, minimum }) => picturesIn(inputs, name).length < minimum) ?? null;
}

/** What is too large about a picture, and by what it would be enlarged: 1 where no smaller factor helps. */
export interface Oversize {
  input: ImagesInput;
  picture: string;
  times: number;
}

/** The first picture that is larger than the model takes it, as far as sizes are known. The studio refuses what this does not find. */
export function oversize(model: Model, inputs: Inputs, sizeOf: (picture: string) => { width: number; height: number } | undefined): Oversize | null {
  for (const input of imagesOf(model)) {
    const scale = input.scaledBy === null ? undefined : inputNamed(model, input.scaledBy);
    const said = scale && inputs[scale.name];
    const times = typeof said === "number" ? said : scale?.type === "integer" ? (scale.default ?? 1) : 1;
    const fits = (by: number) => (picture: string) => {
      const { width, height } = sizeOf(picture) ?? { width: 0, height: 0 };
      return width * height * by * by <= input.maxPixels && Math.max(width, height) * by <= input.maxSide;
    };
    const least = scale?.type === "integer" ? scale.minimum : 1;
    const picture = picturesIn(inputs, input.name).find((each) => !fits(times)(each));
    if (picture !== undefined) return { input, picture, times: fits(least)(picture) ? times : 1 };
  }
  return null;
}

/** Whether a kind of work ends in a film. */
export function isFilmKind(kind: Kind): boolean {
  return kind === "text-to-video" || kind === "image-to-video";
}

/** Whether an output is a film. */
export function isFilm({ mediaType }: Pick<Output, "mediaType">): boolean {
  return mediaType.startsWith("video/");
}

/** How many pictures these inputs ask for; one where the model takes no count. */
export function outputsOf(inputs: Inputs): number {
  const count = inputs["outputs"];
  return typeof count === "number" && count > 0 ? Math.floor(count) : 1;
}

/** What one output is worth, in the model's units: a film's seconds, one for all else. */
function unitsOf(model: Model, inputs: Inputs): number {
  if (model.unit !== "second") return 1;
  const input = inputNamed(model, "duration");
  const seconds = inputs["duration"] ?? (input?.type === "integer" ? input.default : null);
  return typeof seconds === "number" ? seconds : 1;
}

/** Credits the generation will hold: each unit of each output is paid for. */
export function priceOf(model: Model, inputs: Inputs): number {
  return model.credits * unitsOf(model, inputs) * outputsOf(inputs);
}

/** Credits missing to pay `price`; 0 when the balance suffices. */
export function shortfall(price: number, available: number): number {
  return Math.max(0, price - available);
}

function defaultOf(input: ModelInput): Inputs[string] {
  return input.type === "images" ? [] : input.default;
}

export function defaults(model: Model): Inputs {
  return Object.fromEntries(model.inputs.map((input) => [input.name, defaultOf(input)]));
}

function fits(input: Exclude<ModelInput, ImagesInput>, value: unknown): boolean {
  switch (input.type) {
    case "choice":
      return typeof value === "string" && input.options.includes(value);
    case "switch":
      return typeof value === "boolean";
    case "decimal":
      return within(input, value) && Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;
    case "integer":
      if (value === null) return input.default === null;
      return within(input, value) && (value - input.minimum) % input.step === 0;
  }
}

function within({ minimum, maximum }: { minimum: number; maximum: number }, value: unknown): value is number {
  return typeof value === "number" && value >= minimum && value <= maximum;
}

/** The nearest number that an input takes. */
export function nearest(input: Extract<ModelInput, { type: "integer" | "decimal" }>, value: number): number {
  const { minimum, maximum } = input;
  const step = input.type === "integer" ? input.step : 0.01;
  const most = minimum + Math.floor((maximum - minimum) / step + 1e-6) * step;
  const stepped = minimum + Math.round((value - minimum) / step) * step;
  return Math.round(Math.min(most, Math.max(minimum, stepped)) * 100) / 100;
}

/** A mask belongs to its picture: it is never taken for another one. */
export const MASK = "mask";

/** Every picture but the mask, once, in the order in which they were given. */
export function allPictures(inputs: Inputs): string[] {
  return [...new Set(Object.keys(inputs).flatMap((name) => (name === MASK ? [] : picturesIn(inputs, name))))];
}

/**
 * The model's inputs with what carries over from `from`: values it does not take become its defaults. Pictures go where they were,
 * then where one is needed.
 */
export function carryOver(model: Model, from: Inputs): Inputs {
  const inputs: Inputs = {};
  for (const input of model.inputs) {
    const { name } = input;
    const value = from[name];
    if (input.type === "images") inputs[name] = picturesIn(from, name).slice(0, input.maximum);
    else inputs[name] = value !== undefined && fits(input, value) ? value : input.default;
  }
  for (const { name, minimum, maximum } of imagesOf(model)) {
    if (minimum === 0 || name === MASK) continue;
    const placed = allPictures(inputs);
    const rest = allPictures(from).filter((each) => !placed.includes(each));
    inputs[name] = [...picturesIn(inputs, name), ...rest].slice(0, maximum);
  }
  return inputs;
}

/** The inputs to send: those set, so that the server's own defaults stay the server's. */
export function toSend(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)));
}

/** What an order is for, the same whatever the sequence of its settings. A prompt has no price. */
export function orderKey(model: string, inputs: Inputs): string {
  return JSON.stringify([model, ...Object.entries(toSend(inputs)).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Lower-case letters without their accents. */
const plain = (words: string) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Models of which every word of a search is said, by `said` or by their own names. */
export function modelsFor(models: readonly Model[], search: string, said: (model: Model) => string): Model[] {
  const wanted = plain(search).split(/\s+/).filter(Boolean);
  return models.filter((each) => {
    const all = plain(`${each.name} ${each.id} ${said(each)}`);
    return wanted.every((word) => all.includes(word));
  });
}

/** Models by kind, in the catalogue's order. */
export function byKind(models: readonly Model[]): [kind: Kind, models: Model[]][] {
  const kinds = [...new Set(models.map(({ kind }) => kind))];
  return kinds.map((kind) => [kind, models.filter((each) => each.kind === kind)]);
}
