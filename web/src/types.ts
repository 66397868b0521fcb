/**
 * The API's types, in the one place from which the page imports them. `openapi.d.ts` is generated from the studio's
 * `openapi.json`; here are the names that the page uses, and what a schema cannot say.
 */
import type { components } from "./openapi";

export type * from "./billing-types";

type Schemas = components["schemas"];

export type Status = Schemas["Status"];
export type FailureCode = Schemas["FailureCode"];
export type Failure = Schemas["FailureShown"];
export type Output = Schemas["Output"];
/** Pictures are a list of what names them: an upload's id, or `{generation}/{n}`. */
export type InputValue = string | number | boolean | readonly string[] | null;
export type Inputs = Record<string, InputValue>;
export type Generation = Omit<Schemas["Generation"], "inputs"> & { inputs: Inputs };
export type Parent = Schemas["ParentShown"];
export type Kin = Omit<Schemas["KinShown"], "generation"> & { generation: Generation };
export type LineageReply = Record<keyof Schemas["LineageShown"], Kin[]>;
export type BulkReply = Schemas["BulkShown"];
export type Folder = Schemas["FolderShown"];
export type FoldersReply = Schemas["FolderList"];
export type Share = Schemas["ShareShown"];
export type SharesReply = Schemas["ShareList"];
export type SharedWork = Schemas["SharedWork"];
export type ModelInput = Schemas["Input"];
export type ImagesInput = Extract<ModelInput, { type: "images" }>;
export type Kind = Schemas["Kind"];
export type Role = Schemas["Role"];
export type Source = Schemas["SourceShown"];
export type Upload = Schemas["UploadShown"];
export type UploadOpened = Schemas["UploadOpened"];
export type UploadsReply = Schemas["UploadPage"];
export type Model = Schemas["Model"];
export type ModelsReply = Schemas["ModelList"];
export type GenerationReply = Omit<Schemas["OneGeneration"], "generation"> & { generation: Generation };
export type OrderReply = Omit<Schemas["OrderedGeneration"], "generation"> & { generation: Generation };
export type GenerationsReply = Omit<Schemas["GenerationPage"], "generations"> & { generations: Generation[] };

/** `application/problem+json` of /api/*, or better-auth's `{message, code}` of /api/auth/*. */
export interface Problem {
  status: number;
  code: string;
  /** Better-auth's sentence, in English; some of its refusals have no code. */
  message?: string;
  title?: string;
  detail?: string;
  requestId?: string;
  field?: string;
  /** What would be accepted, in English, for developers; or how many. */
  limit?: string | number;
  needed?: number;
  available?: number;
  /** The price that was seen before `needed`. */
  shown?: number;
  shortfall?: number;
  /** What could be paid for instead. */
  cheaper?: { model: string; price: number } | null;
  /** Of a limit for a day: when the next one begins. */
  resetsAt?: string;
  generation?: string;
  /** Of a refusal for too many requests: in so many seconds another one is taken. */
  retryAfterS?: number;
}

/** Who is signed in. Better-auth's replies say the same, and more. */
export type User = Schemas["AccountUser"];
/** What this installation can do and asks for. */
export type StudioSettings = Schemas["StudioShown"];
/** Its `avatarUrl` is the studio's own copy: the picture's first home is never asked by the page. */
export type Account = Schemas["AccountShown"];
export type DeviceSession = Schemas["AccountSession"];
export type DeviceSessionsReply = Schemas["AccountSessionList"];

export interface SessionReply {
  user: User;
}

/** Of signing up: without a token the address has to be confirmed first. */
export interface SignUpReply extends SessionReply {
  token: string | null;
}

/** What `POST /api/auth/sign-in/social` and `link-social` answer: where to go on. */
export interface RedirectReply {
  url: string;
}

/** What `GET /api/auth/list-accounts` answers: the ways in which this account can sign in. */
export interface Method {
  id: string;
  providerId: string;
  createdAt: string;
}

/** What `POST /api/generations` takes: flat, with the model's inputs beside the prompt, which is empty where the model takes none. */
export type GenerationRequest = { model: string; prompt: string } & Inputs;
