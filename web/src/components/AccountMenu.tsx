import { follow, place } from "../route";
import { signOut } from "../session";
import { shortcutsOpen, text, user } from "../state";
import { Address } from "./Address";
import { Avatar } from "./Avatar";
import { Icon } from "./Icon";
import { LanguageSwitch } from "./LanguageSwitch";
import { Popover } from "./Popover";
import { ThemeSwitch } from "./ThemeSwitch";

/** Who is signed in, and the ways to the account, to its money and out. On phones it also holds the switches that the header has no room for. */
export function AccountMenu() {
  const { header, language, account, billing } = text.value;
  const who = user.value;
  if (!who) return null;
  return (
    <Popover class="account" buttonClass="avatar" label={header.account} face={<Avatar />}>
      {(close) => (
        <>
          {who.name && <p class="account-name">{who.name}</p>}
          <p class="account-email">
            <Address>{who.email}</Address>
          </p>
          <div class="account-switches">
            <span aria-hidden="true">{language}</span>
            <LanguageSwitch id="account" />
            <span aria-hidden="true">{header.theme}</span>
            <ThemeSwitch id="account" />
          </div>
          {place.value !== "library" && (
            <a class="menu-item" href="/library" onClick={follow("/library")}>
              <Icon name="folder" /> {header.library}
            </a>
          )}
          {place.value !== "account" && (
            <a class="menu-item" href="/account" onClick={follow("/account")}>
              <Icon name="user" /> {account.title}
            </a>
          )}
          {place.value !== "billing" && (
            <a class="menu-item" href="/billing" onClick={follow("/billing")}>
              <Icon name="card" /> {billing.title}
            </a>
          )}
          {(place.value === "home" || place.value === "library") && (
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
          )}
          <button type="button" class="menu-item" onClick={() => void signOut()}>
            <Icon name="sign-out" /> {header.signOut}
          </button>
        </>
      )}
    </Popover>
  );
}
