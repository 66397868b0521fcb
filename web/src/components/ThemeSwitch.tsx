import { setTheme } from "../preferences";
import { text, theme, type Theme } from "../state";
import { Icon } from "./Icon";
import { Segments } from "./Segments";

export function ThemeSwitch({ id }: { id: string }) {
  const { themes, theme: legend } = text.value.header;
  return (
    <Segments<Theme>
      id={`theme-${id}`}
      legend={legend}
      value={theme.value}
      options={[
        { value: "auto", label: <Icon name="auto" />, name: themes.auto },
        { value: "light", label: <Icon name="sun" />, name: themes.light },
        { value: "dark", label: <Icon name="moon" />, name: themes.dark },
      ]}
      onChange={setTheme}
      class="theme"
    />
  );
}
