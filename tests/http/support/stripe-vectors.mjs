// The contract's signature vectors, which are signed for a moment of their own: here they are signed again for this one.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

export const { vectors } = JSON.parse(readFileSync(new URL("../../vectors/stripe-signatures.json", import.meta.url), "utf8"));
/** How old a message may be. */
export const TOLERANCE_S = 300;

const now = () => Math.floor(Date.now() / 1000);

export const bodyOf = ({ body_base64: base64, body_recipe: recipe }) =>
  recipe ? Buffer.from(recipe.prefix + recipe.repeat_utf8.repeat(recipe.times) + recipe.suffix) : Buffer.from(base64, "base64");

/** Everything that may have been signed with anything, at a time of the vectors': the digest says which. */
function known() {
  const secrets = [...new Set(vectors.map((vector) => vector.secret))];
  const keys = [...secrets, ...secrets.map((text) => Buffer.from(text.replace(/^whsec_/, ""), "base64"))];
  const times = [...new Set(vectors.flatMap(({ header, now }) => [...[...header.matchAll(/t=(\d+)/g)].map(([, t]) => t), String(now)]))];
  const made = new Map();
  const note = (key, body, time) => made.set(createHmac("sha256", key).update(`${time}.`).update(body).digest("hex"), { key, body, time });
  const bodies = vectors.map(bodyOf);
  for (const body of bodies.filter(({ length }) => length < 1000)) for (const key of keys) for (const time of times) note(key, body, time);
  for (const body of bodies) for (const key of secrets) for (const { header } of vectors) note(key, body, /t=(\d+)/.exec(header)?.[1] ?? "");
  return made;
}

const made = known();

/** The vector as if it had been made now: every time moved, every digest that can be made made again. Its own age stays. */
export function renewed({ header, now: then }) {
  // Two seconds of grace, since the clock goes on between here and there.
  const moved = (time) => {
    const age = then - Number(time);
    return String(now() - age + (age > 0 && age <= TOLERANCE_S ? 2 : 0));
  };
  const again = (hex) => {
    const whole = [...made.keys()].find((digest) => digest.startsWith(hex.toLowerCase()) && hex.length >= 32);
    if (!whole) return hex;
    const { key, body, time } = made.get(whole);
    const digest = createHmac("sha256", key).update(`${moved(time)}.`).update(body).digest("hex").slice(0, hex.length);
    return hex === hex.toUpperCase() && /[A-F]/.test(hex) ? digest.toUpperCase() : digest;
  };
  return header.replace(/\b(t)=(\d+)/g, (_, name, time) => `${name}=${moved(time)}`).replace(/(v[01])=([0-9a-fA-F]+)/g, (_, name, hex) => `${name}=${again(hex)}`);
}
