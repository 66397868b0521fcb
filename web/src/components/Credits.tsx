import { formatNumber } from "../format";
import { credits, lang, text } from "../state";
import { Icon } from "./Icon";
import { Popover } from "./Popover";

/** The balance, with what is held told apart, and its breakdown on demand. */
export function Credits() {
  const balance = credits.value;
  if (!balance) return <span class="chip credits-chip skeleton" aria-hidden="true" />;
  const { header } = text.value;
  const number = (value: number) => formatNumber(value, lang.value);
  const shown = header.credits(balance.available, number(balance.available));
  const held = balance.held > 0 ? header.held(number(balance.held)) : null;
  return (
    <Popover
      class="credits"
      buttonClass="chip credits-chip"
      label={[shown, held].filter(Boolean).join(" · ")}
      face={
        <>
          <Icon name="coin" />
          <span class="credits-available">{shown}</span>
          {held && <span class="credits-held">· {held}</span>}
        </>
      }
    >
      {() => (
        <>
          <h3>{header.balance}</h3>
          <dl class="balance">
            <dt>{header.available}</dt>
            <dd>{number(balance.available)}</dd>
            <dt>{header.heldLabel}</dt>
            <dd>{number(balance.held)}</dd>
            <dt class="balance-total">{header.total}</dt>
            <dd class="balance-total">{number(balance.available + balance.held)}</dd>
          </dl>
          <p class="popover-note">{header.heldWhy}</p>
        </>
      )}
    </Popover>
  );
}
