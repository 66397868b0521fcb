import { computed, effect } from "@preact/signals";
import { api, ConnectionLost, ProblemError, serverAheadMs } from "./api";
import { orderKey, priceOf } from "./catalogue";
import { place } from "./route";
import { loadModels } from "./session";
import * as state from "./state";
import type { Inputs } from "./types";

/** A price that the studio keeps to. */
export interface Quoted {
  /** What it is for. */
  order: string;
  quote: string;
  price: number;
  /** On this device's clock. */
  untilMs: number;
}

/** Long enough for a slider or two clicks in a row, short enough to be there before a press. */
const DEBOUNCE_MS = 250;
/** A quote has to arrive before it ends. */
const MARGIN_MS = 5_000;

export function isGood(quoted: Quoted | null, order: string): quoted is Quoted {
  return quoted !== null && quoted.order === order && quoted.untilMs - Date.now() > MARGIN_MS;
}

/** Asks for a price. Null: none is to be had, and the order goes without, at the price of the day. */
export async function askPrice(model: string, inputs: Inputs, stop?: AbortSignal): Promise<Quoted | null> {
  const order = orderKey(model, inputs);
  try {
    const { quote, price, expiresAt } = await api.quote({ ...inputs, model }, stop);
    noticeNewPrices(model, inputs, price);
    return { order, quote, price, untilMs: Date.parse(expiresAt) - serverAheadMs };
  } catch (error) {
    if (error instanceof ProblemError || error instanceof ConnectionLost) return null;
    throw error;
  }
}

/** A price that is not the catalogue's means that the catalogue is old. */
function noticeNewPrices(id: string, inputs: Inputs, price: number): void {
  const model = state.models.peek().find((each) => each.id === id);
  if (model && priceOf(model, inputs) !== price) void loadModels().catch(() => undefined);
}

/** Has a price ready for what stands in the prompt box, once it is an order. */
export function watchQuotes(): void {
  const wanted = computed(() => {
    const ordering = state.phase.value === "studio" && place.value === "home" && state.obstacle.value === null;
    return ordering && state.model.value ? state.order.value : null;
  });
  effect(() => {
    if (wanted.value === null || isGood(state.quote.peek(), wanted.value)) return;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      const model = state.model.peek();
      const quoted = model && (await askPrice(model.id, state.asked.peek(), stop.signal));
      if (quoted && !stop.signal.aborted) state.quote.value = quoted;
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  });
}
