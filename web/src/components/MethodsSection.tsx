import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatDate } from "../format";
import { linkGoogle, loadMethods, unlink } from "../me";
import { lang, methods, settings, text } from "../state";
import type { Trouble } from "../trouble";
import type { Account, Method } from "../types";
import { Confirm } from "./Confirm";
import { FormTrouble } from "./FormTrouble";
import { GoogleButton, GoogleMark } from "./GoogleButton";
import { Icon } from "./Icon";
import { ListWaiting } from "./ListWaiting";
import { Section } from "./Section";

/** The ways to sign in to this account: one at least has to stay. */
export function MethodsSection({ account }: { account: Account }) {
  const { methods: words } = text.value.account;
  const trouble = useSignal<Trouble | null>(null);
  const asking = useSignal<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // Setting a first password adds a way too.
  useEffect(() => void loadMethods(), [account.hasPassword]);

  const list = methods.value;
  const remove = async (id: string) => {
    asking.value = null;
    trouble.value = await unlink(id);
    heading.current?.focus();
  };
  const link = async () => {
    trouble.value = await linkGoogle();
  };
  return (
    <Section id="methods" title={words.title} lead={words.lead} heading={heading}>
      {typeof list === "string" ? (
        <ListWaiting failed={list === "failed"} onRetry={loadMethods} />
      ) : (
        <ul class="rows" role="list">
          {list.map((method) => (
            <li class="row" key={method.id}>
              {method.providerId === "google" ? <GoogleMark /> : <Icon name="key" />}
              <div class="row-text">
                <p class="row-title">{nameOf(method)}</p>
                <p class="row-note">{words.since(formatDate(method.createdAt, lang.value, "medium"))}</p>
              </div>
              {asking.value === method.id ? (
                <Confirm
                  question={words.sure(nameOf(method))}
                  yes={words.remove}
                  no={words.keep}
                  onYes={() => void remove(method.id)}
                  onNo={() => (asking.value = null)}
                />
              ) : (
                list.length > 1 && (
                  <button type="button" class="secondary small" aria-label={words.removeLabel(nameOf(method))} onClick={() => (asking.value = method.id)}>
                    {words.remove}
                  </button>
                )
              )}
            </li>
          ))}
        </ul>
      )}
      {typeof list !== "string" && list.length === 1 && <p class="account-note">{words.last}</p>}
      <FormTrouble trouble={trouble.value} />
      {settings.value.google && typeof list !== "string" && !list.some((each) => each.providerId === "google") && (
        <GoogleButton onClick={() => void link()}>{words.linkGoogle}</GoogleButton>
      )}
    </Section>
  );
}

function nameOf({ providerId }: Method): string {
  const { methods: words } = text.value.account;
  if (providerId === "credential") return words.password;
  return providerId === "google" ? "Google" : providerId;
}
