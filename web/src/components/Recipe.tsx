import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fileName, formatBytes, formatDateTime, formatSeconds } from "../format";
import { remove } from "../gallery";
import { reuse } from "../generate";
import { credits } from "../shown";
import { lang, modelNamed, notice, text } from "../state";
import type { Generation, Output } from "../types";
import { CopyButton } from "./CopyButton";
import { CopyReference } from "./CopyReference";
import { DeleteConfirm } from "./DeleteConfirm";
import { Icon } from "./Icon";

interface Props {
  generation: Generation;
  output: Output;
  n: number;
  onDeleted: () => void;
  onReused: () => void;
}

/** What made the picture, and what can be made of it. */
export function Recipe({ generation, output, n, onDeleted, onReused }: Props) {
  const asking = useSignal(false);
  const { viewer } = text.value;
  const { id, prompt, outputs } = generation;
  useEffect(() => {
    asking.value = false;
  }, [id, n]);
  const onDelete = () => {
    onDeleted();
    void remove(id);
  };
  const onReuse = () => {
    onReused();
    reuse(prompt, generation.model, generation.inputs);
    if (typeof generation.inputs["seed"] === "number") notice.value = text.value.notice.seedKept;
  };
  return (
    <div class="recipe">
      <h2 class="visually-hidden">{viewer.prompt}</h2>
      <p class="recipe-prompt">{prompt}</p>
      {asking.value ? (
        <DeleteConfirm count={outputs.length} onDelete={onDelete} onKeep={() => (asking.value = false)} />
      ) : (
        <div class="recipe-actions">
          <a class="primary" href={output.url} download={fileName(prompt, n, outputs.length, output.mediaType)}>
            <Icon name="download" /> {viewer.download}
          </a>
          <button type="button" class="secondary" onClick={onReuse}>
            <Icon name="reuse" /> {viewer.reuse}
          </button>
          <CopyButton value={prompt} label={viewer.copy} />
          <a class="secondary" href={output.url} target="_blank" rel="noopener" title={viewer.newTab}>
            <Icon name="external" /> {viewer.original}
            <span class="visually-hidden"> ({viewer.newTab})</span>
          </a>
          <button type="button" class="secondary quiet-danger" onClick={() => (asking.value = true)}>
            <Icon name="trash" /> {viewer.delete}
          </button>
        </div>
      )}
      <dl class="recipe-facts">
        {facts(generation, output).map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <CopyReference reference={id} />
    </div>
  );
}

function facts(generation: Generation, output: Output): [label: string, value: string][] {
  const { viewer } = text.value;
  const { inputs, charged, price, startedAt, createdAt, finishedAt } = generation;
  const paid = charged ?? price;
  const tookMs = finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt ?? createdAt) : NaN;
  const rows: [string, string | null][] = [
    [viewer.model, modelNamed(generation.model)],
    [viewer.ratio, typeof inputs["aspectRatio"] === "string" ? inputs["aspectRatio"] : null],
    [viewer.size, `${output.width}\u00a0×\u00a0${output.height}`],
    [viewer.seed, typeof inputs["seed"] === "number" ? String(inputs["seed"]) : viewer.seedRandom],
    [viewer.format, (output.mediaType.split("/")[1] ?? output.mediaType).toUpperCase()],
    [viewer.bytes, formatBytes(output.bytes, lang.value)],
    [viewer.charged, credits(paid)],
    [viewer.time, Number.isFinite(tookMs) ? formatSeconds(tookMs, lang.value) : null],
    [viewer.created, formatDateTime(createdAt, lang.value)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}
