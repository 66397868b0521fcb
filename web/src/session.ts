import { batch } from "@preact/signals";
import { api, ConnectionLost, ProblemError } from "./api";
import { knownCode, type ProblemCode } from "./errors";
import { loadGallery, resetGallery } from "./gallery";
import * as state from "./state";
import type { User } from "./types";

/** Opens the page: catalogue and session together, since neither needs the other. */
export async function start(): Promise<void> {
  state.phase.value = "loading";
  try {
    const [session] = await Promise.all([api.session(), loadModels()]);
    if (session) enter(session.user);
    else state.phase.value = "signed-out";
  } catch {
    state.phase.value = "failed";
  }
}

async function loadModels(): Promise<void> {
  const { models } = await api.models();
  state.models.value = models;
  state.chooseModel(state.modelId.value);
}

function enter(user: User): void {
  batch(() => {
    state.user.value = user;
    state.sessionEnded.value = false;
    state.phase.value = "studio";
  });
  void loadGallery();
}

/** Signs up or in. Answers the code of the problem, or null when the studio is open. */
export async function authenticate(
  fields: { name: string; email: string; password: string },
  mode: "up" | "in",
): Promise<ProblemCode | null> {
  try {
    const { user } =
      mode === "up"
        ? await api.signUp(fields.name.trim(), fields.email.trim(), fields.password)
        : await api.signIn(fields.email.trim(), fields.password);
    enter(user);
    return null;
  } catch (error) {
    if (error instanceof ConnectionLost) return "connection_lost";
    if (error instanceof ProblemError) return authCode(error);
    throw error;
  }
}

/** Better-auth answers a bad address in two ways: by a code of its own or as a failed validation. */
function authCode({ problem }: ProblemError): ProblemCode {
  const code = knownCode(problem.code, problem.status);
  return code === "unauthenticated" ? "INVALID_EMAIL_OR_PASSWORD" : code;
}

/** Leaves the studio. Nothing of the account stays on the page. */
export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } catch {
    state.notice.value = state.text.value.problems.connection_lost;
    return;
  }
  batch(() => {
    clear();
    state.setPrompt("");
    state.sessionEnded.value = false;
  });
}

/** The server no longer knows us: back to signing in, with the prompt kept. */
export function loseSession(): void {
  if (state.phase.value !== "studio") return;
  batch(() => {
    clear();
    state.sessionEnded.value = true;
  });
}

function clear(): void {
  resetGallery();
  state.user.value = null;
  state.viewing.value = null;
  state.shortcutsOpen.value = false;
  state.phase.value = "signed-out";
}
