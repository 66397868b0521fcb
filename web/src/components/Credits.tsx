import { billing, selling, till } from "../billing-state";
import { follow } from "../route";
import { number } from "../shown";
import { credits, lang, text } from "../state";
import { Balance } from "./Balance";
import { Icon } from "./Icon";
import { Popover } from "./Popover";

/** The balance, with what is held told apart; on demand where it comes from, and the ways to more. */
export function Credits() {
  const balance = credits.value;
  if (!balance) return <span class="chip credits-chip skeleton" aria-hidden="true" />;
  const { header, billing: words } = text.value;
  const shown = header.credits(balance.available, number(balance.available));
  const held = balance.held > 0 ? header.held(number(balance.held)) : null;
  const plan = billing.value?.plan;
  return (
    <Popover
      class="credits"
      buttonClass={`chip credits-chip ${balance.debt > 0 ? "is-owing" : ""}`}
      label={[shown, held].filter(Boolean).join(" · ")}
      face={
        <>
          <Icon name="coin" />
          <span class="credits-available">{shown}</span>
          {held && <span class="credits-held">· {held}</span>}
        </>
      }
    >
      {(close) => (
        <>
          <h3>{header.balance}</h3>
          {plan && <p class="balance-plan">{words.balance.planIs(plan.name[lang.value])}</p>}
          <Balance credits={balance} />
          <div class="balance-actions">
            {selling.value && (
              <button
                type="button"
                class="primary"
                onClick={() => {
                  close();
                  till.value = { for: "topup" };
                }}
              >
                {words.packs.title}
              </button>
            )}
            <a class="secondary" href="/billing" onClick={follow("/billing")}>
              {words.title}
            </a>
          </div>
        </>
      )}
    </Popover>
  );
}
