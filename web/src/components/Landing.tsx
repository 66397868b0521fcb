import { credits } from "../shown";
import { models, text } from "../state";
import { AuthCard } from "./AuthCard";
import { Icon, type IconName } from "./Icon";
import { Pricing } from "./Pricing";
import { TopBar } from "./TopBar";

/** Drawn by hand for this page: not one of them claims to be a model's work. */
const WALL = ["dawn", "still-life", "night-train"] as const;

export function Landing() {
  const { landing } = text.value;
  const cheapest = models.value.length > 0 ? Math.min(...models.value.map((each) => each.credits)) : null;
  return (
    <div class="landing">
      <TopBar />
      <main class="landing-main">
        <section class="hero">
          <h1>{landing.title}</h1>
          <p class="hero-lead">{landing.lead}</p>
          {models.value.length > 0 && cheapest !== null && (
            <p class="hero-models">
              <span>{models.value.map((each) => each.name).join(" · ")}</span>
              <span>{landing.from(credits(cheapest))}</span>
            </p>
          )}
        </section>
        <AuthCard />
        <div class="wall" aria-hidden="true">
          {WALL.map((art) => (
            <img key={art} class={`wall-${art}`} src={`/art/${art}.svg`} alt="" draggable={false} />
          ))}
        </div>
      </main>
      <ul class="promises" role="list">
        {landing.promises.map((promise) => (
          <li key={promise.icon}>
            <Icon name={promise.icon as IconName} />
            <h3>{promise.title}</h3>
            <p>{promise.body}</p>
          </li>
        ))}
      </ul>
      <Pricing />
    </div>
  );
}
