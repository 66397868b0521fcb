import { computed, signal } from "@preact/signals";
import { en, type Text } from "../text/en";
import { fr } from "../text/fr";
import {
  allPictures,
  carryOver,
  imagesOf,
  inputNamed,
  lackingPictures,
  MASK,
  orderKey,
  oversize,
  parseRatio,
  picturesIn,
  priceOf,
  promptLength,
  shortfall,
  takesPrompt,
  toSend,
} from "./catalogue";
import { chooseLang, type Lang } from "./format";
import { isNewest } from "./newest";
import { isOpen } from "./polling";
import { read } from "./storage";
import type { ProblemCode } from "./errors";
import type { Flash } from "./arrivals";
import type { Quoted } from "./quote";
import type { Account, Credits, DeviceSession, Generation, GenerationRequest, Inputs, Kind, Method, Model, Output, Parent, Problem, StudioSettings, User } from "./types";

export type Theme = "auto" | "light" | "dark";

/** A submit that has no generation yet. */
export interface Pending {
  /** Idempotency key: the same for every retry of this submit, and the tile's identity after it. */
  key: string;
  request: GenerationRequest;
  bornMs: number;
  /** The price that was seen before the press: without another one it is not exceeded. */
  shown: number;
  quote: Quoted | null;
  /** What it is made from, by its words and inputs. */
  parent: Parent | null;
  /** `lost`: no answer arrived, so the same key must be sent again. `refused`: the server said no. */
  phase: "sending" | "lost" | "refused";
  problem: Problem | null;
}

/** What the grid shows for one submit, before and after the server knows it. */
export type Entry =
  | { kind: "pending"; key: string; pending: Pending }
  | { kind: "generation"; key: string; generation: Generation };

/** A list of the account page. */
export type Loadable<T> = "loading" | "failed" | readonly T[];

/** Language and appearance. */
export const lang = signal<Lang>(chooseLang(read("lang"), typeof navigator === "undefined" ? [] : navigator.languages));
export const text = computed<Text>(() => (lang.value === "fr" ? fr : en));
const storedTheme = read("theme");
export const theme = signal<Theme>(storedTheme === "light" || storedTheme === "dark" ? storedTheme : "auto");
export const singleKeys = signal(read("single-keys") !== "off");

/** Who is there. `loading` until the first answer, so that no screen flashes. */
export const phase = signal<"loading" | "failed" | "signed-out" | "studio">("loading");
export const user = signal<User | null>(null);
/** Why one stands at the sign-in again: the session is over, or too old for what was asked. */
export const sessionEnded = signal<"ended" | "again" | null>(null);

/** What this installation offers; nothing until it has said so. */
export const settings = signal<StudioSettings>({
  minimumAge: 16,
  google: false,
  magicLink: false,
  mail: false,
  requireVerification: false,
  deleteVerification: false,
  live: false,
});

/** Whether the feed is heard: what becomes of a generation is told, and need not be asked for. */
export const live = signal(false);

/** The account, its sessions and its ways to sign in, as last answered. */
export const account = signal<Account | null>(null);
export const accountFailed = signal(false);
export const sessions = signal<Loadable<DeviceSession>>("loading");
export const methods = signal<Loadable<Method>>("loading");

/** The request to confirm the address was put away, for as long as the page is open. */
export const verifyLater = signal(false);

/** News from the address, and the token of a mail's link to choose a password. */
export const flash = signal<Flash | null>(null);
export const resetToken = signal<string | null>(null);

/** The catalogue and the balance, as last answered. */
export const models = signal<Model[]>([]);
export const credits = signal<Credits | null>(null);

/** Takes a balance out of an answer, unless one that was asked for later is there already. */
export function takeCredits(balance: Credits, answer: object): void {
  if (isNewest("credits", answer)) credits.value = balance;
}

/** The prompt box. */
export const prompt = signal("");
export const modelId = signal("");
export const inputs = signal<Inputs>({});
/** What the page knows of a picture, by what names it. */
export interface Face {
  /** Where it can be seen. */
  url: string;
  /** The same after this page is gone; null while it is only here. */
  lasting: string | null;
  title: string;
  /** In pixels, if known. */
  width: number;
  height: number;
  phase: "bringing" | "there" | "refused";
  /** How much of the file was sent, from 0 to 1; null: nothing is being sent. */
  sent: number | null;
  trouble: ProblemCode | null;
  /** The thumbnail's identity, the same before and after it is brought. */
  key: string;
}
export const faces = signal<ReadonlyMap<string, Face>>(new Map());
/** Pictures for which the chosen model has no place: they come back with a model that has one. A mask belongs to the picture `of`. */
export const shelf = signal<{ pictures: readonly string[]; mask: readonly string[]; of: string | undefined }>({ pictures: [], mask: [], of: undefined });
/** A setting that the server did not accept, to be marked until it changes. */
export const fieldError = signal<string | null>(null);
/** The price that the studio keeps to, for the order that it names. */
export const quote = signal<Quoted | null>(null);
/** An order whose price had risen when it was to be sent, and what it was before. */
export const dearer = signal<{ order: string; before: number } | null>(null);

/** The gallery. */
export const pendings = signal<Pending[]>([]);
export const generations = signal<Generation[]>([]);
/** Keys of the submits made here, by generation: a tile stays the same node from click to picture. */
export const keys = signal<ReadonlyMap<string, string>>(new Map());
export const nextCursor = signal<string | null>(null);
export const listing = signal<"idle" | "loading" | "loaded" | "failed">("idle");
/** Ids being deleted: hidden at once, shown again if the server refuses. */
export const removing = signal<ReadonlySet<string>>(new Set());

/** Ids that are being stopped. */
export const stopping = signal<ReadonlySet<string>>(new Set());
/** What the library shows: works that the gallery may not have. */
export const works = signal<Generation[]>([]);
/** The work whose links are open. */
export const sharing = signal<{ id: string; n: number } | null>(null);

/** The picture open in the viewer. */
export const viewing = signal<{ id: string; n: number } | null>(null);
export const shortcutsOpen = signal(false);

/** A passing note, and what assistive technology is told. */
export const note = signal<{ words: string; n: number } | null>(null);
let noted = 0;
/** Its words. The same ones twice are two notes. */
export const notice = {
  get value() {
    return note.value?.words ?? null;
  },
  set value(words: string | null) {
    note.value = words === null ? null : { words, n: (noted += 1) };
  },
  peek: () => note.peek()?.words ?? null,
};
export const announcement = signal("");

/** Ticks once a second while something is open, for elapsed times. */
export const nowMs = signal(Date.now());
/** When each submit of this page was made, by key, on this device's clock. */
export const born = new Map<string, number>();

export const model = computed(() => models.value.find((each) => each.id === modelId.value) ?? models.value[0]);
/** The inputs as they would be sent, and the order that they make. */
export const asked = computed(() => toSend(inputs.value));
export const order = computed(() => (model.value ? orderKey(model.value.id, asked.value) : ""));
/** As quoted, else by the catalogue. */
export const price = computed(() => {
  if (quote.value?.order === order.value) return quote.value.price;
  return model.value ? priceOf(model.value, inputs.value) : 0;
});
export const missing = computed(() => (credits.value ? shortfall(price.value, credits.value.available) : 0));
export const over = computed(() => (model.value && takesPrompt(model.value) ? promptLength(prompt.value) - model.value.prompt.maxLength : 0));
/** The pictures that the prompt box holds, masks included, as they are now. */
const held = computed(() => (model.value ? imagesOf(model.value).flatMap(({ name }) => picturesIn(inputs.value, name)) : []));
/** A picture that the chosen model does not take, for its size. */
export const tooLarge = computed(() => (model.value ? oversize(model.value, inputs.value, (picture) => faces.value.get(picture)) : null));
/** What the order waits for, money aside: the input whose pictures are lacking, a picture on its way or too large, words. */
export const obstacle = computed(() => {
  if (!model.value) return "model";
  const lacking = lackingPictures(model.value, inputs.value);
  if (lacking) return lacking;
  const phases = held.value.map((each) => faces.value.get(each)?.phase);
  if (phases.includes("refused")) return "refused";
  if (phases.includes("bringing")) return "bringing";
  if (tooLarge.value) return "large";
  const wordless = prompt.value.trim() === "" && model.value.prompt.required;
  return wordless || over.value > 0 ? "words" : null;
});
export const canGenerate = computed(() => obstacle.value === null && missing.value === 0);

export const entries = computed<Entry[]>(() => {
  const waiting = pendings.value.map((pending): Entry => ({ kind: "pending", key: pending.key, pending }));
  const known = generations.value
    .filter((generation) => !removing.value.has(generation.id))
    .map((generation): Entry => ({ kind: "generation", key: keyOf(generation.id), generation }));
  return [...waiting.reverse(), ...known];
});

/** One of a generation's outputs. */
export interface Picture {
  generation: Generation;
  output: Output;
  n: number;
}
const picturesOf = (generation: Generation): Picture[] =>
  generation.status === "succeeded" ? generation.outputs.map((output, n) => ({ generation, output, n })) : [];

/** Pictures in the order of the grid, for going from one to the next. */
export const pictures = computed(() => entries.value.flatMap((entry) => (entry.kind === "generation" ? picturesOf(entry.generation) : [])));
/** The library's works as the gallery knows them, where it does: it hears of changes. */
export const shelved = computed(() => {
  const known = new Map(generations.value.map((each) => [each.id, each]));
  return works.value.filter((each) => !removing.value.has(each.id)).map((each) => known.get(each.id) ?? each);
});
export const shelvedPictures = computed(() => shelved.value.flatMap(picturesOf));
/** What the next order from the prompt box is made from. */
export const origin = signal<Parent | null>(null);

export const anyOpen = computed(() => generations.value.some((each) => isOpen(each.status)));
/** Works that are on their way. */
export const underway = computed(() => generations.value.filter((each) => isOpen(each.status)).length + pendings.value.filter((each) => each.phase !== "refused").length);
export const anyUnsent = computed(() => pendings.value.some((each) => each.phase !== "refused"));

export function keyOf(id: string): string {
  return keys.value.get(id) ?? id;
}

export function modelNamed(id: string): string {
  return models.value.find((each) => each.id === id)?.name ?? id;
}

export function kindOf(id: string): Kind | undefined {
  return models.value.find((each) => each.id === id)?.kind;
}

/** What a generation is called where its words would stand: there may be none. */
export function titleOf({ prompt, model: id }: { prompt: string; model: string }): string {
  if (prompt !== "") return prompt;
  const kind = kindOf(id);
  return (kind && text.value.unnamed[kind]) ?? modelNamed(id);
}

/** Width over height of the picture that an order starts from, if known. */
function sourceRatio(asked: Inputs): number | null {
  const [first] = allPictures(asked);
  const face = first === undefined ? undefined : faces.value.get(first);
  const [id, n] = first?.split("/") ?? [];
  const { width = 0, height = 0 } = face?.width ? face : (generations.value.find((each) => each.id === id)?.outputs[Number(n)] ?? {});
  return height > 0 ? width / height : null;
}

/** Two ratios that look the same: models keep to their own multiples of pixels. */
const NEARLY = 0.05;

/** Width over height in which a generation is shown: what was asked for, so that nothing moves on arrival. */
export function ratioOf(id: string, asked: Inputs, output?: { width: number; height: number }): number {
  const found = models.value.find((each) => each.id === id);
  const input = found && inputNamed(found, "aspectRatio");
  const fallback = input?.type === "choice" ? parseRatio(input.default) : null;
  const measured = output && output.height > 0 ? output.width / output.height : null;
  const source = sourceRatio(asked);
  const expected = parseRatio(asked["aspectRatio"]) ?? (source !== null && Math.abs(source / (measured ?? source) - 1) < NEARLY ? source : null);
  return expected ?? measured ?? fallback ?? 1;
}

/** Takes a model into the prompt box, keeping every setting that it understands. */
export function chooseModel(id: string, from: Inputs = inputs.value): void {
  const chosen = models.value.find((each) => each.id === id) ?? models.value[0];
  if (!chosen) return;
  const { pictures: put, mask, of } = from === inputs.value ? shelf.value : { pictures: [], mask: [], of: undefined };
  const taken = carryOver(chosen, { ...(from === inputs.value ? chosenOf(from) : from), "": put });
  const [first] = allPictures(taken);
  const masks = imagesOf(chosen).some(({ name }) => name === MASK);
  if (masks && picturesIn(taken, MASK).length === 0 && of !== undefined && first === of) taken[MASK] = mask;
  const placed = allPictures(taken);
  const [before] = allPictures(from);
  const given = picturesIn(from, MASK).length > 0;
  shelf.value = {
    pictures: [...allPictures(from), ...put].filter((each) => !placed.includes(each)),
    mask: masks ? [] : given ? picturesIn(from, MASK) : mask,
    of: masks ? undefined : given ? before : of,
  };
  modelId.value = chosen.id;
  inputs.value = taken;
  fieldError.value = null;
}

/** The settings that somebody chose: what is still the model's own default follows the next model's. */
function chosenOf(from: Inputs): Inputs {
  const unchosen = (name: string) => {
    const input = model.value && inputNamed(model.value, name);
    return input !== undefined && input.type !== "images" && input.default === from[name];
  };
  return Object.fromEntries(Object.entries(from).filter(([name]) => !unchosen(name)));
}

export function setInput(name: string, value: Inputs[string]): void {
  inputs.value = { ...inputs.value, [name]: value };
  if (fieldError.value === name) fieldError.value = null;
}

/** Puts pictures into one of the model's inputs. A mask goes with the picture that it was made for. */
export function setPictures(name: string, pictures: readonly string[]): void {
  const [before] = allPictures(inputs.value);
  const next: Inputs = { ...inputs.value, [name]: pictures };
  const [after] = allPictures(next);
  if (before !== after) {
    if (MASK in next) next[MASK] = [];
    shelf.value = { ...shelf.value, mask: [], of: undefined };
  }
  inputs.value = next;
  if (fieldError.value === name) fieldError.value = null;
}

export function setPrompt(value: string): void {
  prompt.value = value;
  if (value.trim() === "") origin.value = null;
  if (fieldError.value === "prompt") fieldError.value = null;
}
