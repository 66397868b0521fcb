import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../api";
import { allPictures, isFilm, MASK, picturesIn } from "../catalogue";
import { accountCode } from "../errors";
import { keepFocus } from "../focus";
import { stamp } from "../copies";
import { formatDateTime } from "../format";
import { loadMore } from "../gallery";
import { asMe } from "../me";
import { inputs, lang, listing, model, nextCursor, notice, pictures as made, text, titleOf } from "../state";
import { placesOf } from "../places";
import { troubleOf } from "../trouble";
import type { Upload } from "../types";
import { choosing, knowOutput, knowUpload, take, takeAway } from "../uploads";
import { Confirm } from "./Confirm";
import { Heard } from "./Heard";
import { Icon } from "./Icon";

/** A few rows: who looks for more asks for more. */
const PAGE_SIZE = 24;
/** So many of one's own are shown at first. */
const MADE_SHOWN = 24;

/** One's own pictures, brought and made: pressing one puts it into the prompt box, pressing it again takes it out. */
export default function PictureChooser({ into }: { into: string | undefined }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const uploads = useSignal<readonly Upload[] | "loading" | "failed">("loading");
  const cursor = useSignal<string | null>(null);
  const shown = useSignal(MADE_SHOWN);
  /** The upload whose deletion is asked about. */
  const asking = useSignal<string | null>(null);
  const { chooser, viewer } = text.value;
  const own = made.value.filter(({ output }) => !isFilm(output));
  const uploadsTitle = useRef<HTMLHeadingElement>(null);
  const madeList = useRef<HTMLUListElement>(null);

  /** Shows more of what was made here, and asks for it where the gallery has no more: a page of it may hold videos only. */
  const showMore = async () => {
    const from = Math.min(shown.value, own.length);
    shown.value = from + MADE_SHOWN;
    const short = () => made.peek().filter(({ output }) => !isFilm(output)).length < shown.peek();
    for (let at = nextCursor.peek(); at !== null && short(); at = nextCursor.peek()) {
      await loadMore();
      // It failed, or the gallery is loading by itself.
      if (nextCursor.peek() === at) break;
    }
    // The button may be gone: one goes on at the first that came.
    setTimeout(() => madeList.current?.children[from]?.querySelector("button")?.focus({ preventScroll: true }));
  };

  const load = async () => {
    const before = Array.isArray(uploads.value) ? uploads.value : [];
    if (before.length === 0) uploads.value = "loading";
    const trouble = await asMe(
      () => api.uploads(PAGE_SIZE, cursor.value),
      (answer) => {
        uploads.value = [...before, ...answer.uploads];
        cursor.value = answer.nextCursor;
      },
    );
    if (trouble) uploads.value = "failed";
  };
  useEffect(() => {
    dialog.current?.showModal();
    void load();
  }, []);

  const chosen = into === undefined ? allPictures(inputs.value) : picturesIn(inputs.value, into);
  const places = model.value ? placesOf(model.value) : [];
  const room = into === undefined ? places.reduce((sum, { maximum }) => sum + maximum, 0) : roomOf(into);
  const choose = (name: string) => {
    if (chosen.includes(name)) {
      const input = [...places.map((place) => place.name), MASK].find((each) => picturesIn(inputs.value, each).includes(name));
      if (input) takeAway(input, name);
      return;
    }
    take([name], into);
    if (room <= 1) dialog.current?.close();
  };
  const remove = async (id: string) => {
    try {
      await api.removeUpload(id);
    } catch (error) {
      const { code } = troubleOf(error);
      if (code !== accountCode("not_found", 404)) {
        notice.value = text.value.problems[code];
        return;
      }
    }
    if (Array.isArray(uploads.value)) uploads.value = (uploads.value as readonly Upload[]).filter((each) => each.id !== id);
    for (const { name } of model.value?.inputs ?? []) if (picturesIn(inputs.value, name).includes(id)) takeAway(name, id);
    // The button that asked is gone.
    setTimeout(() => dialog.current?.contains(document.activeElement) || uploadsTitle.current?.focus());
  };
  const onClose = () => {
    choosing.value = null;
    keepFocus(into);
  };
  const list = uploads.value;
  return (
    <dialog
      class="sheet chooser"
      ref={dialog}
      aria-labelledby="chooser-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="sheet-body">
        <h2 id="chooser-title">{chooser.title}</h2>
        <section aria-labelledby="chooser-made">
          <h3 id="chooser-made">{chooser.made}</h3>
          {own.length === 0 ? (
            nextCursor.value === null && <p class="chooser-none">{chooser.noneMade}</p>
          ) : (
            <ul class="chooser-grid" role="list" ref={madeList}>
              {own.slice(0, shown.value).map(({ generation, output, n }) => {
                const name = `${generation.id}/${n}`;
                return (
                  <li key={name}>
                    <Choice
                      url={stamp(output)}
                      title={titleOf(generation)}
                      pressed={chosen.includes(name)}
                      onPress={() => choose(knowOutput(generation, output, n))}
                    />
                  </li>
                );
              })}
            </ul>
          )}
          {listing.value === "failed" && (
            <p class="chooser-none" role="alert">
              {chooser.failed}
            </p>
          )}
          {(own.length > shown.value || nextCursor.value !== null) && (
            <button type="button" class="secondary small" id="chooser-more" aria-disabled={listing.value === "loading"} onClick={() => void (listing.value !== "loading" && showMore())}>
              {chooser.more}
            </button>
          )}
        </section>
        <section aria-labelledby="chooser-brought" aria-busy={list === "loading"}>
          <h3 id="chooser-brought" ref={uploadsTitle} tabIndex={-1}>{chooser.brought}</h3>
          {list === "failed" ? (
            <p class="chooser-none" role="alert">
              {chooser.failed}{" "}
              <button type="button" class="link" onClick={() => void load()}>
                {chooser.again}
              </button>
            </p>
          ) : list === "loading" ? (
            <p class="chooser-none" role="status">
              <span class="spinner" aria-hidden="true" /> <span class="visually-hidden">{text.value.gallery.loading}</span>
            </p>
          ) : list.length === 0 ? (
            <p class="chooser-none">{chooser.noneBrought}</p>
          ) : (
            <ul class="chooser-grid" role="list">
              {list.map((upload) => {
                const title = chooser.upload(formatDateTime(upload.createdAt, lang.value, "medium"));
                return (
                  <Fragment key={upload.id}>
                    <li>
                      <Choice url={stamp(upload)} title={title} pressed={chosen.includes(upload.id)} onPress={() => choose(knowUpload(upload, title))} />
                      <button type="button" class="thumb-remove" aria-label={chooser.delete(title)} title={chooser.delete(title)} onClick={() => (asking.value = upload.id)}>
                        <Icon name="trash" />
                      </button>
                    </li>
                    {asking.value === upload.id && (
                      <li class="chooser-ask">
                        <Confirm
                          question={chooser.deleteAsk}
                          yes={text.value.remove.yes}
                          no={text.value.remove.no}
                          onYes={() => {
                            asking.value = null;
                            void remove(upload.id);
                          }}
                          onNo={() => (asking.value = null)}
                        />
                      </li>
                    )}
                  </Fragment>
                );
              })}
            </ul>
          )}
          {cursor.value !== null && Array.isArray(list) && (
            <button type="button" class="secondary small" onClick={() => void load()}>
              {chooser.more}
            </button>
          )}
        </section>
        {room > 1 && (
          <button type="button" class="primary" onClick={() => dialog.current?.close()}>
            {chooser.done}
          </button>
        )}
        <button type="button" class="icon-button sheet-close" aria-label={viewer.close} title={viewer.close} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <Heard />
    </dialog>
  );
}

function roomOf(name: string): number {
  const input = model.value?.inputs.find((each) => each.name === name);
  return input?.type === "images" ? input.maximum : 1;
}

function Choice({ url, title, pressed, onPress }: { url: string; title: string; pressed: boolean; onPress: () => void }) {
  return (
    <button type="button" class="chooser-choice" aria-pressed={pressed} aria-label={title} title={title} onClick={onPress}>
      <img src={url} alt="" loading="lazy" decoding="async" />
      {pressed && <Icon name="check" />}
    </button>
  );
}
