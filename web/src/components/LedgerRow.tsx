import { invoiceUrl } from "../api";
import { ledgerGone } from "../billing-state";
import { formatChange, formatDateTime } from "../format";
import { openPaid } from "../history";
import type { EntryLine, GenerationLine, LedgerLine } from "../ledger";
import { number, shortDate } from "../shown";
import { generations, lang, modelNamed, text } from "../state";
import { NewTab } from "./NewTab";

/** One line of the history: what it was, when, and what it changed. */
export function LedgerRow({ line }: { line: LedgerLine }) {
  const { amount, at } = line;
  return (
    <li class="row ledger-row">
      <div class="row-text">
        <p class="row-title">
          {line.kind === "generation" ? (
            <Picture id={line.generation} model={line.model} paid={(line.charged ?? 0) > 0} />
          ) : (
            <Title line={line} />
          )}
        </p>
        <p class="row-note">
          <span>{formatDateTime(at, lang.value, "medium")}</span>
          {line.kind === "generation" ? <Order line={line} /> : <Rest line={line} />}
        </p>
      </div>
      <p class={`ledger-amount ${amount > 0 ? "is-gain" : ""}`}>{formatChange(amount, lang.value)}</p>
    </li>
  );
}

/** The picture that credits went to: by its prompt where the gallery knows it. */
function Picture({ id, model, paid }: { id: string; model: string | null; paid: boolean }) {
  const words = text.value.billing.ledger;
  if (model === null || ledgerGone.value.has(id)) return <span class="ledger-gone">{words.deleted}</span>;
  const what = generations.value.find((each) => each.id === id)?.prompt || words.picture(modelNamed(model));
  if (!paid) return <span class="ledger-what">{what}</span>;
  return (
    <button type="button" class="link ledger-what" aria-haspopup="dialog" onClick={() => void openPaid(id)}>
      {what}
    </button>
  );
}

function Title({ line: { entry } }: { line: EntryLine }) {
  const words = text.value.billing.ledger;
  const { kind, grant } = entry;
  if (kind === "grant") return <>{words.grants[grant ?? "promo"]}</>;
  // An order whose generation is not named: it was removed with everything else of it.
  return <>{kind === "hold" || kind === "settle" || kind === "void" ? words.deleted : words.kinds[kind]}</>;
}

/** What became of the credits of one order. */
function Order({ line: { held, charged, returned, open } }: { line: GenerationLine }) {
  const words = text.value.billing.ledger;
  const parts = [
    held !== null && words.held(held, number(held)),
    open && words.open,
    charged !== null && (charged > 0 ? words.charged(charged, number(charged)) : words.notCharged),
    returned !== null && returned > 0 && words.returned(returned, number(returned)),
  ];
  return <span>{parts.filter(Boolean).join(" · ")}</span>;
}

function Rest({ line: { entry } }: { line: EntryLine }) {
  const words = text.value.billing.ledger;
  const { kind, grant, expiresAt, invoice, generation, model } = entry;
  return (
    <>
      {generation !== null && (
        <span>
          <Picture id={generation} model={model} paid />
        </span>
      )}
      {kind !== "grant" && grant && <span>{words.grants[grant]}</span>}
      {kind === "grant" && expiresAt && <span>{words.until(shortDate(expiresAt))}</span>}
      {invoice && (
        <span>
          <a class="link" href={invoiceUrl(invoice, "page")} target="_blank" rel="noopener">
            {words.invoice}
            <NewTab />
          </a>
        </span>
      )}
    </>
  );
}
