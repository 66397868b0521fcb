import { batch, signal } from "@preact/signals";
import { api, ConnectionLost, ProblemError } from "./api";
import { billing } from "./billing-state";
import { picturesIn } from "./catalogue";
import { accountCode, type ProblemCode } from "./errors";
import type { Deed } from "./mask";
import { firstOf, place, placesOf } from "./places";
import { put } from "./put";
import { loseSession } from "./session";
import { allows } from "./shortfall";
import * as state from "./state";
import type { Generation, Inputs, Kind, Output, Upload } from "./types";

/** What browsers are asked to offer; the studio looks for itself. */
export const ACCEPT = "image/png,image/jpeg,image/webp";
/** So often a picture waits for memory. */
const WAITS_MAX = 5;
/** Which work is meant by a picture, if nothing else is said. */
const MEANT: readonly Kind[] = ["edit", "image-to-image"];
/** Sides and pixels that the studio takes. Source: its contract for uploads. */
const SIDE_MIN = 16;
const PIXELS_MAX = 50_000_000;

/** Where the choice among one's own pictures goes; null: it is closed. */
export const choosing = signal<{ into: string | undefined } | null>(null);
/** Whether the mask is being painted. */
export const painting = signal(false);

/** How the masks of this page were painted, by the key of their thumbnail: they can be painted further. */
export const deedsOf = new Map<string, readonly Deed[]>();

/** Pictures on their way, by their name on this page: their file, and how to stop. */
const underway = new Map<string, { file: Blob; stop: AbortController }>();
let count = 0;

function change(name: string, to: Partial<state.Face>): void {
  const face = state.faces.peek().get(name);
  if (face) state.faces.value = new Map(state.faces.peek()).set(name, { ...face, ...to });
}

/** Makes pictures known that lie with the studio. */
export function know(known: ReadonlyMap<string, Pick<state.Face, "url" | "title" | "width" | "height">>): void {
  const faces = new Map(state.faces.peek());
  for (const [name, face] of known) {
    const before = faces.get(name);
    faces.set(name, { key: name, ...before, ...face, lasting: face.url, phase: "there", sent: null, trouble: null });
  }
  state.faces.value = faces;
}

export function knowUpload({ id, url, width, height }: Upload, title: string): string {
  know(new Map([[id, { url, title, width, height }]]));
  return id;
}

/** Makes an output known as a picture to start from; answers its name. */
export function knowOutput(generation: Generation, output: Output, n: number): string {
  const name = `${generation.id}/${n}`;
  know(new Map([[name, { url: output.url, title: generation.prompt, width: output.width, height: output.height }]]));
  return name;
}

/** The inputs of a generation with those pictures that are still there, which become known. */
export function knowSources({ inputs, sources }: Generation): Inputs {
  const kept: Inputs = { ...inputs };
  const known = new Map<string, Pick<state.Face, "url" | "title" | "width" | "height">>();
  for (const input of new Set(sources.map((source) => source.input))) {
    const urls = sources.filter((source) => source.input === input).map(({ url }) => url);
    kept[input] = picturesIn(inputs, input).filter((name, n) => {
      const url = urls[n] ?? null;
      const { title = "", width = 0, height = 0 } = state.faces.peek().get(name) ?? {};
      if (url !== null) known.set(name, { url, title, width, height });
      return url !== null;
    });
  }
  know(known);
  return kept;
}

/** Puts pictures into the prompt box; with a model that takes some, if the chosen one takes none. */
export function take(pictures: readonly string[], meant?: string): void {
  batch(() => {
    const { pictures: words } = state.text.value;
    let model = state.model.peek();
    if (meant === undefined && model && placesOf(model).length === 0) {
      model = firstOf(MEANT, state.models.peek(), (id) => allows(billing.peek()?.plan.limits, id)) ?? undefined;
      if (model) {
        state.shelf.value = { pictures: [], mask: [], of: undefined };
        state.chooseModel(model.id);
        state.notice.value = words.switched(model.name);
      } else state.notice.value = words.none;
    }
    if (!model) return pictures.forEach(forget);
    const { lists, leftOut } = place(model, state.inputs.peek(), pictures, meant);
    for (const [name, list] of lists) state.setPictures(name, list);
    const kept = new Set([...lists.values()].flat());
    const most = placesOf(model).reduce((sum, { maximum }) => sum + maximum, 0);
    if (leftOut > 0) state.notice.value = words.tooMany(most, String(most));
    for (const each of pictures) if (!kept.has(each)) forget(each);
  });
}

/** Takes a picture out of the prompt box; one on its way is not brought any further. */
export function takeAway(input: string, name: string): void {
  batch(() => {
    state.setPictures(input, picturesIn(state.inputs.peek(), input).filter((each) => each !== name));
    forget(name);
  });
}

function forget(name: string): void {
  underway.get(name)?.stop.abort();
  if (!underway.delete(name)) return;
  const faces = new Map(state.faces.peek());
  faces.delete(name);
  state.faces.value = faces;
}

/** Nothing of an account's pictures stays on the page. */
export function forgetPictures(): void {
  for (const name of [...underway.keys()]) forget(name);
  for (const { url } of state.faces.peek().values()) if (url.startsWith("blob:")) URL.revokeObjectURL(url);
  deedsOf.clear();
  batch(() => {
    state.faces.value = new Map();
    state.shelf.value = { pictures: [], mask: [], of: undefined };
    choosing.value = null;
    painting.value = false;
    const entries = Object.entries(state.inputs.peek()).map(([name, value]) => [name, Array.isArray(value) ? [] : value] as const);
    state.inputs.value = Object.fromEntries(entries);
  });
}

/** Brings files into the prompt box. Each stands there at once, and says how far it is. Answers what they are called meanwhile. */
export function bring(files: readonly File[], meant?: string): string[] {
  const names = files.map((file) => begin(file, file.name || state.text.value.pictures.pasted));
  take(names, meant);
  for (const name of names) if (underway.has(name)) void send(name);
  return names;
}

function begin(file: Blob, title: string): string {
  const name = `local:${(count += 1)}`;
  underway.set(name, { file, stop: new AbortController() });
  const url = URL.createObjectURL(file);
  const face: state.Face = { url, lasting: null, title, width: 0, height: 0, phase: "bringing", sent: 0, trouble: null, key: name };
  state.faces.value = new Map(state.faces.peek()).set(name, face);
  return name;
}

/** Tries once more to bring a picture. */
export function bringAgain(name: string): void {
  const begun = underway.get(name);
  if (!begun) return;
  underway.set(name, { ...begun, stop: new AbortController() });
  change(name, { phase: "bringing", sent: 0, trouble: null });
  void send(name);
}

async function send(name: string): Promise<void> {
  const begun = underway.get(name);
  if (!begun) return;
  const { file, stop } = begun;
  const current = () => underway.get(name)?.stop === stop && !stop.signal.aborted;
  let id: string | null = null;
  try {
    const opened = await api.openUpload();
    id = opened.id;
    if (!current()) return leaveOut(id);
    if (file.size > opened.maxBytes) throw new ProblemError({ status: 413, code: "body_too_large" });
    const upload = await putPatiently(opened.putUrl, file, (sent) => current() && change(name, { sent }), stop.signal);
    if (current()) arrived(name, upload);
    else leaveOut(id);
  } catch (error) {
    if (id !== null) leaveOut(id);
    if (!current()) return;
    if (error instanceof ProblemError && error.problem.status === 401) return loseSession();
    const trouble = await troubleOf(error, state.faces.peek().get(name)?.url ?? "");
    if (!current()) return;
    change(name, { phase: "refused", sent: null, trouble });
  }
}

/** Sends a file, and again after a while if the studio has no memory for it just now: many may be on their way at once. */
async function putPatiently(...[url, file, onSent, stop]: Parameters<typeof put>): ReturnType<typeof put> {
  for (let left = WAITS_MAX; ; left -= 1) {
    try {
      return await put(url, file, onSent, stop);
    } catch (error) {
      const waitS = error instanceof ProblemError && error.problem.status === 503 ? error.problem.retryAfterS : undefined;
      if (waitS === undefined || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitS * 1000));
    }
  }
}

/** What was announced and is not wanted any more would count among those that nothing uses, for a day. */
function leaveOut(id: string): void {
  void api.removeUpload(id).catch(() => undefined);
}

/** From here on the picture goes by its own name. */
function arrived(name: string, { id, url, width, height }: Upload): void {
  underway.delete(name);
  const renamed = (list: readonly string[]) => list.map((each) => (each === name ? id : each));
  const face = state.faces.peek().get(name);
  if (!face) return;
  batch(() => {
    const faces = new Map(state.faces.peek());
    faces.delete(name);
    faces.set(id, { ...face, lasting: url, width, height, phase: "there", sent: null, trouble: null });
    state.faces.value = faces;
    const entries = Object.entries(state.inputs.peek()).map(([input, value]) => [input, Array.isArray(value) ? renamed(value as readonly string[]) : value] as const);
    state.inputs.value = Object.fromEntries(entries);
    const { pictures, mask, of } = state.shelf.peek();
    state.shelf.value = { pictures: renamed(pictures), mask: renamed(mask), of: of === name ? id : of };
    state.announcement.value = state.text.peek().pictures.brought(face.title);
  });
}

async function troubleOf(error: unknown, url: string): Promise<ProblemCode> {
  if (error instanceof ConnectionLost) return "connection_lost";
  if (!(error instanceof ProblemError)) throw error;
  const { code, status, field } = error.problem;
  return code === "invalid_input" && field === "body" ? await unfit(url) : accountCode(code, status);
}

/** Why a picture was not taken: the studio says so in English only, so the browser looks once more. */
async function unfit(url: string): Promise<ProblemCode> {
  const image = new Image();
  image.src = url;
  const seen = await image.decode().then(() => true, () => image.naturalWidth > 0);
  if (!seen) return "picture_refused";
  const { naturalWidth: width, naturalHeight: height } = image;
  if (width * height > PIXELS_MAX) return "picture_large";
  return Math.min(width, height) < SIDE_MIN ? "picture_small" : "picture_refused";
}

/** Whether the same file may pass another time. */
export function mayPass(trouble: ProblemCode): boolean {
  return !["picture_refused", "picture_large", "picture_small", "body_too_large"].includes(trouble);
}
