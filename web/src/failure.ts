import type { Text } from "../text/en";
import { FAILURE_CODES, knownCode } from "./errors";
import type { Lang } from "./format";
import type { Entry } from "./state";
import type { FailureCode } from "./types";
import { problemDetail } from "./words";

export interface FailureWords {
  code: string;
  title: string;
  why: string;
  /** Whether it is certain that nothing was charged. */
  free: boolean;
  /** An id to quote to the operator. */
  reference: string | null;
}

export function describeFailure(entry: Entry, text: Text, lang: Lang): FailureWords {
  if (entry.kind === "generation") {
    const { failure, status, charged, id } = entry.generation;
    const code = failureCode(failure?.code, status);
    const title = status === "canceled" ? text.tile.stopped : text.tile.failed;
    return { code, title, why: text.failures[code], free: charged === null || charged === 0, reference: id };
  }
  const { problem } = entry.pending;
  const code = problem ? knownCode(problem.code, problem.status) : "unexpected";
  const detail = problem ? problemDetail(problem, text, lang) : "";
  const why = [text.problems[code], detail].filter(Boolean).join(" ");
  // A server that broke off may still finish the work; everything else was refused before it began.
  const free = problem !== null && problem.status < 500;
  const reference = problem?.generation ?? problem?.requestId ?? null;
  return { code, title: text.tile.refused, why, free: free || code === "host_refused", reference };
}

/** Servers newer than this page may know causes it has no words for; the status then speaks. */
function failureCode(code: string | undefined, status: string): FailureCode {
  const known = FAILURE_CODES.find((each) => each === code);
  if (known) return known;
  if (status === "canceled") return "canceled";
  return status === "expired" ? "timed_out" : "host_failed";
}
