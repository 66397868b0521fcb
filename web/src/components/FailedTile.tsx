import { describeFailure } from "../failure";
import { isFilmKind } from "../catalogue";
import { drop, remix, retry, retryPending, reuse } from "../generate";
import { remove } from "../gallery";
import { credits } from "../shown";
import { kindOf, lang, modelNamed, text, titleOf, type Entry } from "../state";
import { CopyReference } from "./CopyReference";
import { FailedHelp } from "./FailedHelp";
import { Icon, type IconName } from "./Icon";

/** What an end looks like; any other is a fault. */
const ICONS: Record<string, IconName> = { content_refused: "shield", canceled: "close" };

/** What happened, that it cost nothing, what to do next, and an id to quote: beside the picture it should have been. */
export function FailedTile({ entry }: { entry: Entry }) {
  const { tile } = text.value;
  const failure = describeFailure(entry, text.value, lang.value);
  const { prompt, model, inputs } =
    entry.kind === "pending" ? { ...entry.pending.request, inputs: entry.pending.request } : entry.generation;
  const film = isFilmKind(kindOf(model) ?? "text-to-image");
  const title = titleOf({ prompt, model });
  const edit = () => (entry.kind === "pending" ? reuse(prompt, model, { ...inputs, seed: null }) : remix(entry.generation));
  const again = () => (entry.kind === "pending" ? retryPending(entry.key) : retry(entry.generation));
  const price = entry.kind === "pending" ? entry.pending.shown : entry.generation.price;
  const away = () => (entry.kind === "pending" ? drop(entry.key) : void remove(entry.generation.id));
  return (
    <div class="failed" data-state="failed" data-code={failure.code}>
      <p class="failed-head">
        <Icon name={ICONS[failure.code] ?? "alert"} />
        <strong>{film && failure.title === tile.failed ? text.value.films.failed : failure.title}</strong>
        {failure.free && <span class="badge">{tile.notCharged}</span>}
      </p>
      <p class="failed-why">{failure.why}</p>
      <p class="failed-prompt" title={title}>
        {title}
      </p>
      {title !== modelNamed(model) && <p class="failed-model">{modelNamed(model)}</p>}
      <div class="failed-actions">
        <FailedHelp entry={entry} code={failure.code} />
        <button type="button" class="secondary small" onClick={edit}>
          <Icon name="edit" />
          <span>{prompt === "" ? text.value.actions.edit : tile.edit}</span>
        </button>
        <button type="button" class="secondary small" onClick={again}>
          <Icon name="reuse" />
          <span>
            {tile.retry} <span class="action-price">· {credits(price)}</span>
          </span>
        </button>
        <button type="button" class="secondary small" onClick={away}>
          <Icon name="trash" />
          <span>{tile.remove}</span>
        </button>
      </div>
      {failure.reference && <CopyReference reference={failure.reference} />}
    </div>
  );
}
