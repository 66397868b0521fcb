import type { Inputs, Model, ModelInput } from "./types";

/** Width over height of "16:9"; null for values that name no ratio, such as "match_input_image". */
export function parseRatio(value: unknown): number | null {
  const match = typeof value === "string" ? /^(\d{1,4}):(\d{1,4})$/.exec(value) : null;
  const width = Number(match?.[1]);
  const height = Number(match?.[2]);
  return width > 0 && height > 0 ? width / height : null;
}

/** Characters of a prompt as the server counts them: an emoji is one, not two. */
export function promptLength(prompt: string): number {
  return [...prompt].length;
}

export function inputNamed(model: Model, name: string): ModelInput | undefined {
  return model.inputs.find((input) => input.name === name);
}

/** How many pictures these inputs ask for; one where the model takes no count. */
export function outputsOf(inputs: Inputs): number {
  const count = inputs["outputs"];
  return typeof count === "number" && count > 0 ? Math.floor(count) : 1;
}

/** Credits the generation will hold: each output is paid for. */
export function priceOf(model: Model, inputs: Inputs): number {
  return model.credits * outputsOf(inputs);
}

/** Credits missing to pay `price`; 0 when the balance suffices. */
export function shortfall(price: number, available: number): number {
  return Math.max(0, price - available);
}

export function defaults(model: Model): Inputs {
  return Object.fromEntries(model.inputs.map((input) => [input.name, input.default]));
}

function fits(input: ModelInput, value: unknown): boolean {
  if (input.type === "choice") return typeof value === "string" && input.options.includes(value);
  if (value === null) return input.default === null;
  return Number.isInteger(value) && Number(value) >= input.minimum && Number(value) <= input.maximum;
}

/** The model's inputs with what carries over from `from`: values it does not take become its defaults. */
export function carryOver(model: Model, from: Inputs): Inputs {
  const pairs = model.inputs.map((input): [string, Inputs[string]] => {
    const value = from[input.name];
    return [input.name, value !== undefined && fits(input, value) ? value : input.default];
  });
  return Object.fromEntries(pairs);
}

/** The inputs to send: those set, so that the server's own defaults stay the server's. */
export function toSend(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
}

/** What an order is for, the same whatever the sequence of its settings. A prompt has no price. */
export function orderKey(model: string, inputs: Inputs): string {
  const pairs = Object.entries(inputs).filter(([, value]) => value !== null);
  return JSON.stringify([model, ...pairs.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
