// `npm run dev`: the studio while one works on it. Data stays in `.atelier/dev`; what is saved is built and served.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { page, workerDev } from "../lib/build.mjs";
import { root, work } from "../lib/paths.mjs";
import { assertFree, portNumber } from "../lib/ports.mjs";
import { stoppingIsSuccess } from "../lib/processes.mjs";
import { explain, say, shortDuration, tell } from "../lib/say.mjs";
import { toolchain } from "../lib/setup.mjs";
import { stackTasks, startStack } from "../lib/stack.mjs";
import { parseVars } from "../lib/vars.mjs";
import { watch } from "../lib/watch.mjs";

const DEFAULT_PORT = "8787";
/** Production's cron comes once a minute; nobody at a screen wants to wait that long. */
const CRON_EVERY_MS = 10_000;
const DEMO = { name: "Demo", email: "demo@atelier.test", password: "paint-a-picture", ageConfirmed: true };
const OVERRIDES = ".dev.vars";
const WATCHED = [...new Set([...workerDev.inputs, ...page.inputs, OVERRIDES])];

const port = () => portNumber(process.env.PORT || DEFAULT_PORT, "PORT");

export async function tasks() {
  await assertFree(port(), `choose another with \`PORT=${port() + 1} npm run dev\``);
  return [...toolchain, ...stackTasks({ devBuild: true })];
}

export async function main() {
  const vars = overrides();
  const stack = await startStack({ port: port(), data: join(work, "dev"), devBuild: true, vars });
  await signUpDemo(stack.url);
  setInterval(() => stack.runCron().catch(() => {}), CRON_EVERY_MS);
  watch(WATCHED, () => rebuild(stack));
  tell(welcome(stack, vars));
  stoppingIsSuccess();
  await new Promise(() => {}); // until a signal
}

/** The developer's own variables. Whoever brings a key of the real vendor means the real vendor. */
function overrides() {
  const file = join(root, OVERRIDES);
  const vars = existsSync(file) ? parseVars(file) : {};
  return { AUTH_MAGIC_LINK: "1", ...realVendors(vars), ...vars };
}

/** The addresses of this machine's vendors are taken away where a key of the real one was brought. */
function realVendors({ REPLICATE_API_TOKEN, FAL_KEY, OPENAI_API_KEY, GOOGLE_CLIENT_ID, MAIL_API_KEY, STRIPE_SECRET_KEY }) {
  return {
    ...(REPLICATE_API_TOKEN && { REPLICATE_API_URL: "" }),
    ...(FAL_KEY && { FAL_QUEUE_URL: "", FAL_REST_URL: "" }),
    ...(OPENAI_API_KEY && { OPENAI_API_URL: "" }),
    ...(GOOGLE_CLIENT_ID && { GOOGLE_AUTH_URL: "", GOOGLE_TOKEN_URL: "", GOOGLE_JWKS_URL: "" }),
    ...(MAIL_API_KEY && { MAIL_API_URL: "" }),
    ...(STRIPE_SECRET_KEY && { STRIPE_API_URL: "" }),
  };
}

async function rebuild(stack) {
  const begun = performance.now();
  try {
    await stack.migrate();
    const built = [];
    for (const task of [workerDev, page]) {
      if (!(await task.needed())) continue;
      say(`${task.title}: building …`);
      await task.run(() => {});
      built.push(task.title);
    }
    const vars = overrides();
    await stack.reload(vars);
    await stack.setUpShop(vars.PLANS);
    say(`${built.join(" and ") || "Variables and migrations"}: served after ${shortDuration(performance.now() - begun)}`);
  } catch (error) {
    explain(error);
    say("What ran before goes on running.");
  }
}

/** Through the front door, like everybody; a second start finds the account there. */
async function signUpDemo(url) {
  const response = await fetch(`${url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify(DEMO),
  });
  const body = await response.text();
  if (!response.ok && !body.includes("USER_ALREADY_EXISTS")) {
    say(`The demo account could not be made: the studio answered ${response.status} ${body.slice(0, 200)}`);
  }
}

function welcome({ url, mailboxUrl }, vars) {
  const replicate = vars.REPLICATE_API_TOKEN
    ? `real, with the key in ${OVERRIDES}; its webhooks cannot reach this machine, so pictures come with the next look every 10 s`
    : "simulated: pictures are drawn on this machine, nothing is paid";
  const fal = vars.FAL_KEY ? `real, with the key in ${OVERRIDES}; likewise` : "simulated, like Replicate";
  const openai = vars.OPENAI_API_KEY ? `real, with the key in ${OVERRIDES}` : "simulated, like Replicate";
  const google = vars.GOOGLE_CLIENT_ID
    ? `real, with the client in ${OVERRIDES}; register ${url}/api/auth/callback/google there`
    : "simulated: choose one of a few people, or say who you are; no password";
  const mail = vars.MAIL_API_KEY
    ? `real, with the key in ${OVERRIDES}: it reaches real people`
    : "simulated: it arrives in the mailbox, sign-in links too";
  const stripe = vars.STRIPE_SECRET_KEY
    ? `real, with the key in ${OVERRIDES}; \`stripe listen --forward-to ${url}/webhooks/stripe\` brings its webhooks`
    : "simulated: its checkout takes any card, nothing is paid";
  return `
  Atelier        ${url}
  Demo account   ${DEMO.email}   password: ${DEMO.password}
  Mailbox        ${mailboxUrl}
  Replicate      ${replicate}
  fal.ai         ${fal}
  OpenAI         ${openai}
  Google         ${google}
  Mail           ${mail}
  Stripe         ${stripe}
  Data           .atelier/dev (remove it to start afresh)

  What you save in src/, migrations/ and web/ is built and served. Ctrl-C stops everything.
`;
}
