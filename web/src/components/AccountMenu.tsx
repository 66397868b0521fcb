import { signOut } from "../session";
import { shortcutsOpen, text, user } from "../state";
import { Icon } from "./Icon";
import { LanguageSwitch } from "./LanguageSwitch";
import { Popover } from "./Popover";
import { ThemeSwitch } from "./ThemeSwitch";

/** Who is signed in, and the way out. On phones it also holds the switches that the header has no room for. */
export function AccountMenu() {
  const { header, language } = text.value;
  const who = user.value;
  if (!who) return null;
  const initial = (who.name || who.email).trim().slice(0, 1).toUpperCase();
  return (
    <Popover class="account" buttonClass="avatar" label={header.account} face={<span aria-hidden="true">{initial}</span>}>
      {(close) => (
        <>
          <p class="account-name">{who.name}</p>
          <p class="account-email">{who.email}</p>
          <div class="account-switches">
            <span aria-hidden="true">{language}</span>
            <LanguageSwitch id="account" />
            <span aria-hidden="true">{header.theme}</span>
            <ThemeSwitch id="account" />
          </div>
          <button
            type="button"
            class="menu-item"
            onClick={() => {
              close();
              shortcutsOpen.value = true;
            }}
          >
            <Icon name="keyboard" /> {header.shortcuts}
          </button>
          <button type="button" class="menu-item" onClick={() => void signOut()}>
            <Icon name="sign-out" /> {header.signOut}
          </button>
        </>
      )}
    </Popover>
  );
}
