import { selling } from "../billing-state";
import { payFor } from "../generate";
import { follow } from "../route";
import { text, type Entry } from "../state";
import { Icon } from "./Icon";

/** What could be done about an order that money or a plan stood in the way of. */
export function FailedHelp({ entry, code }: { entry: Entry; code: string }) {
  const { problem } = text.value.billing;
  if (code === "insufficient_credits" && entry.kind === "pending") {
    return (
      <button type="button" class="secondary small" aria-haspopup="dialog" onClick={() => payFor(entry.key)}>
        <Icon name="coin" />
        <span>{problem.topUp}</span>
      </button>
    );
  }
  if (code === "spending_limit") return <Link section="spending" words={problem.change} />;
  const ofPlan = code === "model_not_in_plan" || code === "too_many_open" || code === "too_fast";
  return ofPlan && selling.value ? <Link section="plans" words={problem.plans} /> : null;
}

function Link({ section, words }: { section: string; words: string }) {
  return (
    <a class="secondary small" href="/billing" onClick={follow("/billing", section)}>
      <Icon name="card" />
      <span>{words}</span>
    </a>
  );
}
