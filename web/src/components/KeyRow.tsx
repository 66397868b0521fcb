import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { limitKey, removeKey } from "../billing";
import { shortDate, spentToday } from "../shown";
import { text } from "../state";
import type { Trouble } from "../trouble";
import type { ApiKey } from "../types";
import { Confirm } from "./Confirm";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";
import { LimitForm } from "./LimitForm";

/** One key: what it is called, what it spends, and its end. */
export function KeyRow({ apiKey, onRemoved }: { apiKey: ApiKey; onRemoved: () => void }) {
  const { billing, remove: removal } = text.value;
  const { keys: words } = billing;
  const doing = useSignal<"removal" | "limit" | null>(null);
  const trouble = useSignal<Trouble | null>(null);
  const edit = useRef<HTMLButtonElement>(null);
  const { id, name, hint, dayLimit, createdAt, lastUsedAt } = apiKey;
  const remove = async () => {
    doing.value = null;
    trouble.value = await removeKey(id);
    if (!trouble.value) onRemoved();
  };
  const toggle = (what: "removal" | "limit") => () => (doing.value = doing.value === what ? null : what);
  const closeLimit = () => {
    doing.value = null;
    edit.current?.focus();
  };
  const changeLimit = async (limit: number | null) => {
    const met = await limitKey(id, limit);
    if (!met) closeLimit();
    return met;
  };
  return (
    <li class="row">
      <Icon name="key" />
      <div class="row-text">
        <p class="row-title">
          {name} <code class="key-hint">{hint.replace(/^…?/, "…")}</code>
        </p>
        <p class="row-note">
          <span>{spentToday(apiKey)}</span>
          <span>{lastUsedAt ? words.used(shortDate(lastUsedAt)) : words.unused}</span>
          <span>{words.since(shortDate(createdAt))}</span>
        </p>
      </div>
      {doing.value !== "removal" && (
        <div class="row-actions">
          <button
            type="button"
            class="secondary small"
            ref={edit}
            aria-label={`${words.edit}, ${name}`}
            aria-expanded={doing.value === "limit"}
            onClick={toggle("limit")}
          >
            {words.edit}
          </button>
          <button type="button" class="secondary small quiet-danger" aria-label={`${removal.yes}, ${name}`} onClick={toggle("removal")}>
            {removal.yes}
          </button>
        </div>
      )}
      {doing.value === "removal" && (
        <Confirm question={words.sure(name)} yes={removal.yes} no={removal.no} onYes={() => void remove()} onNo={() => (doing.value = null)} />
      )}
      {doing.value === "limit" && (
        <LimitForm id={`limit-${id}`} limit={dayLimit} save={changeLimit}>
          <button type="button" class="secondary" onClick={closeLimit}>
            {words.cancel}
          </button>
        </LimitForm>
      )}
      <FormTrouble trouble={trouble.value} />
    </li>
  );
}
