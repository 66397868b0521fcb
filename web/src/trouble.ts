import { ConnectionLost, ProblemError } from "./api";
import { accountCode, type ProblemCode } from "./errors";
import { formatRetry, type Lang } from "./format";
import type { Text } from "../text/en";

/** What went wrong with something done to an account. A code, so that its words follow the language. */
export interface Trouble {
  code: ProblemCode;
  /** The server's own code, for those that have more words. */
  said?: string;
  /** After too many attempts: when the next one counts, on this device's clock. */
  retryAtMs?: number;
}

/** Runs a request; null: it went well. What is no answer of the server is a fault of the page, and thrown on. */
export async function attempt(request: () => Promise<unknown>): Promise<Trouble | null> {
  try {
    await request();
    return null;
  } catch (error) {
    return troubleOf(error);
  }
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof ConnectionLost) return { code: "connection_lost" };
  if (!(error instanceof ProblemError)) throw error;
  const { code, status, message, retryAfterS } = error.problem;
  const trouble: Trouble = { code: accountCode(code, status, message), said: code };
  if (retryAfterS !== undefined) trouble.retryAtMs = Date.now() + retryAfterS * 1000;
  return trouble;
}

export function troubleWords({ code, retryAtMs }: Trouble, text: Text, lang: Lang, nowMs = Date.now()): string {
  if (code !== "rate_limited" || retryAtMs === undefined) return text.problems[code];
  const { seconds, clock } = formatRetry(retryAtMs, nowMs, lang);
  return clock === null ? text.auth.retryIn(seconds) : text.auth.retryAt(clock);
}
