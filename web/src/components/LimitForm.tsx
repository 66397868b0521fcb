import type { ComponentChildren } from "preact";
import { found } from "../account";
import { useForm } from "../form";
import { parseLimit } from "../limit";
import { text } from "../state";
import type { Trouble } from "../trouble";
import { FormTrouble } from "./FormTrouble";
import { LimitField } from "./LimitField";
import { Submit } from "./Submit";

interface Props {
  id: string;
  /** As it is now. */
  limit: number | null;
  save: (limit: number | null) => Promise<Trouble | null>;
  /** What stands beside the button. */
  children?: ComponentChildren;
}

/** Changes what may go in a day. */
export function LimitForm({ id, limit, save, children }: Props) {
  const { form, values, errors, trouble, busy, set, submit } = useForm<string>(
    { [id]: limit === null ? "" : String(limit) },
    {
      check: (typed) => found({ [id]: parseLimit(typed[id] ?? "") === "wrong" ? "missing" : null }),
      send: async (typed) => {
        const wanted = parseLimit(typed[id] ?? "");
        return wanted === "wrong" ? null : save(wanted);
      },
    },
  );
  return (
    <form class="limit-form" ref={form} onSubmit={submit} noValidate>
      <LimitField id={id} value={values.value[id] ?? ""} onInput={set(id)} wrong={errors.value[id] !== undefined} />
      <FormTrouble trouble={trouble.value} />
      <div class="form-actions">
        <Submit busy={busy.value} class="primary">
          {text.value.billing.spending.save}
        </Submit>
        {children}
      </div>
    </form>
  );
}
