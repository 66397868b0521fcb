// The whole studio on this machine: database, local vendors and the built Worker, each a real process on a port of its own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle, devBundle, page, nativePrograms, workerBundle, workerDev, workerRelease } from "./build.mjs";
import { claim, clearLeftovers, forget, note } from "./leftovers.mjs";
import { excerpt, must } from "./failures.mjs";
import { logs, nativeBinary, root, sqldBinary, work } from "./paths.mjs";
import { assertFree, freePort, HOST } from "./ports.mjs";
import { atStop, listenForStop, run } from "./processes.mjs";
import { Problem, say } from "./say.mjs";
import { service } from "./service.mjs";
import { SECRETS, overlay, secretsIn } from "./vars.mjs";
import { workerd } from "./workerd.mjs";

/** With its default of 300 s and many writers, sqld has been seen to stop accepting writes at a checkpoint. */
const CHECKPOINT_SECONDS = 3600;

/** Google's one client in development. */
const GOOGLE_CLIENT_ID = "atelier-dev.apps.googleusercontent.com";

/** What has to be built for a stack. */
export const stackTasks = ({ devBuild = false } = {}) =>
  devBuild ? [nativePrograms, page, workerDev] : [nativePrograms, page, workerRelease, workerBundle];

/**
 * @typedef {object} StackOptions
 * @property {number} [port] of the Worker; else a free one
 * @property {Record<string, string>} [vars] override any variable of the Worker; an empty value takes it away
 * @property {string} [data] where data lies and stays; else a folder that is removed at the end
 * @property {boolean} [devBuild] the Worker as development builds it, not as production gets it
 * @property {number} [sqldPort] of the database; else a free one
 * @property {boolean} [durableObjects] false: an account without them
 * @property {string} [around] a module that stands around the Worker (`workerd`)
 * @property {string[]} [sandbox] further options of the local vendors, say `["--pictures", "small"]`
 * @property {string} [databaseUrlForWorker] where the Worker looks for the database (a proxy before it, say); migrations and
 *   `databaseUrl` go straight to it
 * @property {(source: string, line: string) => void} [log] gets the Worker's log ("log", "warn", "error", …), the runtime's
 *   ("runtime") and ours ("stack"); else stderr
 */

let count = 0;

/**
 * Starts a stack. Everything it needs must have been built (`stackTasks`); what is not current is built now.
 * @param {StackOptions} [options]
 */
export async function startStack(options = {}) {
  listenForStop();
  await clearLeftovers();
  for (const task of stackTasks(options)) {
    if (await task.needed()) await task.run(() => {});
  }
  const id = `stack${++count}`;
  const log = options.log ?? ((source, line) => say(source === "log" ? line : `${source}: ${line}`));
  const folder = options.data ? undefined : temporaryFolder();
  const data = options.data ?? folder;
  claim(data);
  await note(id, { data, folder });
  const stops = [];
  const stop = async () => {
    takeBack();
    for (const part of stops.splice(0).reverse()) await part.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
    forget(id);
  };
  const takeBack = atStop(stop);
  const keep = (part) => (stops.push(part), part);
  try {
    const ports = await choosePorts(options);
    const urls = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `http://${HOST}:${port}`]));
    const secrets = secretsIn(join(data, "secrets.json"));
    const given = options.vars ?? {};
    const settings = (over) =>
      overlay(
        {
          ...secrets,
          BETTER_AUTH_URL: urls.worker,
          TURSO_DATABASE_URL: options.databaseUrlForWorker ?? urls.sqld,
          REPLICATE_API_URL: `${urls.sandbox}/replicate/v1`,
          FAL_QUEUE_URL: `${urls.sandbox}/fal/queue`,
          FAL_REST_URL: `${urls.sandbox}/fal/rest`,
          OPENAI_API_URL: `${urls.sandbox}/openai/v1`,
          GOOGLE_CLIENT_ID,
          GOOGLE_AUTH_URL: `${urls.sandbox}/google/o/oauth2/v2/auth`,
          GOOGLE_TOKEN_URL: `${urls.sandbox}/google/token`,
          GOOGLE_JWKS_URL: `${urls.sandbox}/google/oauth2/v3/certs`,
          MAIL_API_URL: `${urls.sandbox}/mail`,
          MAIL_FROM: "Atelier <studio@atelier.test>",
          STRIPE_API_URL: `${urls.sandbox}/stripe/v1`,
        },
        { ...given, ...over },
      );
    const vars = settings();
    let parts = {};
    const pids = async () =>
      Object.fromEntries(await Promise.all(Object.entries(parts).map(async ([name, part]) => [name, await part.pid()])));
    const noteAll = async () => note(id, { pids: Object.values(await pids()).filter(Boolean), data, folder });
    const remark = (line) => log("stack", line);
    /** The operator's tool with the variables that it reads, as an operator has them in the environment. */
    const operator = (args, over = {}) =>
      run(nativeBinary("atelier-operator"), args, {
        env: {
          ...{ TURSO_DATABASE_URL: urls.sqld, TURSO_AUTH_TOKEN: "", BETTER_AUTH_URL: urls.worker, STRIPE_API_URL: `${urls.sandbox}/stripe/v1` },
          ...{ STRIPE_SECRET_KEY: secrets.STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET: secrets.STRIPE_WEBHOOK_SECRET },
          PLANS: given.PLANS || undefined,
          ...over,
        },
      });

    const [sqld, sandbox] = await Promise.all([
      startDatabase(join(data, "sqld"), ports.sqld, remark).then(keep),
      startSandbox(ports.sandbox, urls, secrets, [vars.BETTER_AUTH_URL, urls.worker], options.sandbox ?? [], remark).then(keep),
    ]);
    parts = { sqld, sandbox };
    await noteAll();
    await migrate(urls.sqld);
    const shop = keepShop(urls, sandbox, operator);
    await shop();
    const runtime = keep(
      await workerd({
        folder: options.devBuild ? devBundle : bundle,
        port: ports.worker,
        data: join(data, "media"),
        vars,
        log,
        durableObjects: options.durableObjects,
        around: options.around,
      }),
    );
    parts = { workerd: runtime, sqld, sandbox };
    await noteAll();
    return {
      url: urls.worker,
      databaseUrl: urls.sqld,
      sandboxUrl: urls.sandbox,
      mailboxUrl: `${urls.sandbox}/mailbox`,
      cronUrl: runtime.cronUrl,
      /** The development secrets by name, as the Worker has them. */
      secrets: Object.fromEntries(SECRETS.map((name) => [name, vars[name] ?? secrets[name]])),
      /** Every variable that the Worker has. */
      vars,
      /** The processes' numbers now: a part that was killed comes back with another. */
      pids,
      /** Ends a part with SIGKILL, as a crash does, and resolves when it is dead. It comes back by itself on the same port. */
      async kill(part) {
        const pid = await parts[part].pid();
        process.kill(pid, "SIGKILL");
        while ((await parts[part].pid()) === pid) await new Promise((resolve) => setTimeout(resolve, 5));
      },
      /** Resolves when every part serves again. */
      async ready() {
        await Promise.all(Object.values(parts).map((part) => part.ready()));
        await shop();
        await dropDeadConnections(urls.worker);
        await noteAll();
      },
      /** Runs the Worker's scheduled handler once, to its end. */
      async runCron({ at } = {}) {
        const response = await fetch(at === undefined ? runtime.cronUrl : `${runtime.cronUrl}&time=${at}`);
        const { outcome } = await response.json();
        if (outcome !== "ok") throw new Error(`the scheduled handler ended with ${outcome}`);
      },
      /** Serves what has been built since, with variables laid over those of the start. */
      async reload(over = {}) {
        await runtime.reload(options.devBuild ? devBundle : bundle, settings(over));
        await noteAll();
      },
      /** Applies migrations that have come since. */
      migrate: () => migrate(urls.sqld),
      /** Runs the operator's tool on this stack; resolves with its exit code and output. */
      runOperator: operator,
      /** Makes what is sold by now known to the local Stripe: what `plans` says (the variable PLANS), or plans.json. */
      setUpShop: (plans) => shop({ PLANS: plans || readFileSync(join(root, "plans.json"), "utf8") }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `fetch` keeps connections, and notices only when it uses one that the other side was killed. */
async function dropDeadConnections(url) {
  for (;;) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function choosePorts({ port, sqldPort }) {
  if (port) await assertFree(port, "choose another");
  if (sqldPort) await assertFree(sqldPort, "choose another");
  const [worker, sqld, sandbox] = await Promise.all([port ?? freePort(), sqldPort ?? freePort(), freePort()]);
  return { worker, sqld, sandbox };
}

function temporaryFolder() {
  const stacks = join(work, "stacks");
  mkdirSync(stacks, { recursive: true });
  return mkdtempSync(join(stacks, `${process.pid}-`));
}

function startDatabase(folder, port, remark) {
  mkdirSync(folder, { recursive: true });
  const args = ["--db-path", folder, "--http-listen-addr", `${HOST}:${port}`, "--no-welcome"];
  return service({
    name: "The database server",
    command: sqldBinary(),
    args: [...args, "--checkpoint-interval-s", String(CHECKPOINT_SECONDS)],
    health: `http://${HOST}:${port}/health`,
    log: join(logs, `sqld-${port}.log`),
    note: remark,
  });
}

/** The vendors have what they were given at first: variables of the Worker that differ do not become theirs. */
function startSandbox(port, urls, secrets, origins, more, remark) {
  const callbacks = new Set(origins.filter(Boolean).map((origin) => `${origin.replace(/\/+$/, "")}/api/auth/callback/google`));
  return service({
    name: "The local vendors",
    command: nativeBinary("atelier-sandbox"),
    args: [
      ...["--listen", `${HOST}:${port}`, "--public-url", urls.sandbox],
      ...["--replicate-token", secrets.REPLICATE_API_TOKEN],
      ...["--replicate-webhook-secret", secrets.REPLICATE_WEBHOOK_SECRET],
      ...["--fal-key", secrets.FAL_KEY, "--openai-key", secrets.OPENAI_API_KEY],
      ...["--google-client-id", GOOGLE_CLIENT_ID, "--google-client-secret", secrets.GOOGLE_CLIENT_SECRET],
      ...[...callbacks].flatMap((callback) => ["--google-redirect-uri", callback]),
      ...["--stripe-secret-key", secrets.STRIPE_SECRET_KEY, "--stripe-webhook-secret", secrets.STRIPE_WEBHOOK_SECRET],
      ...["--stripe-webhook-url", webhookUrl(urls)],
      ...more,
    ],
    health: `${urls.sandbox}/sandbox/health`,
    log: join(logs, `sandbox-${port}.log`),
    note: remark,
  });
}

const webhookUrl = ({ worker }) => `${worker}/webhooks/stripe`;

/**
 * Makes what is sold known to the local Stripe, which forgets it whenever it is started anew. The events of that go nowhere: they would
 * reach a Worker that has yet to start, again and again.
 */
function keepShop(urls, sandbox, operator) {
  let known;
  return async (over) => {
    const pid = sandbox.pid();
    if (pid === known && !over) return;
    const sendTo = (url) => fetch(`${urls.sandbox}/sandbox/stripe/webhooks`, { method: "POST", body: JSON.stringify({ url }) });
    await sendTo("");
    const { code, output } = await operator(["stripe", "setup"], over);
    if (code !== 0) throw new Problem([...excerpt(output), "What is sold could not be made known to the local Stripe."].join("\n"));
    await sendTo(webhookUrl(urls));
    known = pid;
  };
}

function migrate(url) {
  return must("The migrations", nativeBinary("atelier-operator"), ["migrate", "--url", url, "--dir", join(root, "migrations")], {
    log: join(logs, "migrate.log"),
    env: { TURSO_AUTH_TOKEN: "" },
  });
}
