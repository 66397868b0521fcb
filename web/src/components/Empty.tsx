import { batch } from "@preact/signals";
import { defaults, inputNamed, parseRatio, priceOf } from "../catalogue";
import { number } from "../shown";
import { credits, model, setInput, setPrompt, text } from "../state";
import { Icon } from "./Icon";
import { RatioShape } from "./RatioShape";

/** First run, or all deleted: what one can do, what it costs, and three ways to begin. */
export function Empty() {
  const { empty } = text.value;
  const balance = credits.value;
  const chosen = model.value;
  // The first credits come as a gift; with some on hold the balance is no longer the whole gift, with some bought it is more.
  const gift = balance && balance.held === 0 && !(balance.plan > 0 || balance.topUp > 0);
  const line = balance && (gift ? empty.free : empty.left)(balance.available, number(balance.available));
  const each = chosen?.kind === "text-to-image" && chosen.unit === "output" ? priceOf(chosen, defaults(chosen)) : 0;
  const pictures = balance && each > 0 ? Math.floor(balance.available / each) : 0;
  const take = (example: { prompt: string; ratio: string }) => {
    const ratio = chosen && inputNamed(chosen, "aspectRatio");
    batch(() => {
      setPrompt(example.prompt);
      if (ratio?.type === "choice" && ratio.options.includes(example.ratio)) setInput("aspectRatio", example.ratio);
    });
    document.getElementById("prompt")?.focus();
  };
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">{empty.title}</h2>
      {line && (
        <p class="empty-credits">
          <Icon name="coin" />
          <span>
            {line} {chosen && pictures > 1 && empty.about(number(pictures), chosen.name)}
          </span>
        </p>
      )}
      <h3>{empty.examplesTitle}</h3>
      <ul class="examples" role="list">
        {empty.examples.map((example) => (
          <li key={example.ratio}>
            <button type="button" class="example card" onClick={() => take(example)}>
              <span class="example-shape">
                <RatioShape ratio={parseRatio(example.ratio) ?? 1} />
                {example.ratio}
              </span>
              <span class="example-prompt">{example.prompt}</span>
              <span class="example-use" aria-hidden="true">
                {empty.use}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
