import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import "../styles/share.css";
import { api, ProblemError } from "../api";
import { isFilm } from "../catalogue";
import { fileName } from "../format";
import { libraryApi } from "../library-api";
import { words } from "../library-words";
import { sharedToken } from "../route";
import { date, number } from "../shown";
import { modelNamed, models, text } from "../state";
import type { Inputs, SharedWork } from "../types";
import { settingWords } from "../words";
import { ViewerFilm } from "./Film";
import { Icon } from "./Icon";
import { LanguageSwitch } from "./LanguageSwitch";
import { Logo } from "./Logo";
import { ThemeSwitch } from "./ThemeSwitch";

type Found = SharedWork | "loading" | "gone" | "busy" | "failed";

/** A work for whoever has its link. Nothing here knows who looks, or whose it is. */
export default function SharedPage() {
  const found = useSignal<Found>("loading");
  const { shared } = words.value;
  const load = async () => {
    found.value = "loading";
    try {
      const work = await libraryApi.shared(sharedToken(location.pathname) ?? "");
      found.value = work;
      // Names of models are nice to have.
      if (work.recipe && models.peek().length === 0) await api.models().then((answer) => (models.value = answer.models), () => undefined);
    } catch (error) {
      const status = error instanceof ProblemError ? error.problem.status : 0;
      found.value = status === 404 ? "gone" : status === 429 ? "busy" : "failed";
    }
  };
  useEffect(() => void load(), []);
  const work = found.value;
  return (
    <div class="shared-page">
      <header class="landing-header">
        {/* Whole, since this page has not asked who is there. */}
        <a class="home" href="/" aria-label={text.value.name}>
          <Logo name={text.value.name} />
        </a>
        <div class="landing-switches">
          <LanguageSwitch id="shared" />
          <ThemeSwitch id="shared" />
        </div>
      </header>
      <main class="shared-main">
        {typeof work === "string" ? (
          <Waiting found={work} onAgain={() => void load()} />
        ) : (
          <>
            <h1 class="visually-hidden">{shared.title}</h1>
            <ul class="shared-works" role="list">
              {work.outputs.map((output, n) => (
                <li key={output.url}>
                  <Shown output={output} n={n} total={work.outputs.length} title={work.recipe?.prompt || (isFilm(output) ? shared.film : shared.picture)} onLost={() => void load()} />
                </li>
              ))}
            </ul>
            <div class="shared-note">
              <p>{shared.made}</p>
              <p>{shared.until(date(work.expiresAt))}</p>
            </div>
          </>
        )}
        <a class="primary" href="/">
          {shared.own}
        </a>
        {typeof work !== "string" && work.recipe && <Recipe {...work.recipe} />}
      </main>
    </div>
  );
}

function Waiting({ found, onAgain }: { found: Exclude<Found, SharedWork>; onAgain: () => void }) {
  const { shared } = words.value;
  if (found === "loading") {
    return (
      <p class="shared-waiting" role="status">
        <span class="spinner" aria-hidden="true" /> <span class="visually-hidden">{shared.loading}</span>
      </p>
    );
  }
  if (found === "gone") {
    return (
      <div class="shared-gone" role="alert">
        <h1>{shared.goneTitle}</h1>
        <p>{shared.gone}</p>
      </div>
    );
  }
  return (
    <div class="shared-gone" role="alert">
      <p>{found === "busy" ? shared.tooMany : shared.failed}</p>
      <button type="button" class="secondary" onClick={onAgain}>
        {shared.again}
      </button>
    </div>
  );
}

interface ShownProps {
  output: SharedWork["outputs"][number];
  n: number;
  total: number;
  title: string;
  /** Its address has ended: the page may have been open for an hour. */
  onLost: () => void;
}

function Shown({ output, n, total, title, onLost }: ShownProps) {
  const { shared } = words.value;
  const tried = useSignal(false);
  const lost = () => {
    if (tried.value) return;
    tried.value = true;
    onLost();
  };
  const name = total > 1 ? `${title} (${shared.of(n + 1, total)})` : title;
  return (
    <figure>
      {isFilm(output) ? (
        <ViewerFilm url={output.url} title={name} width={output.width} height={output.height} onError={lost} />
      ) : (
        <img src={output.url} width={output.width} height={output.height} alt={name} onError={lost} />
      )}
      <figcaption>
        <a class="secondary small" href={output.url} download={fileName(title, n, total, output.mediaType)}>
          <Icon name="download" /> {shared.download}
        </a>
      </figcaption>
    </figure>
  );
}

function Recipe({ model, prompt, inputs }: NonNullable<SharedWork["recipe"]>) {
  const { shared } = words.value;
  const settings = Object.entries(inputs as Inputs).flatMap(([name, value]): [string, string][] => {
    if (value === null || typeof value === "object") return [];
    const { label, option, amount } = settingWords(name, text.value);
    // A seed is copied, not counted.
    const shown = typeof value === "number" && name !== "seed" ? amount(value, number(value)) : String(value);
    return [[label, typeof value === "string" ? option(value) : shown]];
  });
  return (
    <section class="shared-recipe card" aria-label={shared.prompt}>
      {prompt !== "" && <p class="recipe-prompt">{prompt}</p>}
      <dl class="recipe-facts">
        {[[shared.model, modelNamed(model)] as const, ...settings].map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
