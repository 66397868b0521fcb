// Stands around the built Worker: asks before everything that is done to R2, to the queue and to the feeds what is to go wrong with it. The Worker
// itself is the one that is deployed; only its bindings are looked after.
import Worker from "./index.js";
export * from "./index.js";

/** Does something, unless it is to go wrong: before it is done, or behind it. `drop` lets go of what it was given. */
async function judged(env, name, deed, drop = () => {}) {
  const way = await (await fetch(env.AROUND_URL, { method: "POST", body: name })).text();
  if (way === "") return deed();
  if (way === "lose reply") await deed();
  else await drop();
  throw new Error("Network connection lost.");
}

/** An object of the runtime's with some of its methods replaced. */
const like = (original, methods) =>
  new Proxy(original, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = Reflect.get(target, name);
      return typeof value === "function" && name !== "constructor" ? value.bind(target) : value;
    },
  });

/** What a key is of, without ids: its first part, unless that is a generation's. */
function area(key) {
  const [first] = String(Array.isArray(key) ? (key[0] ?? "") : key).split("/");
  return /^[0-9a-z]{26}$/.test(first) ? "media" : first;
}

function bucket(env) {
  const { MEDIA } = env;
  const method = (name) => (key, ...more) => {
    const drop = () => more[0] instanceof ReadableStream && more[0].cancel("lost");
    return judged(env, `R2 ${name} ${typeof key === "object" && !Array.isArray(key) ? "" : area(key)}`, () => MEDIA[name](key, ...more), drop);
  };
  return like(MEDIA, Object.fromEntries(["head", "get", "put", "delete", "list"].map((name) => [name, method(name)])));
}

function queue(env) {
  return like(env.WORK, { send: (...message) => judged(env, "queue send", () => env.WORK.send(...message)) });
}

function feeds(env) {
  const feed = (stub) => like(stub, { fetch: (...what) => judged(env, "feed", () => stub.fetch(...what)) });
  return like(env.LIVE, { get: (...id) => feed(env.LIVE.get(...id)), getByName: (...name) => feed(env.LIVE.getByName(...name)) });
}

const watched = (env) => ({ ...env, MEDIA: bucket(env), WORK: queue(env), ...(env.LIVE && { LIVE: feeds(env) }) });

export default class extends Worker {
  constructor(context, env) {
    super(context, watched(env));
  }
}
