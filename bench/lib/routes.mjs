// CPU of workerd per request, route by route: the candidates take turns, round after round.
import { Problem } from "../../scripts/lib/say.mjs";
import { PASSWORD, PEOPLE, emailOf } from "./database.mjs";
import { client, cookiesOf } from "./load.mjs";
import { cpuBetween, cpuOf } from "./proc.mjs";
import { median, orderIn, ratio, summarise } from "./statistics.mjs";

/** Work that a Worker does after its answer belongs to the request, too. */
const AFTERWARDS_MS = 20;

let turn = 0;
export const signIn = () => ({
  method: "POST",
  path: "/api/auth/sign-in/email",
  json: { email: emailOf(turn++ % PEOPLE), password: PASSWORD },
});
const signUp = () => ({
  method: "POST",
  path: "/api/auth/sign-up/email",
  json: { name: "Grace Hopper", email: `new${turn++}@bench.example`, password: PASSWORD },
});

const ROUTES = [
  { name: "sign-in", request: signIn, proof: /"token":"\w{32}"/ },
  { name: "sign-up", request: signUp, proof: /"token":"\w{32}"/ },
  { name: "get-session", proof: /"email":"person\d+@bench\.example"/ },
];
const CONNECTIONS = [1, 4];

/**
 * @typedef {{count: number, warmUp: number}} Amount requests of a round, and before the first round
 *
 * @param {Awaited<ReturnType<typeof import("./setup.mjs").startAll>>} all
 * @param {{rounds: number, hashed: Amount, quick: Amount, report: (text: string) => void}} options `hashed`: for a route that hashes a
 *   password, `quick`: for one that does not
 */
export async function measureRoutes(all, { rounds, hashed, quick, report }) {
  const results = [];
  for (const route of ROUTES) {
    const more = route.name === "get-session" ? [all.peerPerRequest, all.stacked] : [];
    const candidates = [all.atelier, all.peer, all.peerAgain, all.bare, ...more];
    for (const connections of CONNECTIONS) {
      report(`${route.name}, ${connections} ${connections === 1 ? "connection" : "connections"}`);
      const amountOf = (candidate) => (route.request && candidate !== all.bare ? hashed : quick);
      results.push(await measure(route, connections, candidates, rounds, amountOf));
    }
  }
  return results;
}

async function measure(route, connections, candidates, rounds, amountOf) {
  const prepared = [];
  for (const candidate of candidates) prepared.push({ ...(await prepare(route, candidate, connections)), ...amountOf(candidate) });
  for (const one of prepared) await one.send(one.warmUp);
  const cpu = Object.fromEntries(candidates.map(({ key }) => [key, []]));
  const wall = structuredClone(cpu);
  for (let round = 0; round < rounds; round++) {
    for (const one of orderIn(round, prepared)) {
      const before = cpuOf(one.pid);
      const answers = await one.send(one.count);
      await new Promise((resolve) => setTimeout(resolve, AFTERWARDS_MS));
      cpu[one.key].push(cpuBetween(before, cpuOf(one.pid)) / one.count);
      wall[one.key].push(median(answers.map(({ ms }) => ms)));
    }
  }
  for (const one of prepared) one.close();
  const each = (values, summary) => Object.fromEntries(Object.keys(values).map((key) => [key, summary(values[key], key)]));
  const { peer, ...others } = cpu;
  return {
    route: route.name,
    connections,
    cpuMs: each(cpu, (values) => ({ ...summarise(values), rounds: values })),
    answerMs: each(wall, summarise),
    cpuRatioToPeer: each(others, (values) => ratio(values, peer)),
  };
}

/** A candidate's requests on this route, every answer of which is checked. */
async function prepare(route, candidate, connections) {
  const proof = candidate.key === "bare" ? /^ok$/ : route.proof;
  const http = client(candidate.url, connections);
  const headers = { "cf-connecting-ip": "203.0.113.7", "user-agent": "bench", ...candidate.headers };
  const cookie = route.request || candidate.key === "bare" ? undefined : cookiesOf(await http.ask({ ...signIn(), headers }));
  const request = route.request ?? (() => ({ method: "GET", path: "/api/auth/get-session", headers: { cookie: cookie ?? "" } }));
  const next = () => {
    const one = request();
    return { ...one, headers: { ...headers, ...one.headers } };
  };
  return {
    ...candidate,
    close: http.close,
    async send(count) {
      const answers = await http.run(count, next);
      const wrong = answers.find(({ status, text }) => status !== 200 || !proof.test(text));
      if (wrong) throw new Problem(`${candidate.key} answered ${route.name} with ${wrong.status}: ${wrong.text.slice(0, 300)}`);
      return answers;
    },
  };
}
