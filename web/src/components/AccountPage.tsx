import { useEffect, useRef } from "preact/hooks";
import { loadAccount } from "../me";
import { follow, moved } from "../route";
import { account, accountFailed, text } from "../state";
import { AccountMenu } from "./AccountMenu";
import { DeleteSection } from "./DeleteSection";
import { EmailSection } from "./EmailSection";
import { FlashNote } from "./FlashNote";
import { Icon } from "./Icon";
import { LanguageSwitch } from "./LanguageSwitch";
import { Logo } from "./Logo";
import { MethodsSection } from "./MethodsSection";
import { PasswordSection } from "./PasswordSection";
import { ProfileSection } from "./ProfileSection";
import { SessionsSection } from "./SessionsSection";
import { ThemeSwitch } from "./ThemeSwitch";
import { VerifyBanner } from "./VerifyBanner";

const SECTIONS = ["profile", "email", "password", "methods", "sessions", "remove"] as const;

/** Everything that a person can see and change about the account, on a page of its own. */
export function AccountPage() {
  const words = text.value.account;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!moved) return;
    title.current?.focus({ preventScroll: true });
    // What was loaded with the page may have changed since, by a mail's link for instance.
    void loadAccount();
  }, []);
  const known = account.value;
  return (
    <div class="account-page">
      <header class="header">
        <a class="skip" href="#account">
          {words.skip}
        </a>
        <a class="home" href="/" onClick={follow("/")} aria-label={text.value.name}>
          <Logo name={text.value.name} />
        </a>
        <div class="header-end">
          <div class="header-switches">
            <LanguageSwitch id="header" />
            <ThemeSwitch id="header" />
          </div>
          <AccountMenu />
        </div>
      </header>
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
            <nav class="account-nav" aria-label={words.title}>
              <ul role="list">
                {SECTIONS.map((id) => (
                  <li key={id}>
                    <a href={`#section-${id}`}>{words[id].title}</a>
                  </li>
                ))}
              </ul>
            </nav>
            <div class="account-sections">
              <ProfileSection account={known} />
              <EmailSection account={known} />
              <PasswordSection account={known} />
              <MethodsSection account={known} />
              <SessionsSection />
              <DeleteSection account={known} />
            </div>
          </div>
        ) : (
          <Waiting failed={accountFailed.value} />
        )}
      </main>
    </div>
  );
}

function Waiting({ failed }: { failed: boolean }) {
  const words = text.value.account;
  if (!failed) {
    return (
      <p class="account-wait" role="status">
        <span class="spinner" aria-hidden="true" /> {words.loading}
      </p>
    );
  }
  return (
    <div class="account-wait" role="alert">
      <p>{words.failed}</p>
      <button type="button" class="secondary" onClick={() => void loadAccount()}>
        {words.retry}
      </button>
    </div>
  );
}
