import { batch } from "@preact/signals";
import * as money from "./billing-state";
import * as state from "./state";
import { allPictures, MASK, picturesIn, takesPrompt } from "./catalogue";
import { readDraft, writeDraft } from "./storage";
import { know } from "./uploads";
import type { Inputs } from "./types";

/** What the prompt box held, and whose it was. */
interface Draft {
  user: string;
  prompt: string;
  model: string;
  inputs: Inputs;
  /** Where its pictures can be seen. */
  faces?: [name: string, face: Pick<state.Face, "url" | "title" | "width" | "height">][];
}

/** Whether the focus belongs in the prompt box, which is not on the screen yet. */
let wanted = false;

/** Keeps the prompt box while the page is left for Stripe; an order that could not be paid, if the box is empty. */
export function keepDraft(): void {
  const user = state.user.peek();
  const till = money.till.peek();
  const order = till?.for === "order" ? till.order : null;
  let draft: Omit<Draft, "user"> = { prompt: state.prompt.peek(), model: state.modelId.peek(), inputs: lasting(state.inputs.peek()) };
  if (order && isEmpty(draft)) {
    const { prompt, model, ...inputs } = order;
    draft = { prompt, model, inputs };
  }
  if (user && !isEmpty(draft)) writeDraft(JSON.stringify({ user: user.id, ...draft, faces: facesOf(draft.inputs) }));
}

function isEmpty({ prompt, inputs }: Omit<Draft, "user">): boolean {
  return prompt.trim() === "" && allPictures(inputs).length === 0;
}

/** Only pictures that were brought survive the page. */
function lasting(inputs: Inputs): Inputs {
  const there = (name: string) => state.faces.peek().get(name)?.phase === "there";
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, Array.isArray(value) ? picturesIn(inputs, name).filter(there) : value]));
}

function facesOf(inputs: Inputs): Draft["faces"] {
  return [...allPictures(inputs), ...picturesIn(inputs, MASK)].flatMap((name) => {
    const { lasting: url, title, width, height } = state.faces.peek().get(name) ?? {};
    return url ? [[name, { url, title: title ?? "", width: width ?? 0, height: height ?? 0 }]] : [];
  });
}

export function dropDraft(): void {
  writeDraft(null);
}

/** Fills the prompt box with what it held before the page was left, once, and only for who wrote it. */
export function restoreDraft(): void {
  const draft = parse(readDraft());
  dropDraft();
  if (!draft || draft.user !== state.user.peek()?.id || typeof draft.prompt !== "string" || state.prompt.peek().trim() !== "") return;
  wanted = true;
  batch(() => {
    if (Array.isArray(draft.faces)) know(new Map(draft.faces));
    state.setPrompt(draft.prompt);
    state.chooseModel(draft.model, { ...draft.inputs });
  });
}

/** Puts the focus where one writes, now or once it is there; on the button where nothing is written. */
export function focusPrompt(): void {
  const model = state.model.peek();
  const field = document.getElementById(model && !takesPrompt(model) ? "generate" : "prompt");
  field?.focus();
  wanted = field === null;
}

/** Whether the focus belongs there, told once. */
export function takeFocus(): boolean {
  const was = wanted;
  wanted = false;
  return was;
}

function parse(stored: string | null): Draft | null {
  try {
    return JSON.parse(stored ?? "null") as Draft | null;
  } catch {
    return null;
  }
}
