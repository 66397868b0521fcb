import type { Credits, Generation, LedgerEntry, Model } from "./types";

/** A model as the catalogue describes one, for tests. */
export function aModel(change: Partial<Model> = {}): Model {
  return {
    id: "quick",
    name: "Quick",
    description: { en: "Fast", fr: "Rapide" },
    hosts: ["replicate"],
    kind: "text-to-image",
    credits: 3,
    unit: "output",
    typicalMs: 1500,
    prompt: { maxLength: 100, required: true },
    inputs: [
      { name: "aspectRatio", type: "choice", options: ["1:1", "16:9"], default: "1:1" },
      { name: "outputs", type: "integer", minimum: 1, maximum: 4, step: 1, default: 1 },
      { name: "seed", type: "integer", minimum: 0, maximum: 99, step: 1, default: null },
    ],
    ...change,
  };
}

const SIZES = { maxPixels: 50_000_000, maxSide: 16_384, scaledBy: null } as const;

/** Models that start from pictures, for tests: an edit, an edit with a mask, several pictures, a larger one, a film. */
export function pictureModels(): Model[] {
  const image = { name: "image", type: "images", minimum: 1, maximum: 1, role: "source", ...SIZES } as const;
  const mask = { name: "mask", type: "images", minimum: 1, maximum: 1, role: "mask", ...SIZES } as const;
  const first = { ...image, role: "first-frame" } as const;
  const last = { name: "lastImage", type: "images", minimum: 0, maximum: 1, role: "last-frame", ...SIZES } as const;
  const duration = { name: "duration", type: "integer", minimum: 2, maximum: 12, step: 1, default: 5 } as const;
  const seed = { name: "seed", type: "integer", minimum: 0, maximum: 99, step: 1, default: null } as const;
  return [
    aModel({ id: "edit", name: "Edit", kind: "edit", inputs: [image, { name: "aspectRatio", type: "choice", options: ["match", "1:1"], default: "match" }, seed] }),
    aModel({ id: "inpaint", name: "Inpaint", kind: "edit", inputs: [image, mask, seed] }),
    aModel({ id: "blend", name: "Blend", kind: "image-to-image", inputs: [{ name: "images", type: "images", minimum: 1, maximum: 3, role: "reference", ...SIZES }] }),
    aModel({ id: "larger", name: "Larger", kind: "upscale", credits: 1, prompt: { maxLength: 0, required: false }, inputs: [image] }),
    aModel({ id: "film", name: "Film", kind: "image-to-video", credits: 9, unit: "second", inputs: [first, last, duration] }),
  ];
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
    waiting: false,
    cancelRequestedAt: null,
    version: null,
    seed: null,
    startedAt: null,
    finishedAt: null,
    failure: null,
    outputs: [],
    sources: [],
    favourite: false,
    folder: null,
    parent: null,
    ...change,
  };
}

export function anOutput(url: string) {
  return { url, mediaType: "image/webp", width: 1344, height: 768, bytes: 12_345, sizes: [] };
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
