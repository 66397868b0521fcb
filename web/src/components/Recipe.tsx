import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { isFilm } from "../catalogue";
import { withoutRecipe } from "../copies";
import { fileName, formatBytes, formatDateTime, formatSeconds } from "../format";
import { markFavourite, remove } from "../gallery";
import { lazily } from "../lazily";
import { credits, number } from "../shown";
import { lang, modelNamed, sharing, text, titleOf } from "../state";
import type { Generation, Output } from "../types";
import { fileWords, settingWords } from "../words";
import { CopyButton } from "./CopyButton";
import { CopyReference } from "./CopyReference";
import { DeleteConfirm } from "./DeleteConfirm";
import { Icon } from "./Icon";
import { PictureActions } from "./PictureActions";
import { Sources } from "./Sources";

/** Kin are looked for when a picture is looked at; without them it is whole. */
const Lineage = lazily(async () => (await import("./Lineage")).default, () => undefined);

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
  // With the drawing: for no frame it asks about another picture than the one that was meant.
  useLayoutEffect(() => {
    asking.value = false;
  }, [id, n]);
  const onDelete = () => {
    onDeleted();
    void remove(id);
  };
  return (
    <div class="recipe">
      <h2 class="visually-hidden">{viewer.prompt}</h2>
      <Words key={`${id}/${n}`}>{titleOf(generation)}</Words>
      {asking.value ? (
        <DeleteConfirm count={outputs.length} onDelete={onDelete} onKeep={() => (asking.value = false)} />
      ) : (
        <div class="recipe-actions">
          <a class="primary" href={output.url} download={fileName(titleOf(generation), n, outputs.length, output.mediaType)}>
            <Icon name="download" /> {viewer.download}
          </a>
          {!isFilm(output) && (
            <p class="recipe-plain">
              <a class="link" href={withoutRecipe(output.url)} download={fileName(titleOf(generation), n, outputs.length, output.mediaType)}>
                {viewer.plain}
              </a>
              <small>{viewer.plainWhy}</small>
            </p>
          )}
          <div class="recipe-make">
            <PictureActions generation={generation} output={output} n={n} class="secondary" onDone={onReused} />
          </div>
          <div class="recipe-tools">
            <button
              type="button"
              class="secondary"
              data-action="favourite"
              aria-pressed={generation.favourite}
              onClick={() => void markFavourite(id, !generation.favourite)}
            >
              <Icon name="star" /> {text.value.tile.mark}
            </button>
            <button type="button" class="secondary" data-action="share" onClick={() => (sharing.value = { id, n })}>
              <Icon name="share" /> {viewer.share}
            </button>
            {prompt !== "" && <CopyButton value={prompt} label={viewer.copy} />}
            <a class="secondary" href={output.url} target="_blank" rel="noopener" title={viewer.newTab}>
              <Icon name="external" /> {viewer.original}
              <span class="visually-hidden"> ({viewer.newTab})</span>
            </a>
          </div>
          <button type="button" class="secondary quiet-danger" onClick={() => (asking.value = true)}>
            <Icon name="trash" /> {viewer.delete}
          </button>
        </div>
      )}
      <Sources generation={generation} />
      <Lineage key={id} id={id} />
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

/** What the picture was made with. Long words scroll by themselves, by keys too, so that the actions stay at hand. */
function Words({ children }: { children: string }) {
  const words = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const { current: element } = words;
    if (!element) return;
    // The viewer opens after this is drawn: only then there is something to measure.
    const observer = new ResizeObserver(() => {
      if (element.scrollHeight > element.clientHeight + 1) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <p class="recipe-prompt" ref={words}>
      {children}
    </p>
  );
}

function facts(generation: Generation, output: Output): [label: string, value: string][] {
  const { viewer, films, settings } = text.value;
  const seconds = generation.inputs["duration"];
  const { inputs, charged, price, startedAt, createdAt, finishedAt } = generation;
  const paid = charged ?? price;
  const tookMs = finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt ?? createdAt) : NaN;
  const rows: [string, string | null][] = [
    [viewer.model, modelNamed(generation.model)],
    [viewer.ratio, typeof inputs["aspectRatio"] === "string" ? settingWords("aspectRatio", text.value).option(inputs["aspectRatio"]) : null],
    [films.duration, isFilm(output) && typeof seconds === "number" ? settings.seconds(seconds, number(seconds)) : null],
    [viewer.size, `${output.width}\u00a0×\u00a0${output.height}`],
    [viewer.seed, typeof inputs["seed"] === "number" ? String(inputs["seed"]) : "seed" in inputs ? viewer.seedRandom : null],
    [viewer.format, fileWords(output.mediaType.split("/")[1] ?? output.mediaType)],
    [viewer.bytes, formatBytes(output.bytes, lang.value)],
    [viewer.charged, credits(paid)],
    [viewer.time, Number.isFinite(tookMs) ? formatSeconds(tookMs, lang.value) : null],
    [viewer.created, formatDateTime(createdAt, lang.value)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}
