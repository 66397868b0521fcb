import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { confirmEmail, loadAccount } from "../me";
import { lang, settings, text, user, verifyLater } from "../state";
import { troubleWords, type Trouble } from "../trouble";
import { Icon } from "./Icon";

/** Asks to confirm the address, and sends the mail for it. In the studio it can be put away; `stays` where the account is looked after. */
export function VerifyBanner({ stays = false }: { stays?: boolean }) {
  const { verify, landing } = text.value;
  const busy = useSignal(false);
  const sent = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  const who = user.value;
  const wanted = who !== null && !who.emailVerified && settings.value.mail && (stays || !verifyLater.value);

  useEffect(() => {
    if (!wanted) return;
    // The link opens in another tab: back here the address may be confirmed.
    const look = () => void (document.hidden || loadAccount());
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [wanted]);

  if (!wanted) return null;
  const send = async () => {
    if (busy.value) return;
    busy.value = true;
    trouble.value = await confirmEmail();
    // Confirmed meanwhile: the account says so.
    if (trouble.value?.code === "EMAIL_ALREADY_VERIFIED") void loadAccount();
    sent.value = trouble.value === null;
    busy.value = false;
  };
  return (
    <aside class="banner" aria-label={verify.title}>
      <Icon name="mail" />
      <p role="status">
        {trouble.value
          ? troubleWords(trouble.value, text.value, lang.value)
          : sent.value
            ? verify.sent(who.email)
            : verify.why(who.email)}
      </p>
      <button type="button" class="secondary small" aria-disabled={busy.value} onClick={() => void send()}>
        {busy.value && <span class="spinner" aria-hidden="true" />}
        {sent.value ? verify.again : verify.send}
      </button>
      {!stays && (
        <button type="button" class="icon-button" aria-label={landing.closeNote} title={landing.closeNote} onClick={() => (verifyLater.value = true)}>
          <Icon name="close" />
        </button>
      )}
    </aside>
  );
}
