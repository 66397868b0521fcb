import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { loadKeys } from "../billing";
import { apiKeys } from "../billing-state";
import { text } from "../state";
import type { NewApiKey } from "../types";
import { KeyForm } from "./KeyForm";
import { KeyRow } from "./KeyRow";
import { ListWaiting } from "./ListWaiting";
import { NewKey } from "./NewKey";
import { Section } from "./Section";

/** So many the studio keeps for one person. */
const KEYS_MAX = 20;

/** Keys for programs: what each may spend and has spent, how to make one and how to end one. */
export function KeysSection() {
  const { keys: words } = text.value.billing;
  const made = useSignal<NewApiKey | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => void loadKeys(), []);
  const list = apiKeys.value;
  const toHeading = () => heading.current?.focus();
  return (
    <Section id="keys" title={words.title} lead={words.lead} heading={heading}>
      {typeof list === "string" ? (
        <ListWaiting failed={list === "failed"} onRetry={loadKeys} />
      ) : list.length === 0 ? (
        <p class="account-note">{words.none}</p>
      ) : (
        <ul class="rows" role="list">
          {list.map((key) => (
            <KeyRow key={key.id} apiKey={key} onRemoved={toHeading} />
          ))}
        </ul>
      )}
      {made.value ? (
        <NewKey
          made={made.value}
          onDone={() => {
            made.value = null;
            toHeading();
          }}
        />
      ) : typeof list !== "string" && list.length >= KEYS_MAX ? (
        <p class="account-note">{text.value.problems.too_many_keys}</p>
      ) : (
        typeof list !== "string" && <KeyForm onMade={(key) => (made.value = key)} />
      )}
    </Section>
  );
}
