import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Errors, FieldTrouble } from "./account";
import type { ProblemCode } from "./errors";
import { lang, text } from "./state";
import { troubleWords, type Trouble } from "./trouble";

interface Options<Name extends string> {
  /** Finds what is wrong before anything is sent. */
  check: (values: Record<Name, string>) => Errors<Name>;
  /** Sends; answers what went wrong, or null. */
  send: (values: Record<Name, string>) => Promise<Trouble | null>;
  /** The field that a trouble of the server concerns. */
  field?: (code: ProblemCode) => Name | null;
}

/**
 * A form's values, troubles and sending. Troubles are kept as codes, so that they follow the language; the first field that has
 * one gets the focus, in the order of the values. A field's element has its name as `name`.
 */
export function useForm<Name extends string>(initial: Record<Name, string>, { check, send, field }: Options<Name>) {
  const values = useSignal(initial);
  const errors = useSignal<Errors<Name>>({});
  const trouble = useSignal<Trouble | null>(null);
  const busy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);

  const set = (name: Name) => (value: string) => {
    values.value = { ...values.value, [name]: value };
    const { [name]: _, ...rest } = errors.value;
    errors.value = rest as Errors<Name>;
    trouble.value = null;
  };
  const show = (found: Errors<Name>) => {
    errors.value = found;
    const first = (Object.keys(initial) as Name[]).find((name) => found[name]);
    const element = first && form.current?.elements.namedItem(first);
    if (element instanceof HTMLElement) element.focus();
  };
  /** Runs something that the form sends, and shows where its trouble belongs. */
  const run = async (request: () => Promise<Trouble | null>) => {
    if (busy.value) return;
    busy.value = true;
    trouble.value = null;
    try {
      const met = await request();
      const name = met && field?.(met.code);
      if (met && name) show({ [name]: met } as Errors<Name>);
      else trouble.value = met;
    } finally {
      busy.value = false;
    }
  };
  /** Checks some of the fields, or all; false, and shown: something is wrong. */
  const checked = (only?: readonly Name[]): boolean => {
    const all = check(values.value);
    const found = only ? (Object.fromEntries(only.flatMap((name) => (all[name] ? [[name, all[name]]] : []))) as Errors<Name>) : all;
    show(found);
    return Object.keys(found).length === 0;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!busy.value && checked()) void run(() => send(values.value));
  };
  /** Takes every trouble away; with `emptied` what was typed too. */
  const clear = ({ emptied = false } = {}) => {
    if (emptied) values.value = initial;
    errors.value = {};
    trouble.value = null;
  };
  /** What stands beside a field; `missing` says that nothing was typed. */
  const say = (name: Name, missing: string): string | null => {
    const error: FieldTrouble | undefined = errors.value[name];
    if (!error) return null;
    return error === "missing" ? missing : troubleWords(error, text.value, lang.value);
  };
  return { form, values, errors, trouble, busy, set, say, run, checked, submit, clear };
}
