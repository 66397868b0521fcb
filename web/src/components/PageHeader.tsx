import { follow } from "../route";
import { text } from "../state";
import { AccountMenu } from "./AccountMenu";
import { LanguageSwitch } from "./LanguageSwitch";
import { Logo } from "./Logo";
import { ThemeSwitch } from "./ThemeSwitch";

/** The head of the pages beside the studio. `to` is the id of what the page begins with. */
export function PageHeader({ to, skip }: { to: string; skip: string }) {
  return (
    <header class="header">
      <a class="skip" href={`#${to}`}>
        {skip}
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
  );
}
