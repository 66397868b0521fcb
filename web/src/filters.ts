import type { Kind } from "./types";

/** What the library is asked for. An empty text or list: not asked about. */
export interface Filters {
  q: string;
  kind: Kind | "";
  model: string;
  ratio: string;
  status: "" | "open" | "succeeded" | "failed";
  favourite: boolean;
  /** A folder's id, or `none`. */
  folder: string;
  /** Relative, so that it stays true tomorrow; or between two days. */
  when: "" | "today" | "week" | "month" | "dates";
  /** Days of this device, as a date field has them. */
  from: string;
  to: string;
}

export const NO_FILTERS: Filters = { q: "", kind: "", model: "", ratio: "", status: "", favourite: false, folder: "", when: "", from: "", to: "" };

export const RATIOS = ["1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4", "4:5", "5:4", "21:9"] as const;

const STATUSES = { open: "queued,starting,running,saving", succeeded: "succeeded", failed: "failed,canceled,expired" } as const;
const WHENS = ["today", "week", "month", "dates"] as const;
const DAYS = { today: 0, week: 6, month: 29 } as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** How many of the filters behind the button are set: search, favourites and folder stand beside it. */
export function countOf({ kind, model, ratio, status, when, from, to }: Filters): number {
  // Between two days of which none is given is any time.
  return [kind, model, ratio, status, when === "dates" ? from || to : when].filter(Boolean).length;
}

/** Whether works are left out, search and folder aside. */
export const isPicked = (filters: Filters) => countOf(filters) > 0 || filters.favourite;

export const isAnything = (filters: Filters) => isPicked(filters) || filters.q.trim() !== "" || filters.folder !== "";

/** The page's address for them. */
export function toAddress(filters: Filters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    const dates = name === "from" || name === "to";
    if (value && (!dates || filters.when === "dates")) query.set(name, value === true ? "true" : String(value));
  }
  return query.size > 0 ? `?${query}` : "";
}

/** Filters out of an address: what is none is passed over. */
export function fromAddress(search: string): Filters {
  const query = new URLSearchParams(search);
  const text = (name: string, longest = 200) => (query.get(name) ?? "").slice(0, longest);
  const one = <T extends string>(name: string, of: readonly T[]): T | "" => of.find((each) => each === query.get(name)) ?? "";
  const date = (name: string) => (DATE.test(text(name)) ? text(name) : "");
  return {
    q: text("q"),
    kind: text("kind", 30).replace(/[^a-z-]/g, "") as Kind | "",
    model: text("model", 64).replace(/[^\w.-]/g, ""),
    ratio: one("ratio", RATIOS),
    status: one("status", Object.keys(STATUSES) as (keyof typeof STATUSES)[]),
    favourite: query.get("favourite") === "true",
    folder: /^(none|[0-9a-z]{26})$/.test(text("folder")) ? text("folder") : "",
    when: one("when", WHENS),
    from: date("from"),
    to: date("to"),
  };
}

/** What the server is asked. Days are those of whoever looks. */
export function toQuery(filters: Filters, limit: number, cursor: string | null, now: Date): string {
  const query = new URLSearchParams({ limit: String(limit) });
  const { q, kind, model, ratio, status, favourite, folder, when, from, to } = filters;
  for (const [name, value] of Object.entries({ q: q.trim(), kind, model, ratio, folder })) if (value) query.set(name, value);
  if (status) query.set("status", STATUSES[status]);
  if (favourite) query.set("favourite", "true");
  const day = (offset: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset).toISOString();
  const of = (date: string, offset: number) => {
    const [year = 0, month = 1, number = 1] = date.split("-").map(Number);
    return new Date(year, month - 1, number + offset).toISOString();
  };
  if (when && when !== "dates") query.set("from", day(-DAYS[when]));
  if (when === "dates" && from) query.set("from", of(from, 0));
  if (when === "dates" && to) query.set("to", of(to, 1));
  if (cursor !== null) query.set("cursor", cursor);
  return query.toString();
}
