import { batch } from "@preact/signals";
import { api, ConnectionLost, ProblemError } from "./api";
import { toSend } from "./catalogue";
import { knownCode } from "./errors";
import { accept, refresh } from "./gallery";
import { resendDelayMs } from "./polling";
import { loseSession } from "./session";
import * as state from "./state";
import type { Generation, GenerationRequest, Inputs, Problem } from "./types";

/** Sends what the prompt box holds. The tile stands before the request leaves. */
export function generate(): void {
  const model = state.model.value;
  if (!model || !state.canGenerate.value) return;
  submit({ ...toSend(state.inputs.value), model: model.id, prompt: state.prompt.value.trim() });
}

function submit(request: GenerationRequest): void {
  const key = crypto.randomUUID();
  const bornMs = Date.now();
  state.born.set(key, bornMs);
  batch(() => {
    state.fieldError.value = null;
    state.nowMs.value = bornMs;
    state.pendings.value = [...state.pendings.value, { key, request, bornMs, phase: "sending", problem: null }];
    state.announcement.value = state.text.value.live.queued;
  });
  void send(key, 0);
}

async function send(key: string, attempt: number): Promise<void> {
  const pending = state.pendings.value.find((each) => each.key === key);
  if (!pending) return;
  change(key, { phase: "sending" });
  try {
    const { generation, credits } = await api.generate(pending.request, key);
    batch(() => {
      drop(key);
      accept(generation, credits, key);
    });
  } catch (error) {
    if (error instanceof ConnectionLost) await waitAndResend(key, attempt);
    else if (error instanceof ProblemError) await refused(key, pending.request, error.problem);
    else throw error;
  }
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
  const pending = state.pendings.value.find((each) => each.key === key);
  if (pending?.phase === "lost") await send(key, attempt + 1);
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
        state.announcement.value = state.text.value.live.failed(request.prompt);
      });
      return;
    }
  }
  batch(() => {
    change(key, { phase: "refused", problem });
    state.announcement.value = state.text.value.live.failed(request.prompt);
    if (problem.code === "invalid_input" && problem.field) {
      state.fieldError.value = problem.field;
    }
    if (problem.code === "insufficient_credits" && problem.available !== undefined && state.credits.value) {
      state.credits.value = { ...state.credits.value, available: problem.available };
    }
  });
}

/** Sends a lost submit now, or asks anew for a refused one. */
export function retryPending(key: string): void {
  const pending = state.pendings.value.find((each) => each.key === key);
  if (!pending) return;
  if (pending.phase === "lost" || isUncertain(pending.problem)) return void send(key, 0);
  drop(key);
  submit(pending.request);
}

/** A server that failed may have done the work: its key is kept. */
function isUncertain(problem: Problem | null): boolean {
  const code = problem && knownCode(problem.code, problem.status);
  return code === "internal" || code === "unavailable";
}

/** Asks again for what a generation asked for; the failed one stays until it is removed. */
export function retry({ failure, inputs, model, prompt }: Generation): void {
  // The same seed would draw the same refused picture; for every other cause it is part of what was asked.
  const asked = failure?.code === "content_refused" ? { ...inputs, seed: null } : inputs;
  submit({ ...toSend(asked), model, prompt });
}

export function drop(key: string): void {
  state.pendings.value = state.pendings.value.filter((each) => each.key !== key);
}

function change(key: string, to: Partial<state.Pending>): void {
  state.pendings.value = state.pendings.value.map((each) => (each.key === key ? { ...each, ...to } : each));
}

/** Fills the prompt box with what made a picture, ready to be changed. */
export function reuse(prompt: string, model: string, inputs: Inputs): void {
  batch(() => {
    state.setPrompt(prompt);
    state.chooseModel(model, inputs);
  });
  document.getElementById("prompt")?.focus();
}
