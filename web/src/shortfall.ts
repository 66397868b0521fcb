import { carryOver, lackingPictures, priceOf } from "./catalogue";
import type { Inputs, Limits, Model, Pack } from "./types";

/** A model that an order could be given to instead, and what it would cost there. */
export interface Cheaper {
  model: Model;
  price: number;
}

/** Whether a plan lets a model be used. */
export function allows(limits: Limits | undefined, model: string): boolean {
  return limits?.models ? limits.models.includes(model) : true;
}

/** The dearest of those models of the same kind that the balance suffices for: what comes closest to what was wanted. */
export function cheaperThan(wanted: string, inputs: Inputs, available: number, models: readonly Model[], limits?: Limits): Cheaper | null {
  const kind = models.find(({ id }) => id === wanted)?.kind;
  const candidates = models
    .filter((each) => each.id !== wanted && each.kind === kind && allows(limits, each.id))
    .map((model) => ({ model, carried: carryOver(model, inputs) }))
    .filter(({ model, carried }) => lackingPictures(model, carried) === null)
    .map(({ model, carried }): Cheaper => ({ model, price: priceOf(model, carried) }))
    .filter(({ price }) => price <= available);
  return candidates.reduce<Cheaper | null>((best, each) => (best && best.price >= each.price ? best : each), null);
}

/** What of a pack can be spent: a debt is repaid first. */
export function worth(pack: Pack, debt: number): number {
  return Math.max(0, pack.credits - debt);
}

/** The smallest pack that fills the gap. */
export function enough(packs: readonly Pack[], short: number, debt: number): Pack | null {
  const fitting = packs.filter((pack) => worth(pack, debt) >= short);
  return fitting.reduce<Pack | null>((best, each) => (best && best.credits <= each.credits ? best : each), null);
}
