import type { Lang } from "../format";
import { setLang } from "../preferences";
import { lang, text } from "../state";
import { Segments } from "./Segments";

/** Each language under its own name, in itself. */
const LANGS = [
  { value: "en", label: "EN", name: "English", lang: "en" },
  { value: "fr", label: "FR", name: "Français", lang: "fr" },
] as const satisfies readonly { value: Lang; label: string; name: string; lang: Lang }[];

export function LanguageSwitch({ id }: { id: string }) {
  return (
    <Segments<Lang>
      id={`lang-${id}`}
      legend={text.value.language}
      value={lang.value}
      options={LANGS}
      onChange={setLang}
      class="language"
    />
  );
}
