import { follow } from "../route";
import { text } from "../state";
import { AccountMenu } from "./AccountMenu";
import { Credits } from "./Credits";
import { Icon } from "./Icon";
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
        <a class="icon-button header-library" href="/library" onClick={follow("/library")} aria-label={text.value.header.library} title={text.value.header.library}>
          <Icon name="folder" />
          <span aria-hidden="true">{text.value.header.library}</span>
        </a>
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
