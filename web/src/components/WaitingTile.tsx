import { serverAheadMs } from "../api";
import { isFilmKind } from "../catalogue";
import { cancel } from "../gallery";
import { formatElapsed, formatSeconds } from "../format";
import { retryPending } from "../generate";
import type { Slot } from "../slots";
import { born, keyOf, kindOf, lang, models, nowMs, stopping, text, titleOf, type Entry } from "../state";
import { Icon } from "./Icon";

/** Beyond this many typical times a wait is worth a word. */
const LATE_FACTOR = 3;
/** A fast model's late is still soon: below this nobody wonders. */
const LATE_MIN_MS = 12_000;

/** When the wait began, on this device's clock. */
function beganMs(entry: Entry): number {
  if (entry.kind === "pending") return entry.pending.bornMs;
  return born.get(keyOf(entry.generation.id)) ?? Date.parse(entry.generation.createdAt) - serverAheadMs;
}

/** A picture on its way: its real state, the time that passed and the time it usually takes. */
export function WaitingTile({ slot }: { slot: Slot }) {
  const { entry, n, total } = slot;
  const { tile } = text.value;
  const modelId = entry.kind === "pending" ? entry.pending.request.model : entry.generation.model;
  const title = titleOf(entry.kind === "pending" ? entry.pending.request : entry.generation);
  const film = isFilmKind(kindOf(modelId) ?? "text-to-image");
  const typicalMs = models.value.find((each) => each.id === modelId)?.typicalMs ?? 0;
  const elapsedMs = Math.max(0, nowMs.value - beganMs(entry));
  const late = typicalMs > 0 && elapsedMs > Math.max(LATE_MIN_MS, typicalMs * LATE_FACTOR);
  const lost = slot.view === "lost";
  return (
    <div class="waiting" data-state={stateOf(entry)}>
      <div class="waiting-glow" aria-hidden="true" />
      <p class="waiting-prompt">{title}</p>
      <div class="waiting-foot">
        <p class="waiting-state">
          {lost ? <Icon name="plug" /> : <span class="spinner" aria-hidden="true" />}
          <span>{label(entry, lost)}</span>
          <span class="waiting-time">{formatElapsed(elapsedMs, lang.value)}</span>
        </p>
        {total > 1 && <p class="waiting-note">{(film ? text.value.films : tile).of(n + 1, total)}</p>}
        {lost ? (
          n === 0 && (
            <>
              <p class="waiting-note">{tile.nothingLost}</p>
              <button type="button" class="secondary small" onClick={() => retryPending(entry.key)}>
                {tile.retry}
              </button>
            </>
          )
        ) : (
          <p class="waiting-note">{waits(entry) ? null : late ? tile.late : typicalMs > 0 && tile.usually(formatSeconds(typicalMs, lang.value))}</p>
        )}
        {n === 0 && stoppable(entry) && (
          <button type="button" class="secondary small waiting-stop" aria-label={`${tile.stop}: ${title}`} onClick={() => void cancel(entry.generation.id)}>
            <Icon name="close" />
            <span>{tile.stop}</span>
          </button>
        )}
      </div>
    </div>
  );
}

type Made = Extract<Entry, { kind: "generation" }>;

/** It waits for others of this person's to end, however long that takes. */
function waits(entry: Entry): boolean {
  return entry.kind === "generation" && entry.generation.waiting;
}

function isStopping({ generation }: Made): boolean {
  return generation.cancelRequestedAt !== null || stopping.value.has(generation.id);
}

function stoppable(entry: Entry): entry is Made {
  return entry.kind === "generation" && entry.generation.status !== "saving" && !isStopping(entry);
}

function stateOf(entry: Entry): string {
  return entry.kind === "pending" ? entry.pending.phase : entry.generation.status;
}

function label(entry: Entry, lost: boolean): string {
  const { tile } = text.value;
  if (lost) return tile.offline;
  if (entry.kind === "pending") return tile.sending;
  if (isStopping(entry)) return tile.stopping;
  if (entry.generation.waiting) return tile.waiting;
  switch (entry.generation.status) {
    case "starting":
      return tile.starting;
    case "running":
      return running(entry.generation.model);
    case "saving":
      return tile.saving;
    default:
      return tile.queued;
  }
}

/** What is being done just now. */
function running(model: string): string {
  const { films, tile } = text.value;
  const kind = kindOf(model);
  if (kind && isFilmKind(kind)) return films.running;
  return kind === "upscale" || kind === "remove-background" ? films.working : tile.running;
}
