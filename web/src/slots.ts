import { outputsOf } from "./catalogue";
import { isOpen } from "./polling";
import type { Entry } from "./state";
import type { Generation, Output } from "./types";

/** One place in the grid. A submit takes as many places as it asks for pictures; a failure takes one. */
export interface Slot {
  key: string;
  /** Position among the places of its submit, from 0, and their number. */
  n: number;
  total: number;
  entry: Entry;
  view: "waiting" | "lost" | "refused" | "picture" | "failed";
  output: Output | null;
}

export function slotsOf(entries: readonly Entry[]): Slot[] {
  return entries.flatMap((entry) => {
    const { view, outputs } = look(entry);
    return outputs.map((output, n) => ({ key: `${entry.key}/${n}`, n, total: outputs.length, entry, view, output }));
  });
}

function look(entry: Entry): { view: Slot["view"]; outputs: (Output | null)[] } {
  if (entry.kind === "pending") {
    const { phase, request } = entry.pending;
    if (phase === "refused") return { view: "refused", outputs: [null] };
    return { view: phase === "lost" ? "lost" : "waiting", outputs: blanks(outputsOf(request)) };
  }
  return lookAt(entry.generation);
}

function lookAt(generation: Generation): { view: Slot["view"]; outputs: (Output | null)[] } {
  if (isOpen(generation.status)) return { view: "waiting", outputs: blanks(outputsOf(generation.inputs)) };
  if (generation.status === "succeeded" && generation.outputs.length > 0) {
    return { view: "picture", outputs: generation.outputs };
  }
  return { view: "failed", outputs: [null] };
}

function blanks(count: number): null[] {
  return Array.from({ length: count }, () => null);
}
