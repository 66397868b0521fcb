import { start } from "../session";
import { phase, text } from "../state";
import { Logo } from "./Logo";

/** What stands there until it is known who is there: neither screen, so that neither flashes. */
export function Splash() {
  const { landing, name } = text.value;
  const failed = phase.value === "failed";
  return (
    <main class={`splash ${failed ? "" : "splash-late"}`} aria-busy={!failed}>
      <Logo name={name} />
      {failed ? (
        <>
          <p role="alert">{landing.startFailed}</p>
          <button type="button" class="primary" onClick={() => void start()}>
            {landing.startAgain}
          </button>
        </>
      ) : (
        <p class="visually-hidden" role="status">
          {landing.starting}
        </p>
      )}
    </main>
  );
}
