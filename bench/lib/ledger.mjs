// The ledger: orders that hold credits, and messages that settle or release them, through the Worker; and the same batches sent straight to
// the database, which says how much of that is the database's.
import { createHmac, randomBytes } from "node:crypto";
import { createServer, request as send } from "node:http";
import { HOST } from "../../scripts/lib/ports.mjs";
import { Problem } from "../../scripts/lib/say.mjs";
import { execute } from "../peer/pipeline.mjs";
import { client } from "./load.mjs";
import { cpuBetween, cpuOf } from "./proc.mjs";
import { quantile, summarise } from "./statistics.mjs";

export const LEDGER_CONNECTIONS = [1, 4, 16];
/** Whose credits they are; one person's orders are no slower, since the database has one writer anyhow. */
const PEOPLE = 20;
const CREDITS = 1_000_000;
/** Work that a Worker does after its answer belongs to the request, too. */
const AFTERWARDS_MS = 50;

/** Variables of a Worker whose model host is the bench's. */
export const ledgerVars = (vars, host, plans) => {
  const boundless = { ...plans, plans: plans.plans.map((plan) => ({ ...plan, perMinute: 1_000_000, concurrent: 1_000_000 })) };
  return { ...vars, REPLICATE_API_URL: host.apiUrl, STARTING_CREDITS: String(CREDITS), PLANS: JSON.stringify(boundless) };
};

/**
 * @param {object} what
 * @param {(over: Record<string, string>) => Promise<import("./worker.mjs").Running>} what.start a Worker with `ledgerVars`, and others over them
 * @param {Awaited<ReturnType<typeof import("./host.mjs").startHost>>} what.host
 * @param {string} what.databaseUrl
 * @param {number} what.databasePid
 * @param {Record<string, string>} what.vars the Worker's
 * @param {{rounds: number, count: number, report: (text: string) => void}} options
 */
export async function measureLedger({ start, host, databaseUrl, databasePid, vars }, { rounds, count, report }) {
  const cookies = await people(databaseUrl, vars.BETTER_AUTH_SECRET);
  let turn = 0;
  const order = () => ({
    method: "POST",
    path: "/api/generations",
    headers: { origin: vars.BETTER_AUTH_URL, cookie: cookies[turn++ % cookies.length], "cf-connecting-ip": "203.0.113.7" },
    json: { model: "flux-schnell", prompt: "a meadow" },
  });
  const end = (status) => () => host.message(host.orders.shift(), status, vars.REPLICATE_WEBHOOK_SECRET);
  const batches = await recorded({ start, databaseUrl, host, order, end });

  const worker = await start({});
  const pids = { worker: worker.pid, database: databasePid };
  const results = [];
  try {
    for (const connections of LEDGER_CONNECTIONS) {
      const http = client(worker.url, connections);
      const expect = (name, status, next) => async () => {
        const answers = await http.run(count, next);
        const wrong = answers.find((answer) => answer.status !== status);
        if (wrong) throw new Problem(`The studio answered ${name} with ${wrong.status}: ${wrong.text.slice(0, 300)}`);
        return answers.map(({ ms }) => ms);
      };
      const [hold, settle, release] = [expect("an order", 202, order), expect("its end", 200, end("succeeded")), expect("its failure", 200, end("failed"))];
      report(`ledger, ${connections} ${connections === 1 ? "connection" : "connections"}`);
      await hold();
      await settle();
      const ways = { hold: [], settle: [], release: [] };
      for (let round = 0; round < rounds; round++) {
        ways.hold.push(await timed(pids, count, hold));
        ways.settle.push(await timed(pids, count, settle));
        await hold();
        ways.release.push(await timed(pids, count, release));
      }
      http.close();
      for (const [operation, measured] of Object.entries(ways)) results.push({ operation, by: "Worker", connections, ...summary(measured) });
    }
  } finally {
    await worker.stop();
  }
  for (const connections of LEDGER_CONNECTIONS) {
    report(`ledger, straight to the database, ${connections} ${connections === 1 ? "connection" : "connections"}`);
    const ways = { hold: [], settle: [] };
    for (let round = 0; round < rounds; round++) {
      const ids = Array.from({ length: count }, newId);
      for (const operation of ["hold", "settle"]) {
        ways[operation].push(await timed({ database: databasePid }, count, () => replay(databaseUrl, connections, batches[operation], ids)));
      }
    }
    for (const [operation, measured] of Object.entries(ways)) results.push({ operation, by: "database alone", connections, ...summary(measured) });
  }
  return { rounds, count, people: PEOPLE, results };
}

/** Rows of sessions for the people that are there, and the cookies. */
async function people(url, secret) {
  const cookies = [];
  const now = new Date();
  for (let person = 0; person < PEOPLE; person++) {
    const token = randomBytes(16).toString("hex");
    const times = [new Date(now.getTime() + 86_400_000), token, now, now].map((value) => (value instanceof Date ? value.toISOString() : value));
    await execute(url, `INSERT INTO session ("id", "userId", "ipAddress", "userAgent", "expiresAt", "token", "createdAt", "updatedAt") VALUES (?, ?, '', '', ?, ?, ?, ?)`, [
      `ledger${token}`,
      `bench${String(person).padStart(27, "0")}`,
      ...times,
    ]);
    cookies.push(`better-auth.session_token=${encodeURIComponent(`${token}.${createHmac("sha256", secret).update(token).digest("base64")}`)}`);
  }
  return cookies;
}

async function timed(pids, count, deed) {
  const before = Object.entries(pids).map(([name, pid]) => [name, cpuOf(pid)]);
  const begun = performance.now();
  const each = await deed();
  const wallMs = performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, AFTERWARDS_MS));
  const cpu = Object.fromEntries(before.map(([name, at]) => [name, cpuBetween(at, cpuOf(pids[name])) / count]));
  return { perSecond: (count * 1000) / wallMs, each, cpu };
}

function summary(measured) {
  const all = measured.flatMap(({ each }) => each);
  return {
    perSecond: summarise(measured.map(({ perSecond }) => perSecond)),
    ms: { p50: quantile(all, 0.5), p95: quantile(all, 0.95), p99: quantile(all, 0.99) },
    cpuMs: Object.fromEntries(Object.keys(measured[0].cpu).map((name) => [name, summarise(measured.map(({ cpu }) => cpu[name]))])),
  };
}

/**
 * One order and its end as the Worker sends them to the database, to be sent again under other ids.
 * @returns {Promise<Record<"hold" | "settle", (id: string) => string>>}
 */
async function recorded({ start, databaseUrl, host, order, end }) {
  const seen = [];
  const { port } = new URL(databaseUrl);
  const server = createServer((incoming, outgoing) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (chunk) => (body += chunk));
    incoming.on("end", () => {
      seen.push(body);
      const onward = send({ port, host: HOST, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      });
      onward.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, HOST, resolve));
  const worker = await start({ TURSO_DATABASE_URL: `http://${HOST}:${server.address().port}` });
  const http = client(worker.url, 1);
  try {
    const ordered = async () => {
      const { text, status } = await http.ask(order());
      if (status !== 202) throw new Problem(`The studio answered an order with ${status}: ${text.slice(0, 300)}`);
      return JSON.parse(text).generation;
    };
    // The first look brings a newcomer's credits.
    for (let i = 0; i < PEOPLE; i++) await http.ask({ ...order(), method: "GET", json: undefined });
    const { id } = await ordered();
    const [hold, run] = [seen.at(-1), host.orders[0].id];
    await http.ask(end("succeeded")());
    const settle = seen.at(-1);
    return { hold: (other) => hold.replaceAll(id, other), settle: (other) => settle.replaceAll(id, other).replaceAll(run, randomBytes(13).toString("hex")) };
  } finally {
    http.close();
    await worker.stop();
    await new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  }
}

/** As long as a generation's. */
const newId = () => randomBytes(13).toString("hex");

/** Sends a batch once for each id; each has to have been committed. */
async function replay(url, connections, batch, ids) {
  const http = client(url, connections);
  let next = 0;
  const answers = await http.run(ids.length, () => ({
    method: "POST",
    path: "/v3/pipeline",
    headers: { "content-type": "application/json" },
    body: batch(ids[next++]),
  }));
  http.close();
  for (const { text } of answers) {
    const [{ response, error }] = JSON.parse(text).results;
    const wrong = error ?? response.result.step_errors.find((one) => one !== null);
    if (wrong) throw new Problem(`The database refused a batch: ${wrong.message}`);
  }
  return answers.map(({ ms }) => ms);
}
