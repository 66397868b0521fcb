// Counts every effect that the Worker has on the database, on the model hosts, on R2, on the queue and on the feeds, in order, and has one of them go wrong.
import { createServer, request as httpRequest } from "node:http";
import { fileURLToPath } from "node:url";
import { startStudio } from "./studio.mjs";

/** Where what stands around the Worker asks. */
const AROUND = "/around";

/** The ways in which an effect goes wrong: it never arrives; its answer is lost; it is refused; the other side breaks. */
export const WAYS = ["lose request", "lose reply", "throttle", "break"];
/** A binding throws, whatever the cause. */
const WAYS_OF_BINDINGS = ["lose request", "lose reply", "kill"];
/** Whether an effect can go wrong in such a way. */
export const canGo = (way, effect) => WAYS_OF_BINDINGS.includes(way) || !/^(R2|queue|feed)/.test(effect);

/** A proxy before the sandbox. It is told where that is once it is known. */
export async function hostProxy() {
  let target;
  let judge = () => undefined;
  let open = 0;
  const server = createServer((incoming, outgoing) => {
    const chunks = [];
    open += 1;
    outgoing.on("close", () => (open -= 1));
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", async () => {
      if (incoming.url === AROUND) {
        const wrong = await judge(Buffer.concat(chunks).toString());
        return wrong === "hang" ? undefined : outgoing.end(wrong ?? "");
      }
      const wrong = await judge(`${incoming.method} ${incoming.url.split("?")[0]}`);
      if (wrong === "hang") return;
      if (typeof wrong === "object") return outgoing.writeHead(wrong.status, { "content-type": "application/json" }).end(JSON.stringify(wrong.body));
      if (wrong === "lose request") return incoming.socket.destroy();
      if (wrong === "throttle") return outgoing.writeHead(429, { "content-type": "application/json" }).end(`{"detail":"Request was throttled."}`);
      if (wrong === "break") return outgoing.writeHead(500).end("<html>");
      const { hostname: host, port } = new URL(target);
      const onward = httpRequest({ host, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
        if (wrong === "lose reply") return answer.resume().on("end", () => incoming.socket.destroy());
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => incoming.socket.destroy());
      onward.end(Buffer.concat(chunks));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    lead: (url) => (target = url),
    /** What goes wrong, by method and path of a request, or by what is done to a binding ("R2 put media", "R2 get run", "queue send"): one of `WAYS`, "hang", or an answer of the test's own. Or a promise of these. */
    break: (with_) => (judge = with_ ?? (() => undefined)),
    open: () => open,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** A studio whose model hosts are behind that proxy, whose bindings ask it too, and whose sandbox is so many times as fast. */
export async function startBehind(hosts, speed, vars) {
  const stack = await startStudio({
    around: fileURLToPath(import.meta.resolve("./around.mjs")),
    sandbox: ["--speed", String(speed), "--pictures", "small", "--public-url", hosts.url],
    vars: {
      REPLICATE_API_URL: `${hosts.url}/replicate/v1`,
      FAL_QUEUE_URL: `${hosts.url}/fal/queue`,
      FAL_REST_URL: `${hosts.url}/fal/rest`,
      OPENAI_API_URL: `${hosts.url}/openai/v1`,
      AROUND_URL: hosts.url + AROUND,
      ...vars,
    },
  });
  hosts.lead(stack.sandboxUrl);
  return stack;
}

/** One generation's effects, numbered from 1: the one numbered `at` goes wrong in `way`. */
export class Sabotage {
  /** `kill` ends the Worker, for the way of that name: `died` is then there, and how many effects had begun when it was dead. */
  constructor(at, way, kill) {
    Object.assign(this, { at, way, kill, effects: [], lastMs: Date.now(), died: undefined, begun: undefined });
  }
  note(effect) {
    this.effects.push(effect);
    this.lastMs = Date.now();
    if (this.effects.length !== this.at) return undefined;
    if (this.way !== "kill") return this.way;
    this.died = this.kill().then(() => (this.begun = this.effects.length));
    return this.died.then(() => "lose request");
  }
  /** Of a request to the database: what mail, money and the rest of cron do there is none of a generation's. */
  database(names) {
    if (!names.some((name) => /^(GENERATION_(INSERT|PROGRESS|SAVING|SUCCEED|FAIL|MOVE)|TURN|DUE_READ)/.test(name))) return undefined;
    // A database that breaks is one that says nothing.
    const way = this.note(names.find((name) => /^(GENERATION|TURN|DUE)/.test(name)));
    return way === "break" ? "lose request" : way;
  }
}
