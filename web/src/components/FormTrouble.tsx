import { signInAgain } from "../session";
import { lang, text } from "../state";
import { troubleWords, type Trouble } from "../trouble";
import { Icon } from "./Icon";

/** What concerns a form as a whole. A session too old for what was asked is renewed from here. */
export function FormTrouble({ trouble }: { trouble: Trouble | null }) {
  if (!trouble) return null;
  return (
    <div class="form-error" role="alert">
      <Icon name="alert" />
      <p>
        {troubleWords(trouble, text.value, lang.value)}{" "}
        {trouble.code === "SESSION_NOT_FRESH" && (
          <button type="button" class="link" onClick={() => void signInAgain()}>
            {text.value.account.again}
          </button>
        )}
      </p>
    </div>
  );
}
