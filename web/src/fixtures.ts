import type { Credits, Generation, LedgerEntry, Model } from "./types";

/** A model as the catalogue describes one, for tests. */
export function aModel(change: Partial<Model> = {}): Model {
  return {
    id: "quick",
    name: "Quick",
    description: { en: "Fast", fr: "Rapide" },
    hosts: ["replicate"],
    kind: "image",
    credits: 3,
    typicalMs: 1500,
    prompt: { maxLength: 100 },
    inputs: [
      { name: "aspectRatio", type: "choice", options: ["1:1", "16:9"], default: "1:1" },
      { name: "outputs", type: "integer", minimum: 1, maximum: 4, default: 1 },
      { name: "seed", type: "integer", minimum: 0, maximum: 99, default: null },
    ],
    ...change,
  };
}

/** A generation that was just accepted, for tests. */
export function aGeneration(id: string, change: Partial<Generation> = {}): Generation {
  return {
    id,
    model: "quick",
    status: "queued",
    prompt: "a fox",
    inputs: { aspectRatio: "16:9", outputs: 1 },
    price: 3,
    charged: null,
    createdAt: `2026-01-01T00:00:0${id.length % 10}.000Z`,
    startedAt: null,
    finishedAt: null,
    failure: null,
    outputs: [],
    ...change,
  };
}

export function anOutput(url: string) {
  return { url, mediaType: "image/webp", width: 1344, height: 768, bytes: 12_345 };
}

/** A balance of credits that were given, for tests. */
export function aBalance(available: number, held = 0, change: Partial<Credits> = {}): Credits {
  return { available, held, debt: 0, plan: 0, topUp: 0, given: available, expiring: null, ...change };
}

/** An entry of the ledger, for tests. */
export function anEntry(id: string, change: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id,
    at: "2026-01-01T00:00:00.000Z",
    kind: "grant",
    amount: 50,
    charged: null,
    generation: null,
    model: null,
    grant: null,
    expiresAt: null,
    invoice: null,
    ...change,
  };
}
