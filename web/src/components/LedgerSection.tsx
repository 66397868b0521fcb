import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ledger, ledgerCursor, ledgerListing } from "../billing-state";
import { loadLedger, loadOlder, retryLedger } from "../history";
import { linesOf } from "../ledger";
import { text } from "../state";
import { LedgerRow } from "./LedgerRow";
import { ListWaiting } from "./ListWaiting";
import { Section } from "./Section";

/** Every credit that came or went, in words. */
export function LedgerSection() {
  const { billing, gallery } = text.value;
  const { ledger: words } = billing;
  const lines = useComputed(() => linesOf(ledger.value));
  useEffect(() => void loadLedger(), []);
  const listing = ledgerListing.value;
  const empty = lines.value.length === 0;
  const failed = listing === "failed";
  return (
    <Section id="history" title={words.title}>
      {empty && listing === "loaded" && <p class="account-note">{words.none}</p>}
      {!empty && (
        <ul class="rows ledger" role="list" aria-label={words.title} aria-busy={listing === "loading"}>
          {lines.value.map((line) => (
            <LedgerRow key={line.key} line={line} />
          ))}
        </ul>
      )}
      {(failed || (empty && listing !== "loaded")) && <ListWaiting failed={failed} onRetry={retryLedger} />}
      {ledgerCursor.value !== null && !failed && !empty && (
        <button type="button" class="secondary" aria-disabled={listing === "loading"} onClick={() => void loadOlder()}>
          {listing === "loading" && <span class="spinner" aria-hidden="true" />}
          {gallery.more}
        </button>
      )}
    </Section>
  );
}
