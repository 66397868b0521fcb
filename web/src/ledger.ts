import type { LedgerEntry } from "./types";

/** What became of a generation's credits, as far as it is on the page. */
export interface GenerationLine {
  kind: "generation";
  key: string;
  at: string;
  /** Change of what is available, by all of it. */
  amount: number;
  generation: string;
  /** Null: it was deleted. */
  model: string | null;
  held: number | null;
  charged: number | null;
  returned: number | null;
  /** Held and not closed: the picture is being made. */
  open: boolean;
}

export interface EntryLine {
  kind: "entry";
  key: string;
  at: string;
  amount: number;
  entry: LedgerEntry;
}

export type LedgerLine = GenerationLine | EntryLine;

/** Entries that together are one order of pictures. A later refund is a matter of its own. */
const OF_ONE_ORDER = new Set(["hold", "settle", "void"]);

/**
 * The lines of the ledger, newest first: holding, charging and returning for one generation make one, where its newest entry stands.
 * Entries of older pages join the line when they come.
 */
export function linesOf(entries: readonly LedgerEntry[]): LedgerLine[] {
  const lines: LedgerLine[] = [];
  const orders = new Map<string, GenerationLine>();
  for (const entry of entries) {
    const { id, at, amount, generation } = entry;
    if (generation === null || !OF_ONE_ORDER.has(entry.kind)) {
      lines.push({ kind: "entry", key: id, at, amount, entry });
      continue;
    }
    let line = orders.get(generation);
    if (!line) {
      line = { kind: "generation", key: id, at, amount: 0, generation, model: entry.model, held: null, charged: null, returned: null, open: true };
      orders.set(generation, line);
      lines.push(line);
    }
    add(line, entry);
  }
  return lines;
}

function add(line: GenerationLine, { kind, amount, charged }: LedgerEntry): void {
  line.amount += amount;
  if (kind === "hold") {
    line.held = -amount;
    return;
  }
  line.open = false;
  line.charged = kind === "void" ? 0 : charged;
  line.returned = amount;
}

/** The pages so far with one more; an entry that came with both, since newer ones moved it there, stands once. */
export function joinPages(before: readonly LedgerEntry[], page: readonly LedgerEntry[]): LedgerEntry[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...page.filter(({ id }) => !known.has(id))];
}
