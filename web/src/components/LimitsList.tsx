import { number } from "../shown";
import { modelNamed, text } from "../state";
import type { Limits } from "../types";
import { Icon } from "./Icon";

/** What a plan allows; before it whatever else it gives. */
export function LimitsList({ limits, more = [] }: { limits: Limits; more?: readonly string[] }) {
  const { plan } = text.value.billing;
  const lines = [
    ...more,
    plan.perMinute(limits.perMinute, number(limits.perMinute)),
    plan.concurrent(number(limits.concurrent)),
    limits.models === null ? plan.allModels : plan.someModels(limits.models.map(modelNamed).join(", ")),
  ];
  return (
    <ul class="limits" role="list">
      {lines.map((line) => (
        <li key={line}>
          <Icon name="check" />
          <span>{line}</span>
        </li>
      ))}
    </ul>
  );
}
