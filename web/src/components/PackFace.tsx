import { formatEach } from "../money";
import { credits as shownCredits, price } from "../shown";
import { lang, text } from "../state";
import type { Pack } from "../types";

interface Props {
  pack: Pack;
  currency: string;
  /** Fills the gap that the page speaks of. */
  enough?: boolean;
}

/** What a pack holds, costs, and is per credit. */
export function PackFace({ pack: { credits, amount, months }, currency, enough = false }: Props) {
  const { packs } = text.value.billing;
  return (
    <span class="pack-face">
      <span class="pack-credits">
        {shownCredits(credits)} {enough && <span class="badge">{packs.enough}</span>}
      </span>
      <span class="pack-price">{price(amount, currency)}</span>
      <span class="pack-each">
        <span>{packs.each(formatEach(amount, credits, currency, lang.value))}</span>
        <span>{packs.months(months)}</span>
      </span>
    </span>
  );
}
