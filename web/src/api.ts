import type {
  GenerationReply,
  GenerationRequest,
  GenerationsReply,
  ModelsReply,
  Problem,
  SessionReply,
} from "./types";

/** The server answered, and refused. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** No answer arrived: the request may or may not have been received. */
export class ConnectionLost extends Error {}

/** Long enough for a scrypt sign-in on a slow phone line; a hung request must not look like work. */
const TIMEOUT_MS = 30_000;

/** Milliseconds that the server's clock is ahead of this device's, as last seen in a Date header. */
export let serverAheadMs = 0;

async function call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const init: RequestInit = { method, headers, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...headers, "Content-Type": "application/json" };
  }
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch {
    throw new ConnectionLost();
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isFinite(date)) serverAheadMs = date - Date.now();
  const value = parse(text);
  if (!response.ok) throw new ProblemError(problemOf(response.status, value));
  return value as T;
}

function parse(text: string): unknown {
  try {
    return text === "" ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

function problemOf(status: number, value: unknown): Problem {
  const fields = typeof value === "object" && value !== null ? (value as Partial<Problem>) : {};
  return { ...fields, status, code: typeof fields.code === "string" ? fields.code : "" };
}

const id = encodeURIComponent;

export const api = {
  models: () => call<ModelsReply>("GET", "/api/models"),
  generations: (limit: number, cursor?: string) =>
    call<GenerationsReply>("GET", `/api/generations?limit=${limit}${cursor ? `&cursor=${id(cursor)}` : ""}`),
  generation: (generation: string) => call<GenerationReply>("GET", `/api/generations/${id(generation)}`),
  generate: (request: GenerationRequest, key: string) =>
    call<GenerationReply>("POST", "/api/generations", request, { "Idempotency-Key": key }),
  remove: (generation: string) => call<null>("DELETE", `/api/generations/${id(generation)}`),
  session: () => call<SessionReply | null>("GET", "/api/auth/get-session"),
  signUp: (name: string, email: string, password: string) =>
    call<SessionReply>("POST", "/api/auth/sign-up/email", { name, email, password }),
  signIn: (email: string, password: string) =>
    call<SessionReply>("POST", "/api/auth/sign-in/email", { email, password }),
  signOut: () => call<unknown>("POST", "/api/auth/sign-out", {}),
};
