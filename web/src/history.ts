import { batch } from "@preact/signals";
import { billingApi } from "./api";
import * as money from "./billing-state";
import { bring } from "./gallery";
import { joinPages } from "./ledger";
import { asMe } from "./me";
import * as state from "./state";
import { attempt } from "./trouble";
import type { LedgerReply } from "./types";

/** Some two screens. */
const PAGE_SIZE = 50;

/** Counts lists, so that a page of the one before is dropped. */
let list = 0;

/** What was asked for last. */
let asked = loadLedger;

export function forgetLedger(): void {
  list += 1;
  batch(() => {
    money.ledger.value = [];
    money.ledgerCursor.value = null;
    money.ledgerListing.value = "idle";
    money.ledgerGone.value = new Set();
  });
}

/** Asks for the newest page; older ones are asked for anew. */
export function loadLedger(): Promise<void> {
  list += 1;
  return ask(null, ({ entries }) => (money.ledger.value = entries));
}

/** Asks for the newest page once more, unless the reader has gone beyond it or is about to. */
export function refreshLedger(): void {
  const { length } = money.ledger.peek();
  if (length === 0 || (length <= PAGE_SIZE && money.ledgerListing.peek() !== "loading")) void loadLedger();
}

export async function loadOlder(): Promise<void> {
  const cursor = money.ledgerCursor.peek();
  if (cursor === null || money.ledgerListing.peek() === "loading") return;
  await ask(cursor, ({ entries }) => (money.ledger.value = joinPages(money.ledger.peek(), entries)));
}

/** Asks once more for what failed: the newest page or an older one. */
export function retryLedger(): Promise<void> {
  return asked();
}

async function ask(cursor: string | null, take: (answer: LedgerReply) => void): Promise<void> {
  asked = () => ask(cursor, take);
  const mine = list;
  money.ledgerListing.value = "loading";
  const trouble = await asMe(
    () => billingApi.ledger(PAGE_SIZE, cursor),
    (answer) => {
      if (mine !== list) return;
      batch(() => {
        take(answer);
        money.ledgerCursor.value = answer.nextCursor;
        money.ledgerListing.value = "loaded";
        state.takeCredits(answer.credits, answer);
      });
    },
  );
  if (trouble && mine === list) money.ledgerListing.value = "failed";
}

/** Opens the picture that an entry paid for; one that is gone is said to be. */
export async function openPaid(generation: string): Promise<void> {
  const trouble = await attempt(async () => {
    const found = await bring(generation);
    if (state.phase.peek() !== "studio") return;
    if (found && found.outputs.length > 0) state.viewing.value = { id: generation, n: 0 };
    else money.ledgerGone.value = new Set(money.ledgerGone.peek()).add(generation);
  });
  if (trouble) state.notice.value = state.text.peek().problems[trouble.code];
}
