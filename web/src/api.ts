import { leaves } from "./newest";
import { lang } from "./state";
import type {
  Account,
  ApiKeysReply,
  Billing,
  Checkout,
  CheckoutReply,
  DeviceSessionsReply,
  GenerationReply,
  GenerationRequest,
  GenerationsReply,
  Inputs,
  InvoicesReply,
  LedgerReply,
  Method,
  ModelsReply,
  NewApiKey,
  Offers,
  Order,
  OrderReply,
  Parent,
  PortalFlow,
  Problem,
  Quote,
  RedirectReply,
  SessionReply,
  SignUpReply,
  StudioSettings,
  UploadOpened,
  UploadsReply,
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

export async function call<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}, stop?: AbortSignal): Promise<T> {
  // A mail that a request sends is written in the language of the page, whatever the browser's own.
  const headers: Record<string, string> = { ...more, "Accept-Language": lang.peek() };
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  // What was said to be gone is gone, though the page is closed before it is answered.
  const keepalive = method === "DELETE";
  const init: RequestInit = { method, headers, credentials: "same-origin", keepalive, signal: stop ? AbortSignal.any([timeout, stop]) : timeout };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    headers["Content-Type"] = "application/json";
  }
  const mark = leaves();
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
  mark(value);
  if (!response.ok) throw new ProblemError(problemOf(response, value));
  return value as T;
}

/** Stops the reads that are under way. */
let reads = new AbortController();
/** Whether the session ends, while that is being asked for. */
let parting: Promise<boolean> | null = null;

/** Reads with the session's cookie. One that meets the session's end waits for its outcome, and is not sent to be refused. */
export async function read<T>(path: string): Promise<T> {
  for (;;) {
    if (parting && (await parting)) throw new ProblemError({ status: 401, code: "unauthenticated" });
    const { signal } = reads;
    try {
      return await call<T>("GET", path, undefined, {}, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Asks for the end of the session. `ended`: whether the answer means that. */
async function part<T>(asked: Promise<T>, ended: (reply: T) => boolean): Promise<T> {
  parting = asked.then(ended, () => false);
  reads.abort();
  reads = new AbortController();
  try {
    return await asked;
  } finally {
    parting = null;
  }
}

export function parse(text: string): unknown {
  try {
    return text === "" ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

/** A refusal's problem, whatever the answer's body was. */
export function problemIn(status: number, value: unknown): Problem {
  const fields = typeof value === "object" && value !== null ? (value as Partial<Problem>) : {};
  return { ...fields, status, code: typeof fields.code === "string" ? fields.code : "" };
}

function problemOf({ status, headers }: Response, value: unknown): Problem {
  const problem = problemIn(status, value);
  const seconds = Number(headers.get("X-Retry-After") ?? headers.get("Retry-After") ?? NaN);
  if (Number.isFinite(seconds)) problem.retryAfterS = seconds;
  return problem;
}

const id = encodeURIComponent;

export const api = {
  models: () => call<ModelsReply>("GET", "/api/models"),
  generations: (limit: number, cursor?: string) =>
    read<GenerationsReply>(`/api/generations?limit=${limit}${cursor ? `&cursor=${id(cursor)}` : ""}`),
  generation: (generation: string) => read<GenerationReply>(`/api/generations/${id(generation)}`),
  /** The quote is left out where none was to be had. */
  generate: (request: GenerationRequest, key: string, quote: string | null, parent: Parent | null) =>
    call<OrderReply>("POST", "/api/generations", { ...request, ...(quote === null ? {} : { quote }), ...(parent && { parent }) }, { "Idempotency-Key": key }),
  change: (generation: string, to: { favourite?: boolean; folder?: string | null }) => call<GenerationReply>("PATCH", `/api/generations/${id(generation)}`, to),
  /** The price of a request, without its prompt: it has no part in it. */
  quote: (request: { model: string } & Inputs, stop?: AbortSignal) => call<Quote>("POST", "/api/quotes", request, {}, stop),
  cancel: (generation: string) => call<GenerationReply>("POST", `/api/generations/${id(generation)}/cancel`),
  remove: (generation: string) => call<null>("DELETE", `/api/generations/${id(generation)}`),
  /** Announces a picture; where its file goes is in the answer. */
  openUpload: () => call<UploadOpened>("POST", "/api/uploads", {}),
  uploads: (limit: number, cursor: string | null) => read<UploadsReply>(`/api/uploads?limit=${limit}${cursor === null ? "" : `&cursor=${id(cursor)}`}`),
  removeUpload: (upload: string) => call<null>("DELETE", `/api/uploads/${id(upload)}`),
  studio: () => call<StudioSettings>("GET", "/api/studio"),
};

/** Paths of better-auth, and those of the studio beside them. */
const auth = <T = unknown>(path: string, body: object = {}) => call<T>("POST", `/api/auth/${path}`, body);

/** Where the links in mails and Google lead back to. Their notices are explained in `arrivals.ts`. */
const AFTER_VERIFYING = "/?notice=email-verified";
/** Said where an account is not gone yet, but a mail was sent to confirm its end. */
export const VERIFICATION_SENT = "Verification email sent";
const GOOGLE = { provider: "google" } as const;

/** Whether a way in may make an account: only where the age was confirmed before, which the sign-in does not ask. */
export type Newcomers = "welcome" | "refused";
const terms = (newcomers: Newcomers) => (newcomers === "welcome" ? { ageConfirmed: true } : { existingOnly: true });

export interface Credentials {
  email: string;
  password: string;
}

export const accountApi = {
  session: () => call<SessionReply | null>("GET", "/api/auth/get-session"),
  signUp: (name: string, who: Credentials) =>
    auth<SignUpReply>("sign-up/email", { name, ...who, ageConfirmed: true, callbackURL: AFTER_VERIFYING }),
  /** The address to return to is only for the mail that an unconfirmed account gets. */
  signIn: (who: Credentials, rememberMe: boolean) =>
    auth<SessionReply>("sign-in/email", { ...who, rememberMe, callbackURL: AFTER_VERIFYING }),
  signOut: () => part(auth("sign-out"), () => true),
  google: (backTo: string, newcomers: Newcomers) =>
    auth<RedirectReply>("sign-in/social", {
      ...GOOGLE,
      callbackURL: backTo,
      errorCallbackURL: backTo,
      newUserCallbackURL: backTo,
      additionalData: terms(newcomers),
    }),
  linkGoogle: () => auth<RedirectReply>("link-social", { ...GOOGLE, callbackURL: "/account?notice=linked", errorCallbackURL: "/account" }),
  /** A name is for who has no account yet. */
  magicLink: (email: string, backTo: string, newcomers: Newcomers, name: string) =>
    auth("sign-in/magic-link", {
      email,
      ...(name === "" ? {} : { name }),
      callbackURL: backTo,
      errorCallbackURL: "/",
      metadata: terms(newcomers),
    }),
  requestReset: (email: string) => auth("request-password-reset", { email, redirectTo: "/reset-password" }),
  reset: (newPassword: string, token: string) => auth("reset-password", { newPassword, token }),
  sendVerification: (email: string) => auth("send-verification-email", { email, callbackURL: AFTER_VERIFYING }),
  updateUser: (fields: { name?: string; image?: null }) => auth("update-user", fields),
  changeEmail: (newEmail: string) => auth("change-email", { newEmail, callbackURL: "/account?notice=email-changed" }),
  changePassword: (currentPassword: string, newPassword: string, revokeOtherSessions: boolean) =>
    auth("change-password", { currentPassword, newPassword, revokeOtherSessions }),
  revokeOthers: () => auth("revoke-other-sessions"),
  methods: () => read<Method[]>("/api/auth/list-accounts"),
  unlink: (accountId: string) => auth("unlink-account", { accountId }),
  /** The answer says whether the account is gone, or a mail was sent to confirm it. */
  remove: (password: string | null) =>
    part(
      auth<{ message?: string }>("delete-user", { ...(password === null ? {} : { password }), callbackURL: "/?notice=account-deleted" }),
      ({ message }) => message !== VERIFICATION_SENT,
    ),
  account: () => read<Account>("/api/account"),
  confirmAge: () => call<null>("POST", "/api/account/age", { confirmed: true }),
  sessions: () => read<DeviceSessionsReply>("/api/account/sessions"),
  revoke: (session: string) => call<null>("DELETE", `/api/account/sessions/${id(session)}`),
};

export const billingApi = {
  billing: () => read<Billing>("/api/billing"),
  plans: () => call<Offers>("GET", "/api/plans"),
  buy: (order: Order, returnTo: string) => call<CheckoutReply>("POST", "/api/billing/checkouts", { ...order, returnTo }),
  checkout: (checkout: string) => read<Checkout>(`/api/billing/checkouts/${id(checkout)}`),
  portal: (flow: PortalFlow, returnTo: string) => call<RedirectReply>("POST", "/api/billing/portal", { flow, returnTo }),
  invoices: () => read<InvoicesReply>("/api/billing/invoices"),
  ledger: (limit: number, cursor: string | null) =>
    read<LedgerReply>(`/api/ledger?limit=${limit}${cursor === null ? "" : `&cursor=${id(cursor)}`}`),
  limitSpending: (dayLimit: number | null) => call<null>("PUT", "/api/spending", { dayLimit }),
  keys: () => read<ApiKeysReply>("/api/keys"),
  addKey: (name: string, dayLimit: number | null) => call<NewApiKey>("POST", "/api/keys", { name, dayLimit }),
  limitKey: (key: string, dayLimit: number | null) => call<null>("PUT", `/api/keys/${id(key)}`, { dayLimit }),
  removeKey: (key: string) => call<null>("DELETE", `/api/keys/${id(key)}`),
};

/** Where an invoice can be read and paid, and where it is to be had as a file: at Stripe, by way of the studio. */
export const invoiceUrl = (invoice: string, as: "page" | "pdf") => `/api/billing/invoices/${id(invoice)}/${as}`;
