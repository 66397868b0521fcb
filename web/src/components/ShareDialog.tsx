import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import "../styles/share.css";
import { copy } from "../copy";
import { libraryApi } from "../library-api";
import { words, wordsOf } from "../library-words";
import { asMe } from "../me";
import { date, number } from "../shown";
import { generations, notice, sharing, text, works } from "../state";
import type { Share } from "../types";
import { Heard } from "./Heard";
import { Icon } from "./Icon";

const DAYS = [1, 7, 30, 90, 365] as const;

/** The links of a work: made, copied, taken back. */
export default function ShareDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const days = useSignal<number>(30);
  const recipe = useSignal(false);
  const which = useSignal<number | null>(null);
  const links = useSignal<readonly Share[] | "loading" | "failed">("loading");
  const busy = useSignal(false);
  const { share } = words.value;
  const { id = "", n = 0 } = sharing.value ?? {};
  const count = [...generations.value, ...works.value].find((each) => each.id === id)?.outputs.length ?? 1;

  const load = async () => {
    links.value = "loading";
    const trouble = await asMe(() => libraryApi.shares(id), ({ shares }) => (links.value = shares));
    if (trouble) links.value = "failed";
  };
  useEffect(() => {
    dialog.current?.showModal();
    void load();
  }, []);

  /** Runs something; what goes wrong is said in passing. */
  const tried = async <T,>(request: () => Promise<T>, take: (answer: T) => void | Promise<void>) => {
    if (busy.value) return;
    busy.value = true;
    const trouble = await asMe(request, (answer) => void take(answer));
    busy.value = false;
    if (trouble) notice.value = wordsOf(trouble);
  };
  const make = () =>
    tried(
      () => libraryApi.share(id, { days: days.value, recipe: recipe.value, output: which.value }),
      async (made) => {
        links.value = [made, ...(Array.isArray(links.value) ? links.value : [])];
        const copied = await navigator.clipboard.writeText(made.link).then(() => true, () => false);
        notice.value = copied ? share.copied : share.made;
      },
    );
  const copyLink = async (link: string) => {
    if (await copy(link)) notice.value = text.value.notice.copied;
  };
  const end = (link: string) =>
    tried(
      () => libraryApi.unshare(link),
      () => {
        if (Array.isArray(links.value)) links.value = (links.value as readonly Share[]).filter((each) => each.id !== link);
        notice.value = share.ended;
      },
    );
  const list = links.value;
  return (
    <dialog
      class="sheet share"
      ref={dialog}
      aria-labelledby="share-title"
      onClose={(event) => {
        event.stopPropagation();
        sharing.value = null;
      }}
      onClick={(event) => {
        event.stopPropagation();
        if (event.target === dialog.current) dialog.current?.close();
      }}
      // The viewer below goes by arrows.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div class="sheet-body">
        <h2 id="share-title">{share.title}</h2>
        <p class="share-lead">{share.lead}</p>
        <form
          class="share-form"
          onSubmit={(event) => {
            event.preventDefault();
            void make();
          }}
        >
          <label class="filter-field">
            <span>{share.days}</span>
            <select value={days.value} onChange={(event) => (days.value = Number(event.currentTarget.value))}>
              {DAYS.map((each) => (
                <option key={each} value={each}>
                  {share.day(each, number(each))}
                </option>
              ))}
            </select>
          </label>
          {count > 1 && (
            <label class="filter-field">
              <span>{share.what}</span>
              <select value={which.value === null ? "" : "one"} onChange={(event) => (which.value = event.currentTarget.value === "" ? null : n)}>
                <option value="">{share.all(count)}</option>
                <option value="one">{share.one(n + 1)}</option>
              </select>
            </label>
          )}
          <label class="check">
            <input type="checkbox" checked={recipe.value} onChange={(event) => (recipe.value = event.currentTarget.checked)} />
            <span>{share.recipe}</span>
          </label>
          <button type="submit" class="primary" aria-disabled={busy.value}>
            <Icon name="share" /> {share.make}
          </button>
        </form>
        <section aria-labelledby="share-links" aria-busy={list === "loading"}>
          <h3 id="share-links">{share.links}</h3>
          {list === "failed" ? (
            <p role="alert">
              {share.failed}{" "}
              <button type="button" class="link" onClick={() => void load()}>
                {share.again}
              </button>
            </p>
          ) : list === "loading" ? (
            <p>
              <span class="spinner" aria-hidden="true" />
            </p>
          ) : list.length === 0 ? (
            <p class="share-none">{share.noLinks}</p>
          ) : (
            <ul class="share-links" role="list">
              {list.map((each) => (
                <li key={each.id} data-share={each.id}>
                  <input type="text" readOnly value={each.link} aria-label={share.link} onFocus={(event) => event.currentTarget.select()} />
                  <p class="share-facts">
                    {share.until(date(each.expiresAt))}
                    {each.recipe && ` · ${share.withRecipe}`}
                    {each.output !== null && ` · ${share.one(each.output + 1)}`}
                  </p>
                  <button type="button" class="secondary small" onClick={() => void copyLink(each.link)}>
                    <Icon name="copy" /> {share.copy}
                  </button>
                  <button type="button" class="secondary small quiet-danger" onClick={() => void end(each.id)}>
                    {share.end}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </section>
        <button type="button" class="icon-button sheet-close" aria-label={share.close} title={share.close} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <Heard />
    </dialog>
  );
}
