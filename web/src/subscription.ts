import type { OwnPlan } from "./types";

/** States in which a subscription can still be changed or ended, by Stripe's names. */
const LIVE = new Set(["active", "trialing", "past_due", "unpaid", "paused"]);

/** Whether somebody has a subscription, as against the plan that everybody has. */
export function isSubscribed({ status }: OwnPlan): boolean {
  return status !== null && LIVE.has(status);
}
