import type { Generation, Model } from "./types";

/** A model as the catalogue describes one, for tests. */
export function aModel(change: Partial<Model> = {}): Model {
  return {
    id: "quick",
    name: "Quick",
    description: { en: "Fast", fr: "Rapide" },
    host: "replicate",
    hostModel: "someone/quick",
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
