import type { ComponentChildren } from "preact";

export interface Segment<T extends string> {
  value: T;
  /** What is shown; the name too, unless `name` says more. */
  label: ComponentChildren;
  name?: string;
  lang?: string;
}

interface Props<T extends string> {
  /** Names the group for assistive technology. */
  legend: string;
  /** Unique on the page: radio buttons of one name are one group. */
  id: string;
  value: T;
  options: readonly Segment<T>[];
  onChange: (value: T) => void;
  class?: string;
}

/** A choice of few: native radio buttons, so that arrow keys, focus and names come from the browser. */
export function Segments<T extends string>({ legend, id, value, options, onChange, class: extra = "" }: Props<T>) {
  return (
    <fieldset class={`segments ${extra}`}>
      <legend class="visually-hidden">{legend}</legend>
      {options.map((option) => (
        <label class="segment" key={option.value} lang={option.lang} title={option.name}>
          <input
            type="radio"
            name={id}
            value={option.value}
            checked={option.value === value}
            aria-label={option.name}
            onChange={() => onChange(option.value)}
          />
          <span class="segment-face">{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
