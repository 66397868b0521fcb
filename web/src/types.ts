/**
 * The API's types, in the one place from which the page imports them.
 * Source: `openapi.json` of the studio.
 */

/** Balance in credits. `held` is put aside for generations still open. */
export interface Credits {
  available: number;
  held: number;
}

export type Status = "queued" | "starting" | "running" | "succeeded" | "failed" | "canceled" | "expired";

/** Why a generation ended without pictures. */
export type FailureCode =
  | "content_refused"
  | "host_failed"
  | "host_refused"
  | "output_unusable"
  | "output_lost"
  | "timed_out"
  | "canceled";

export interface Failure {
  code: FailureCode;
  detail: string;
}

/** One finished picture. `url` is signed and expires; width and height in pixels. */
export interface Output {
  url: string;
  mediaType: string;
  width: number;
  height: number;
  bytes: number;
}

export type InputValue = string | number | null;
export type Inputs = Record<string, InputValue>;

export interface Generation {
  id: string;
  model: string;
  status: Status;
  prompt: string;
  inputs: Inputs;
  /** Credits held when it was asked for. */
  price: number;
  /** Credits finally charged; null while open. */
  charged: number | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  failure: Failure | null;
  outputs: Output[];
}

export type ModelInput =
  | { name: string; type: "choice"; options: string[]; default: string }
  | { name: string; type: "integer"; minimum: number; maximum: number; default: number | null };

export interface Model {
  id: string;
  name: string;
  description: { en: string; fr: string };
  host: string;
  hostModel: string;
  kind: "image";
  /** Credits for each output. */
  credits: number;
  typicalMs: number;
  prompt: { maxLength: number };
  inputs: ModelInput[];
}

export interface ModelsReply {
  models: Model[];
}

export interface GenerationReply {
  generation: Generation;
  credits: Credits;
}

export interface GenerationsReply {
  generations: Generation[];
  nextCursor: string | null;
  credits: Credits;
}

/** `application/problem+json` of /api/*, or better-auth's `{message, code}` of /api/auth/*. */
export interface Problem {
  status: number;
  code: string;
  title?: string;
  detail?: string;
  requestId?: string;
  field?: string;
  /** What would be accepted, in English, for developers. */
  limit?: string;
  needed?: number;
  available?: number;
  generation?: string;
}

export interface User {
  id: string;
  name: string;
  email: string;
}

export interface SessionReply {
  user: User;
}

/** What `POST /api/generations` takes: flat, with the model's inputs beside the prompt. */
export type GenerationRequest = { model: string; prompt: string } & Inputs;
