import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { copy } from "../copy";
import { stamp } from "../copies";
import { libraryApi } from "../library-api";
import { words } from "../library-words";
import { asMe } from "../me";
import { date, shortDate } from "../shown";
import { notice, text } from "../state";
import type { Trouble } from "../trouble";
import type { Share } from "../types";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";
import { ListWaiting } from "./ListWaiting";
import { TileFilm } from "./Film";
import { NewTab } from "./NewTab";
import { Section } from "./Section";

/** Every link by which others see a work, and the end of each. */
export function LinksSection() {
  const { links: own, share } = words.value;
  const links = useSignal<readonly Share[] | "loading" | "failed">("loading");
  const trouble = useSignal<Trouble | null>(null);
  const busy = useSignal<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const load = async () => {
    links.value = "loading";
    if (await asMe(libraryApi.allShares, ({ shares }) => (links.value = shares))) links.value = "failed";
  };
  useEffect(() => void load(), []);

  const copied = async ({ link }: Share) => {
    if (await copy(link)) notice.value = text.value.notice.copied;
  };
  const end = async ({ id }: Share) => {
    if (busy.value) return;
    busy.value = id;
    const met = await asMe(() => libraryApi.unshare(id));
    busy.value = null;
    // One that is no longer there has reached what was asked for.
    trouble.value = met?.said === "not_found" ? null : met;
    if (trouble.value) return;
    if (typeof links.value !== "string") links.value = links.value.filter((each) => each.id !== id);
    notice.value = share.ended;
    heading.current?.focus();
  };
  const list = links.value;
  return (
    <Section id="links" title={own.title} lead={own.lead} heading={heading}>
      {typeof list === "string" ? (
        <ListWaiting failed={list === "failed"} onRetry={load} />
      ) : list.length === 0 ? (
        <p class="account-note">{share.noLinks}</p>
      ) : (
        <ul class="rows" role="list">
          {list.map((each, at) => (
            <Row key={each.id} share={each} name={nameOf(list, at)} busy={busy.value === each.id} onCopy={() => copied(each)} onEnd={() => end(each)} />
          ))}
        </ul>
      )}
      <FormTrouble trouble={trouble.value} />
    </Section>
  );
}

/** By its work's words; of several links to the same words the oldest is the first, so that none is renamed when a later one goes. */
function nameOf(list: readonly Share[], at: number): string {
  const title = wordsOf(list[at]);
  const older = list.slice(at + 1).filter((each) => wordsOf(each) === title).length;
  return words.value.links.name(title, older + 1);
}

const WORDS_LENGTH = 60;
function wordsOf(share: Share | undefined): string {
  const title = share?.prompt.trim().replace(/\s+/g, " ") || words.value.links.unnamed;
  return title.length > WORDS_LENGTH ? `${title.slice(0, WORDS_LENGTH).trimEnd()}…` : title;
}

interface RowProps {
  share: Share;
  /** What tells it from the others. */
  name: string;
  busy: boolean;
  onCopy: () => Promise<void>;
  onEnd: () => Promise<void>;
}

function Row({ share, name, busy, onCopy, onEnd }: RowProps) {
  const { links: own, share: said } = words.value;
  const broken = useSignal(false);
  const film = useRef<HTMLVideoElement>(null);
  const shows = share.url !== null && !broken.value;
  return (
    <li class="row" data-share={share.id}>
      <a class="row-cover" href={share.link} target="_blank" rel="noopener">
        {!shows ? (
          <Icon name="picture" />
        ) : share.mediaType?.startsWith("video/") ? (
          <TileFilm url={share.url ?? ""} title={name} film={film} onLoad={() => undefined} onError={() => (broken.value = true)} />
        ) : (
          <img src={stamp({ url: share.url ?? "", sizes: share.sizes })} alt="" decoding="async" loading="lazy" onError={() => (broken.value = true)} />
        )}
        <span class="visually-hidden">{own.open(name)}</span>
        <NewTab />
      </a>
      <div class="row-text">
        <p class="row-title">{name}</p>
        <p class="row-note">
          <span>{own.until(date(share.expiresAt))}</span>
          <span>{own.since(shortDate(share.createdAt))}</span>
          {share.output !== null && <span>{said.one(share.output + 1)}</span>}
          {share.recipe && <span>{said.withRecipe}</span>}
        </p>
      </div>
      <div class="row-ways">
        <button type="button" class="secondary small" aria-label={own.copyLabel(name)} onClick={() => void onCopy()}>
          <Icon name="copy" /> {own.copy}
        </button>
        <button type="button" class="secondary small quiet-danger" aria-disabled={busy} aria-label={own.endLabel(name)} onClick={() => void onEnd()}>
          {busy && <span class="spinner" aria-hidden="true" />}
          {said.end}
        </button>
      </div>
    </li>
  );
}
