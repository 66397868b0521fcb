/**
 * The API's types, in the one place from which the page imports them. `openapi.d.ts` is generated from the studio's
 * `openapi.json`; here are the names that the page uses, and what a schema cannot say.
 */
import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Credits = Schemas["Credits"];
export type Status = Schemas["Status"];
export type FailureCode = Schemas["FailureCode"];
export type Failure = Schemas["FailureShown"];
export type Output = Schemas["Output"];
export type InputValue = string | number | null;
export type Inputs = Record<string, InputValue>;
export type Generation = Omit<Schemas["Generation"], "inputs"> & { inputs: Inputs };
export type ModelInput = Schemas["Input"];
export type Model = Schemas["Model"];
export type ModelsReply = Schemas["ModelList"];
export type GenerationReply = Omit<Schemas["OneGeneration"], "generation"> & { generation: Generation };
export type GenerationsReply = Omit<Schemas["GenerationPage"], "generations"> & { generations: Generation[] };

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
