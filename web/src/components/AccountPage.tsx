import { useLayoutEffect, useRef } from "preact/hooks";
import { words as libraryWords } from "../library-words";
import { loadAccount } from "../me";
import { follow, moved } from "../route";
import { account, accountFailed, text } from "../state";
import { DeleteSection } from "./DeleteSection";
import { EmailSection } from "./EmailSection";
import { FlashNote } from "./FlashNote";
import { Icon } from "./Icon";
import { LinksSection } from "./LinksSection";
import { ListWaiting } from "./ListWaiting";
import { MethodsSection } from "./MethodsSection";
import { PageHeader } from "./PageHeader";
import { PageNav } from "./PageNav";
import { PasswordSection } from "./PasswordSection";
import { ProfileSection } from "./ProfileSection";
import { SessionsSection } from "./SessionsSection";
import { VerifyBanner } from "./VerifyBanner";

const SECTIONS = ["profile", "email", "password", "methods", "sessions", "links", "remove"] as const;

/** Everything that a person can see and change about the account, on a page of its own. */
export function AccountPage() {
  const words = text.value.account;
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (!moved) return;
    title.current?.focus({ preventScroll: true });
    // What was loaded with the page may have changed since, by a mail's link for instance.
    void loadAccount();
  }, []);
  const known = account.value;
  return (
    <div class="account-page">
      <PageHeader to="account" skip={words.skip} />
      <main class="account-main">
        <a class="back" href="/" onClick={follow("/")}>
          <Icon name="left" /> {words.back}
        </a>
        <h1 id="account" ref={title} tabIndex={-1}>
          {words.title}
        </h1>
        <FlashNote />
        <VerifyBanner stays />
        {known ? (
          <div class="account-columns">
            <PageNav label={words.title} sections={SECTIONS.map((id) => ({ id, title: id === "links" ? libraryWords.value.links.title : words[id].title }))} />
            <div class="account-sections">
              <ProfileSection account={known} />
              <EmailSection account={known} />
              <PasswordSection account={known} />
              <MethodsSection account={known} />
              <SessionsSection />
              <LinksSection />
              <DeleteSection account={known} />
            </div>
          </div>
        ) : (
          <ListWaiting page failed={accountFailed.value} onRetry={loadAccount} />
        )}
      </main>
    </div>
  );
}
