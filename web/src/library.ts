import { batch, computed, signal } from "@preact/signals";
import { countOf, fromAddress, isAnything, isPicked, NO_FILTERS, toAddress, toQuery, type Filters } from "./filters";
import { change, forget } from "./gallery";
import { AT_ONCE, libraryApi, type Action } from "./library-api";
import { words, wordsOf } from "./library-words";
import { asMe } from "./me";
import { number } from "./shown";
import * as state from "./state";
import type { BulkReply, Folder } from "./types";

/** A few screens; the server allows 100. */
const PAGE_SIZE = 60;
/** So long after the last letter is a search sent. */
const TYPED_MS = 250;

export const filters = signal<Filters>(NO_FILTERS);
export const folders = signal<readonly Folder[]>([]);
export const listing = signal<"idle" | "loading" | "loaded" | "failed">("idle");
export const cursor = signal<string | null>(null);
export const selected = signal<ReadonlySet<string>>(new Set());
/** The failed work that is looked at. */
export const looking = signal<string | null>(null);
/** Whether something is being done with what is selected. */
export const busy = signal(false);

export const filtersOn = computed(() => countOf(filters.value));
export const picked = computed(() => isPicked(filters.value));
export const filtered = computed(() => isAnything(filters.value));
export const folder = computed(() => folders.value.find((each) => each.id === filters.value.folder) ?? null);
/** The selected works in the order of the page. */
export const chosen = computed(() => state.shelved.value.filter((each) => selected.value.has(each.id)));

/** Counts lists, so that a page of the one before is dropped. */
let list = 0;
let typing: ReturnType<typeof setTimeout> | undefined;
/** Where a range of the selection begins. */
let anchor: string | null = null;

/** Opens the library as the address says. */
export function openLibrary(): void {
  filters.value = fromAddress(location.search);
  selected.value = new Set();
  void load();
  void loadFolders();
}

export function closeLibrary(): void {
  clearTimeout(typing);
  list += 1;
  batch(() => {
    state.works.value = [];
    cursor.value = null;
    listing.value = "idle";
    selected.value = new Set();
    looking.value = null;
  });
}

/** Asks for something else. What is typed is asked for when a pause comes. */
export function ask(to: Partial<Filters>, pause = false): void {
  filters.value = { ...filters.peek(), ...to };
  selected.value = new Set();
  clearTimeout(typing);
  const send = () => {
    history.replaceState(null, "", `/library${toAddress(filters.peek())}`);
    void load();
  };
  if (pause) typing = setTimeout(send, TYPED_MS);
  else send();
}

export const askAnything = () => ask({ ...NO_FILTERS, folder: filters.peek().folder });

/** The newest page of what is asked for. */
export function load(): Promise<void> {
  list += 1;
  return page(null);
}

export async function loadMore(): Promise<void> {
  if (cursor.peek() !== null && listing.peek() !== "loading") await page(cursor.peek());
}

async function page(from: string | null): Promise<void> {
  const mine = list;
  listing.value = "loading";
  const trouble = await asMe(
    () => libraryApi.works(toQuery(filters.peek(), PAGE_SIZE, from, new Date())),
    (answer) => {
      if (mine !== list) return;
      batch(() => {
        const before = from === null ? [] : state.works.peek();
        const known = new Set(before.map((each) => each.id));
        state.works.value = [...before, ...answer.generations.filter((each) => !known.has(each.id))];
        cursor.value = answer.nextCursor;
        listing.value = "loaded";
        state.takeCredits(answer.credits, answer);
      });
    },
  );
  if (trouble && mine === list) listing.value = "failed";
}

async function loadFolders(): Promise<void> {
  await asMe(libraryApi.folders, (answer) => {
    folders.value = answer.folders;
    const { folder: asked } = filters.peek();
    // A folder that was deleted elsewhere is no place to be.
    if (asked !== "" && asked !== "none" && !answer.folders.some((each) => each.id === asked)) ask({ folder: "" });
  });
}

/** Runs something; what goes wrong is said in passing. True: it went well. */
async function tried<T>(request: () => Promise<T>, take: (answer: T) => void): Promise<boolean> {
  const trouble = await asMe(request, take);
  if (trouble) state.notice.value = wordsOf(trouble);
  return trouble === null;
}

const byName = (a: Folder, b: Folder) => a.name.localeCompare(b.name, state.lang.peek());

/** Makes a folder; null: it could not be. */
export async function makeFolder(name: string): Promise<Folder | null> {
  let made: Folder | null = null;
  await tried(
    () => libraryApi.addFolder(name),
    (folder) => {
      made = folder;
      folders.value = [...folders.peek(), folder].sort(byName);
    },
  );
  return made;
}

export function renameFolder(id: string, name: string): Promise<boolean> {
  return tried(
    () => libraryApi.renameFolder(id, name),
    (folder) => (folders.value = folders.peek().map((each) => (each.id === id ? folder : each)).sort(byName)),
  );
}

export async function removeFolder(id: string): Promise<void> {
  const gone = await tried(
    () => libraryApi.removeFolder(id),
    () => {
      folders.value = folders.peek().filter((each) => each.id !== id);
      state.notice.value = words.peek().library.done.folderGone;
    },
  );
  if (gone && filters.peek().folder === id) ask({ folder: "" });
}

/** Selects a work, or not any more; with a range, everything from the last one on. */
export function select(id: string, range = false): void {
  const ids = state.shelved.peek().map((each) => each.id);
  const next = new Set(selected.peek());
  const [from, to] = [anchor === null ? -1 : ids.indexOf(anchor), ids.indexOf(id)];
  if (range && from >= 0) for (const each of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
  else if (!next.delete(id)) next.add(id);
  anchor = id;
  selected.value = next;
}

export const selectAll = () => (selected.value = new Set(state.shelved.peek().map((each) => each.id)));
export const selectNone = () => (selected.value = new Set());

/** Does something with everything that is selected, in as many requests as it takes. */
async function all(what: Action, done: (results: BulkReply["results"]) => void): Promise<void> {
  const ids = chosen.peek().map((each) => each.id);
  busy.value = true;
  const results: BulkReply["results"] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const went = await tried(
      () => libraryApi.bulk(ids.slice(at, at + AT_ONCE), what),
      (answer) => results.push(...answer.results),
    );
    if (!went) break;
  }
  batch(() => {
    busy.value = false;
    const was = results.filter(({ outcome }) => outcome === "done");
    if (was.length > 0) done(was);
    for (const { id, outcome } of results) if (outcome === "not_found") forget(id);
    if (results.length === ids.length) selectNone();
  });
}

export function markAll(favourite: boolean): Promise<void> {
  return all({ action: favourite ? "favourite" : "unfavourite" }, (results) => {
    for (const { id } of results) change(id, { favourite });
    const { marked, unmarked } = words.peek().library.done;
    state.notice.value = (favourite ? marked : unmarked)(results.length, number(results.length));
  });
}

export function moveAll(folder: string | null): Promise<void> {
  return all({ action: "move", folder }, (results) => {
    for (const { id } of results) change(id, { folder });
    const { folder: here } = filters.peek();
    const gone = new Set(here === "" || here === (folder ?? "none") ? [] : results.map(({ id }) => id));
    state.works.value = state.works.peek().filter((each) => !gone.has(each.id));
    state.notice.value = words.peek().library.done.moved(results.length, number(results.length));
    void loadFolders();
  });
}

export function deleteAll(): Promise<void> {
  const asked = chosen.peek().length;
  return all({ action: "delete" }, (results) => {
    for (const { id } of results) forget(id);
    const { deleted, stillOpen } = words.peek().library.done;
    const left = asked - results.length;
    state.notice.value = deleted(results.length, number(results.length)) + (left > 0 ? ` ${stillOpen(left, number(left))}` : "");
    void loadFolders();
  });
}
