import { batch } from "@preact/signals";
import * as money from "./billing-state";
import * as state from "./state";
import { readDraft, writeDraft } from "./storage";
import type { Inputs } from "./types";

/** What the prompt box held, and whose it was. */
interface Draft {
  user: string;
  prompt: string;
  model: string;
  inputs: Inputs;
}

/** Whether the focus belongs in the prompt box, which is not on the screen yet. */
let wanted = false;

/** Keeps the prompt box while the page is left for Stripe; an order that could not be paid, if the box is empty. */
export function keepDraft(): void {
  const user = state.user.peek();
  const till = money.till.peek();
  const order = till?.for === "order" ? till.order : null;
  let draft: Omit<Draft, "user"> = { prompt: state.prompt.peek(), model: state.modelId.peek(), inputs: state.inputs.peek() };
  if (order && draft.prompt.trim() === "") {
    const { prompt, model, ...inputs } = order;
    draft = { prompt, model, inputs };
  }
  if (user && draft.prompt.trim() !== "") writeDraft(JSON.stringify({ user: user.id, ...draft }));
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
    state.setPrompt(draft.prompt);
    state.chooseModel(draft.model, { ...draft.inputs });
  });
}

/** Puts the focus where one writes, now or once it is there. */
export function focusPrompt(): void {
  const field = document.getElementById("prompt");
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
