import { batch } from "@preact/signals";
import { api, ConnectionLost, ProblemError } from "./api";
import * as money from "./billing-state";
import { carryOver, lackingPictures, orderKey, priceOf, shortfall, takesPrompt, toSend } from "./catalogue";
import { focusPrompt } from "./draft";
import { knownCode } from "./errors";
import { accept, refresh } from "./gallery";
import { firstOf } from "./places";
import { resendDelayMs } from "./polling";
import { askPrice, isGood, type Quoted } from "./quote";
import { go, place } from "./route";
import { loseSession } from "./session";
import { allows } from "./shortfall";
import * as state from "./state";
import type { Generation, GenerationRequest, Inputs, Kind, Output, Parent, Problem } from "./types";
import { knowOutput, knowSources, painting } from "./uploads";

/** Sends what the prompt box holds, or says what it lacks. The tile stands before the request leaves. */
export function generate(): void {
  const model = state.model.value;
  if (!model) return;
  const request = { ...state.asked.value, model: model.id, prompt: takesPrompt(model) ? state.prompt.value.trim() : "" };
  if (state.missing.value > 0) money.till.value = { for: "order", needed: state.price.value, order: request, pending: null };
  else if (state.canGenerate.value) submit(request, state.price.value, state.quote.value, state.origin.value);
  else leadToPictures();
}

/** A press that lacks a picture leads to where it is added. */
function leadToPictures(): void {
  const lacking = state.obstacle.peek();
  if (lacking === null || typeof lacking === "string") return;
  if (lacking.role === "mask") painting.value = true;
  else document.getElementById(`add-${lacking.name}`)?.click();
}

/** `shown` is the price that whoever pressed had seen. */
function submit(request: GenerationRequest, shown: number, quote: Quoted | null = null, parent: Parent | null = null): void {
  const key = crypto.randomUUID();
  const bornMs = Date.now();
  state.born.set(key, bornMs);
  batch(() => {
    state.fieldError.value = null;
    state.dearer.value = null;
    state.nowMs.value = bornMs;
    state.pendings.value = [...state.pendings.value, { key, request, bornMs, shown, quote, parent, phase: "sending", problem: null }];
    state.announcement.value = state.text.value.live.queued;
  });
  void send(key, 0);
}

/** `renewed`: its quote was refused once, and another one fetched. */
async function send(key: string, attempt: number, renewed = false): Promise<void> {
  const pending = find(key);
  if (!pending) return;
  change(key, { phase: "sending" });
  try {
    const quoted = await quoteOf(pending);
    if (!find(key)) return;
    if (quoted && quoted.price > pending.shown) {
      becameDearer(pending, quoted);
      // A first try whose answer was lost may stand in the gallery.
      if (attempt > 0) void refresh().catch(() => undefined);
      return;
    }
    const answer = await api.generate(pending.request, key, quoted?.quote ?? null, pending.parent);
    batch(() => {
      drop(key);
      accept(answer, key);
      money.spending.value = answer.spending;
    });
  } catch (error) {
    if (error instanceof ConnectionLost) await waitAndResend(key, attempt);
    else if (!(error instanceof ProblemError)) throw error;
    else if (isAboutQuote(error.problem) && !renewed) {
      // The same key: should an earlier try have been taken after all, this one is its echo.
      change(key, { quote: null });
      await send(key, attempt, true);
    } else if (error.problem.field === "parent" && pending.parent) {
      // What it was made from was deleted meanwhile: it is made all the same.
      batch(() => {
        change(key, { parent: null });
        if (state.origin.peek()?.id === pending.parent?.id) state.origin.value = null;
      });
      await send(key, attempt, renewed);
    } else await refused(key, pending.request, error.problem);
  }
}

/** The price that the order goes with: the one at hand, or a new one. */
async function quoteOf({ key, request, quote }: state.Pending): Promise<Quoted | null> {
  const { prompt: _, model, ...inputs } = request;
  if (isGood(quote, orderKey(model, inputs))) return quote;
  const quoted = await askPrice(model, inputs);
  change(key, { quote: quoted });
  return quoted;
}

function isAboutQuote({ code }: Problem): boolean {
  return code === "quote_expired" || code === "quote_refused";
}

/**
 * Nothing is bought at a price that nobody has seen: back into the prompt box, with the new one on the button; or told on the tile,
 * if other words are being written there.
 */
function becameDearer({ key, request, shown }: state.Pending, quoted: Quoted): void {
  const { prompt, model, ...inputs } = request;
  const words = state.prompt.peek().trim();
  if (words !== "" && words !== prompt) {
    const problem = { status: 422, code: "quote_expired", needed: quoted.price, shown };
    change(key, { phase: "refused", problem, shown: quoted.price, quote: quoted });
    return;
  }
  batch(() => {
    drop(key);
    state.quote.value = quoted;
    state.dearer.value = { order: quoted.order, before: shown };
    reuse(prompt, model, inputs);
  });
}

/** The request may have arrived: only the same key may be sent, or the picture could be paid for twice. */
async function waitAndResend(key: string, attempt: number): Promise<void> {
  change(key, { phase: "lost" });
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, resendDelayMs(attempt));
    addEventListener("online", done);
  });
  if (find(key)?.phase === "lost") await send(key, attempt + 1);
}

async function refused(key: string, request: GenerationRequest, problem: Problem): Promise<void> {
  if (problem.status === 401) {
    if (state.prompt.value.trim() === "") state.setPrompt(request.prompt);
    loseSession();
    return;
  }
  // The host refused after the generation was written: it stands in the list, failed, under its own id.
  if (problem.generation) {
    const id = problem.generation;
    state.keys.value = new Map(state.keys.value).set(id, key);
    const listed = await refresh().then(() => state.generations.value.some((each) => each.id === id), () => false);
    if (listed) {
      batch(() => {
        drop(key);
        state.announcement.value = state.text.value.live.failed(state.titleOf(request));
      });
      return;
    }
  }
  batch(() => {
    change(key, { phase: "refused", problem });
    state.announcement.value = state.text.value.live.failed(state.titleOf(request));
    if (problem.code === "invalid_input" && problem.field) {
      state.fieldError.value = problem.field;
    }
    if (problem.code === "insufficient_credits") lackCredits(key, problem);
  });
}

/** The till opens where one is ordering, unless something else is open; the tile stands for it anyway. */
function lackCredits(key: string, { available }: Problem): void {
  if (available !== undefined && state.credits.value) state.credits.value = { ...state.credits.value, available };
  if (place.peek() === "home" && !document.querySelector("dialog[open]")) payFor(key);
}

/** Opens the till for an order that stands refused. */
export function payFor(key: string): void {
  const { request, problem } = find(key) ?? {};
  if (!request || problem?.needed === undefined) return;
  const { needed, cheaper } = problem;
  money.till.value = { for: "order", needed, order: request, pending: key, cheaper };
}

/** Puts an order that could not be paid into the prompt box, with a model that can. */
export function takeInstead(model: string): void {
  const till = money.till.peek();
  if (till?.for !== "order") return;
  const { prompt, model: _, ...inputs } = till.order;
  batch(() => {
    money.till.value = null;
    if (till.pending !== null) drop(till.pending);
    reuse(prompt === "" ? state.prompt.peek() : prompt, model, inputs);
  });
}

/** Sends a lost submit now, or asks anew for a refused one. */
export function retryPending(key: string): void {
  const pending = find(key);
  if (!pending) return;
  if (pending.phase === "lost" || isUncertain(pending.problem)) return void send(key, 0);
  drop(key);
  submit(pending.request, pending.shown, pending.quote, pending.parent);
}

/** A server that failed may have done the work: its key is kept. */
function isUncertain(problem: Problem | null): boolean {
  const code = problem && knownCode(problem.code, problem.status);
  return code === "internal" || code === "unavailable";
}

/** Asks again for what a generation asked for; the failed one stays until it is removed. */
export function retry({ id, failure, inputs, model, price, prompt }: Generation): void {
  // The same seed would draw the same refused picture; for every other cause it is part of what was asked.
  const asked = failure?.code === "content_refused" ? { ...inputs, seed: null } : inputs;
  if (place.peek() !== "home") go("/");
  submit({ ...toSend(asked), model, prompt }, price, null, { id, relation: "retry" });
}

/** Whether the same can be made differently: what only enlarges or cuts out has nothing to vary. */
export function canVary({ model }: Generation): boolean {
  const kind = state.models.value.find(({ id }) => id === model)?.kind;
  return kind !== undefined && kind !== "upscale" && kind !== "remove-background";
}

/** What a variation costs by the catalogue. */
export function varyPrice({ model: id, inputs }: Generation): number {
  const model = state.models.value.find((each) => each.id === id);
  return model ? priceOf(model, carryOver(model, inputs)) : 0;
}

/** A variation and its price; null: a picture of it is gone. */
function variation(generation: Generation): { request: GenerationRequest; price: number } | null {
  const model = state.models.peek().find(({ id }) => id === generation.model);
  if (!model || !canVary(generation)) return null;
  const inputs = carryOver(model, { ...knowSources(generation), seed: null });
  if (lackingPictures(model, inputs)) return null;
  return { request: { ...toSend(inputs), model: model.id, prompt: generation.prompt }, price: priceOf(model, inputs) };
}

/** The same once more, with another seed: at once, or by the till; into the prompt box, if a picture of it is gone. */
export function vary(generation: Generation): void {
  const made = variation(generation);
  if (!made) return remix(generation);
  state.viewing.value = null;
  if (place.peek() !== "home") go("/");
  const short = shortfall(made.price, state.credits.peek()?.available ?? made.price);
  if (short > 0) money.till.value = { for: "order", needed: made.price, order: made.request, pending: null };
  else submit(made.request, made.price, null, { id: generation.id, relation: "variation" });
}

/** Fills the prompt box with a recipe; without its seed, so that something else comes of it. */
export function remix(generation: Generation): void {
  reuse(generation.prompt, generation.model, { ...knowSources(generation), seed: null }, { id: generation.id, relation: "remix" });
}

export function reuseAll(generation: Generation): void {
  reuse(generation.prompt, generation.model, knowSources(generation), { id: generation.id, relation: "remix" });
}

/** What can be made of a picture, in the order of its buttons. */
export const FROM_PICTURE = ["edit", "upscale", "remove-background", "image-to-video"] as const satisfies readonly Kind[];

/** Puts a picture into the prompt box, to be worked on by the first model of that kind that the plan allows. */
export function workOn(kind: Kind, generation: Generation, output: Output, n: number): void {
  const words = state.text.peek().actions;
  const model = firstOf([kind], state.models.peek(), (id) => allows(money.billing.peek()?.plan.limits, id));
  if (!model) {
    state.notice.value = words.noModel;
    return;
  }
  const picture = knowOutput(generation, output, n);
  // Words are kept, unless they are the ones that the picture was made with.
  const prompt = state.prompt.peek().trim() === generation.prompt ? "" : state.prompt.peek();
  reuse(prompt, model.id, { image: [picture] });
  state.notice.value = words.taken(model.name);
}

function find(key: string): state.Pending | undefined {
  return state.pendings.peek().find((each) => each.key === key);
}

export function drop(key: string): void {
  state.pendings.value = state.pendings.value.filter((each) => each.key !== key);
}

function change(key: string, to: Partial<state.Pending>): void {
  state.pendings.value = state.pendings.value.map((each) => (each.key === key ? { ...each, ...to } : each));
}

/** Fills the prompt box with what made a picture, ready to be changed. */
export function reuse(prompt: string, model: string, inputs: Inputs, parent: Parent | null = null): void {
  batch(() => {
    // Closing, the viewer would lead back to the picture's tile.
    state.viewing.value = null;
    state.setPrompt(prompt);
    state.chooseModel(model, inputs);
    state.origin.value = parent;
  });
  // A picture can be open on other pages too.
  if (place.peek() !== "home") go("/");
  focusPrompt();
}
