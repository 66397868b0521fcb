/** More than anybody has: what is longer was mistyped. */
const MOST = 1_000_000_000;

/** A limit as typed: null for none, "wrong" for what is no whole number from 1. Spaces are how thousands are grouped. */
export function parseLimit(typed: string): number | null | "wrong" {
  const plain = typed.replace(/[\s\u00a0\u202f]/g, "");
  if (plain === "") return null;
  const value = /^\d+$/.test(plain) ? Number(plain) : 0;
  return value >= 1 && value <= MOST ? value : "wrong";
}

/** When the day of the limits ends, which is that of UTC. */
export function dayEnds(nowMs: number): string {
  const dayMs = 86_400_000;
  return new Date((Math.floor(nowMs / dayMs) + 1) * dayMs).toISOString();
}

export interface SpendingNews {
  kind: "near" | "reached";
  spent: number;
  limit: number;
}

/** What is worth saying of a day's spending; null: nothing. */
export function spendingNews(spending: { dayLimit: number | null; spentToday: number; alert: boolean } | null): SpendingNews | null {
  if (!spending || spending.dayLimit === null) return null;
  const { dayLimit: limit, spentToday: spent, alert } = spending;
  if (spent >= limit) return { kind: "reached", spent, limit };
  return alert ? { kind: "near", spent, limit } : null;
}
