import { text } from "../state";
import { AccountMenu } from "./AccountMenu";
import { Credits } from "./Credits";
import { LanguageSwitch } from "./LanguageSwitch";
import { Logo } from "./Logo";
import { ThemeSwitch } from "./ThemeSwitch";

export function Header() {
  return (
    <header class="header">
      <a class="skip" href="#prompt">
        {text.value.header.skip}
      </a>
      <h1>
        <Logo name={text.value.name} />
      </h1>
      <div class="header-end">
        <Credits />
        <div class="header-switches">
          <LanguageSwitch id="header" />
          <ThemeSwitch id="header" />
        </div>
        <AccountMenu />
      </div>
    </header>
  );
}
