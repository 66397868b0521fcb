import { found } from "../account";
import { addKey } from "../billing";
import { useForm } from "../form";
import { parseLimit } from "../limit";
import { text } from "../state";
import type { NewApiKey } from "../types";
import { Field } from "./Field";
import { FormTrouble } from "./FormTrouble";
import { LimitField } from "./LimitField";
import { Submit } from "./Submit";

/** As the studio counts them. */
const NAME_MAX = 60;

function namesKey(name: string): boolean {
  return name !== "" && [...name].length <= NAME_MAX;
}

/** Makes a key, with a limit for each day or without. */
export function KeyForm({ onMade }: { onMade: (made: NewApiKey) => void }) {
  const { billing, landing } = text.value;
  const { keys: words } = billing;
  const { form, values, errors, trouble, busy, set, say, submit } = useForm(
    { "key-name": "", "key-limit": "" },
    {
      check: (typed) =>
        found({
          "key-name": namesKey(typed["key-name"].trim()) ? null : "missing",
          "key-limit": parseLimit(typed["key-limit"]) === "wrong" ? "missing" : null,
        }),
      send: async (typed) => {
        const limit = parseLimit(typed["key-limit"]);
        return limit === "wrong" ? null : addKey(typed["key-name"].trim(), limit, onMade);
      },
    },
  );
  return (
    <form class="key-form" ref={form} onSubmit={submit} noValidate>
      <Field
        id="key-name"
        label={landing.nameLabel}
        value={values.value["key-name"]}
        onInput={set("key-name")}
        error={say("key-name", words.nameMissing)}
        autoComplete="off"
      />
      <LimitField id="key-limit" value={values.value["key-limit"]} onInput={set("key-limit")} wrong={errors.value["key-limit"] !== undefined} />
      <FormTrouble trouble={trouble.value} />
      <Submit busy={busy.value} class="primary">
        {words.create}
      </Submit>
    </form>
  );
}
