import type { ComponentChildren } from "preact";
import { RATIOS, type Filters } from "../filters";
import { ask, askAnything, filters, filtersOn, picked } from "../library";
import { words } from "../library-words";
import { models, text } from "../state";
import { Icon } from "./Icon";
import { Popover } from "./Popover";

/** What the works are picked by, beside words and folders. */
export function LibraryFilters() {
  const { library } = words.value;
  const now = filters.value;
  const kinds = [...new Set(models.value.map((each) => each.kind))];
  const ofKind = models.value.filter((each) => now.kind === "" || each.kind === now.kind);
  return (
    <div class="library-filters">
      <button type="button" class="chip" aria-pressed={now.favourite} data-filter="favourite" onClick={() => ask({ favourite: !now.favourite })}>
        <Icon name="star" />
        <span>{library.favourites}</span>
      </button>
      <Popover
        label={library.filtersOn(filtersOn.value)}
        class="library-popover"
        buttonId="library-filters"
        face={
          <>
            <Icon name="sliders" />
            <span>{library.filtersOn(filtersOn.value)}</span>
          </>
        }
      >
        {() => (
          <div class="filter-fields">
            <Choice name="kind" label={library.kind}>
              {kinds.map((kind) => (
                <option key={kind} value={kind}>
                  {text.value.kinds[kind]}
                </option>
              ))}
            </Choice>
            <Choice name="model" label={library.model}>
              {ofKind.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Choice>
            <Choice name="ratio" label={library.ratio}>
              {RATIOS.map((ratio) => (
                <option key={ratio} value={ratio}>
                  {ratio}
                </option>
              ))}
            </Choice>
            <Choice name="status" label={library.status}>
              {(["open", "succeeded", "failed"] as const).map((status) => (
                <option key={status} value={status}>
                  {library.statuses[status]}
                </option>
              ))}
            </Choice>
            <Choice name="when" label={library.when} any={library.anyTime}>
              {(["today", "week", "month", "dates"] as const).map((when) => (
                <option key={when} value={when}>
                  {library[when]}
                </option>
              ))}
            </Choice>
            {now.when === "dates" && (
              <div class="filter-dates">
                <DateField name="from" label={library.from} />
                <DateField name="to" label={library.to} />
              </div>
            )}
            {picked.value && (
              <button type="button" class="secondary small" onClick={askAnything}>
                {library.clear}
              </button>
            )}
          </div>
        )}
      </Popover>
    </div>
  );
}

interface ChoiceProps {
  name: "kind" | "model" | "ratio" | "status" | "when";
  label: string;
  any?: string;
  children: ComponentChildren;
}

function Choice({ name, label, any = words.value.library.any, children }: ChoiceProps) {
  // A model of another kind would leave nothing.
  const choose = (value: string) => ask({ [name]: value, ...(name === "kind" ? { model: "" } : {}) } as Partial<Filters>);
  return (
    <label class="filter-field">
      <span>{label}</span>
      <select data-filter={name} value={filters.value[name]} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{any}</option>
        {children}
      </select>
    </label>
  );
}

function DateField({ name, label }: { name: "from" | "to"; label: string }) {
  return (
    <label class="filter-field">
      <span>{label}</span>
      <input type="date" data-filter={name} value={filters.value[name]} onChange={(event) => ask({ [name]: event.currentTarget.value })} />
    </label>
  );
}
