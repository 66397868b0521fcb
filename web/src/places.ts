import { imagesOf, MASK, picturesIn } from "./catalogue";
import type { ImagesInput, Inputs, Model } from "./types";

/** The inputs of a model into which pictures may come by themselves: a mask is made, or chosen on purpose. */
export function placesOf(model: Model): ImagesInput[] {
  return imagesOf(model).filter(({ name }) => name !== MASK);
}

export interface Placed {
  /** The pictures of each input that changes. */
  lists: Map<string, readonly string[]>;
  /** How many found no place. */
  leftOut: number;
}

/**
 * Where pictures go: into the input that was meant, else into the first with room. A single one takes the place of the only one that
 * there can be.
 */
export function place(model: Model, inputs: Inputs, pictures: readonly string[], meant?: string): Placed {
  const inputsOfModel = imagesOf(model);
  const targets = meant === undefined ? placesOf(model) : inputsOfModel.filter(({ name }) => name === meant);
  const lists = new Map<string, readonly string[]>();
  const now = (name: string) => lists.get(name) ?? picturesIn(inputs, name);
  let leftOut = 0;
  for (const picture of pictures) {
    if (targets.some(({ name }) => now(name).includes(picture))) continue;
    const target = targets.find(({ name, maximum }) => now(name).length < maximum);
    const [first] = targets;
    if (target) lists.set(target.name, [...now(target.name), picture]);
    else if (first?.maximum === 1 && pictures.length === 1) lists.set(first.name, [picture]);
    else leftOut += 1;
  }
  return { lists, leftOut };
}

/** The model that does a kind of work, the first that a plan allows. */
export function firstOf(kinds: readonly string[], models: readonly Model[], allowed: (id: string) => boolean): Model | null {
  for (const kind of kinds) {
    const found = models.find((each) => each.kind === kind && allowed(each.id));
    if (found) return found;
  }
  return null;
}
