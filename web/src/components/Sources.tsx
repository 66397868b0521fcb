import { useSignal } from "@preact/signals";
import { inputNamed, picturesIn } from "../catalogue";
import { bring } from "../gallery";
import { faces, models, notice, text, viewing } from "../state";
import type { Generation, Source } from "../types";
import { settingWords, slotWords } from "../words";
import { Icon } from "./Icon";

/** The pictures that a generation started from. One that was made here can be opened. */
export function Sources({ generation }: { generation: Generation }) {
  const { sources } = text.value;
  if (generation.sources.length === 0) return null;
  const model = models.value.find(({ id }) => id === generation.model);
  const several = (input: string) => generation.sources.filter((source) => source.input === input).length > 1;
  const seen = new Map<string, number>();
  return (
    <section class="sources" aria-labelledby="sources-title">
      <h3 id="sources-title">{sources.title}</h3>
      <ul class="sources-list" role="list">
        {generation.sources.map((source) => {
          const n = seen.get(source.input) ?? 0;
          seen.set(source.input, n + 1);
          const name = picturesIn(generation.inputs, source.input)[n] ?? "";
          const input = model && inputNamed(model, source.input);
          const label = input?.type === "images" ? slotWords(input.role, false, text.value) : settingWords(source.input, text.value).label;
          return <SourceShown key={`${source.input}/${n}`} source={source} name={name} label={several(source.input) ? text.value.pictures.number(label, n + 1) : label} />;
        })}
      </ul>
    </section>
  );
}

function SourceShown({ source: { url, parent }, name, label }: { source: Source; name: string; label: string }) {
  const { sources } = text.value;
  const broken = useSignal(false);
  const title = faces.value.get(name)?.title || label;
  const open = async () => {
    const [id = "", n = "0"] = parent?.split("/") ?? [];
    const found = await bring(id).catch(() => null);
    if (found?.outputs[Number(n)]) viewing.value = { id, n: Number(n) };
    else notice.value = text.value.problems.not_found;
  };
  const image = url !== null && !broken.value ? <img src={url} alt={parent ? "" : title} decoding="async" onError={() => (broken.value = true)} /> : <Icon name="picture" />;
  return (
    <li class="source" data-gone={url === null}>
      {url !== null && parent !== null ? (
        <button type="button" class="source-face" aria-label={sources.open(title)} title={sources.open(title)} onClick={() => void open()}>
          {image}
        </button>
      ) : (
        <span class="source-face">{image}</span>
      )}
      <span class="source-name">
        {label}
        {url === null && <small>{sources.gone}</small>}
      </span>
    </li>
  );
}
