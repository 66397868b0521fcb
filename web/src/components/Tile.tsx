import type { Slot } from "../slots";
import { ratioOf } from "../state";
import { FailedTile } from "./FailedTile";
import { PictureTile } from "./PictureTile";
import { WaitingTile } from "./WaitingTile";

/** A failure has something to read, so that a narrow ratio gives way to one with room for words. */
const FAILED_RATIO_MIN = 1.3;

/** One place in the grid. It keeps its node and its ratio from the click to the picture: nothing moves. */
export function Tile({ slot }: { slot: Slot }) {
  const { entry, output, view } = slot;
  const { model, inputs } =
    entry.kind === "pending" ? { model: entry.pending.request.model, inputs: entry.pending.request } : entry.generation;
  const asked = ratioOf(model, inputs, output ?? undefined);
  const ended = view === "failed" || view === "refused";
  const ratio = ended ? Math.max(asked, FAILED_RATIO_MIN) : asked;
  return (
    <li class={`tile tile-${view}`} style={{ "--ratio": String(ratio) }}>
      {view === "picture" && output && entry.kind === "generation" ? (
        <PictureTile generation={entry.generation} output={output} n={slot.n} />
      ) : ended ? (
        <FailedTile entry={entry} />
      ) : (
        <WaitingTile slot={slot} />
      )}
    </li>
  );
}
