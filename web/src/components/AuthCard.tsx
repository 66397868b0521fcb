import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { place } from "../route";
import { flash, sessionEnded } from "../state";
import { AuthForm, type AuthMode } from "./AuthForm";
import { ForgotForm } from "./ForgotForm";
import { Inbox, resetMail, type Mailed } from "./Inbox";

type Stage = { at: AuthMode } | { at: "forgot" } | { at: "inbox"; mailed: Mailed };

/** Whoever comes with news, or back to a place of an account, has an account: unless the news is that there is none. */
function firstMode(): AuthMode {
  const news = flash.peek();
  if (news?.kind === "newcomer" || news?.code === "account-deleted") return "up";
  return news || sessionEnded.peek() || place.peek() !== "home" ? "in" : "up";
}

/** The ways into the studio in one card, one at a time. */
export function AuthCard() {
  const stage = useSignal<Stage>({ at: firstMode() });
  const email = useSignal("");
  const title = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  const to = (next: Stage, address = email.value) => {
    email.value = address;
    stage.value = next;
  };

  // With the drawing, not after it: whoever is quick would go on typing in another field than theirs.
  useLayoutEffect(() => {
    // On arrival the page's own beginning is the better place.
    if (!first.current) {
      const field = title.current?.closest("form")?.querySelector<HTMLInputElement>("input");
      (field ?? title.current)?.focus();
    }
    first.current = false;
  }, [stage.value]);

  const now = stage.value;
  switch (now.at) {
    case "up":
    case "in":
      return (
        <AuthForm
          mode={now.at}
          email={email.value}
          title={title}
          onMode={(mode) => to({ at: mode })}
          onForgot={(address) => to({ at: "forgot" }, address)}
          onMailed={(mailed) => to({ at: "inbox", mailed }, mailed.email)}
        />
      );
    case "forgot":
      return (
        <ForgotForm
          email={email.value}
          title={title}
          onBack={() => to({ at: "in" })}
          onMailed={(address) => to({ at: "inbox", mailed: resetMail(address) }, address)}
        />
      );
    case "inbox":
      return <Inbox {...now.mailed} title={title} onBack={() => to({ at: "in" })} />;
  }
}
