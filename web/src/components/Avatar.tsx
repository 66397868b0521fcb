import { useSignal } from "@preact/signals";
import { initials } from "../account";
import { account, user } from "../state";
import type { Account } from "../types";

/** The address of the studio's copy of the picture; null for who has none, or has taken it away. */
export function pictureOf(account: Account | null): string | null {
  return account?.user.image ? account.avatarUrl : null;
}

/** Who is signed in, as a picture or as initials. Decorative: the name stands beside it or on its button. */
export function Avatar() {
  const who = user.value;
  const url = pictureOf(account.value);
  // A signed address ends some day; the letters do not.
  const broken = useSignal<string | null>(null);
  if (!who) return null;
  if (url && broken.value !== url) {
    return <img class="avatar-picture" src={url} alt="" draggable={false} onError={() => (broken.value = url)} />;
  }
  return <span aria-hidden="true">{initials(who.name, who.email)}</span>;
}
