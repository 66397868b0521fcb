import { text } from "../state";
import { LanguageSwitch } from "./LanguageSwitch";
import { Logo } from "./Logo";
import { ThemeSwitch } from "./ThemeSwitch";

/** The head of the pages for who is not signed in. */
export function TopBar() {
  return (
    <header class="landing-header">
      <Logo name={text.value.name} />
      <div class="landing-switches">
        <LanguageSwitch id="landing" />
        <ThemeSwitch id="landing" />
      </div>
    </header>
  );
}
