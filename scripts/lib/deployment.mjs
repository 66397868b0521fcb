// The deployment as a list of steps, each of which may be repeated: what is there already is left as it is.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wrangler as wranglerCommand } from "./build.mjs";
import { excerpt, must } from "./failures.mjs";
import { logs, nativeBinary, requirePackage, root, work } from "./paths.mjs";
import { atStop, run } from "./processes.mjs";
import { Problem } from "./say.mjs";
import { newSecret } from "./vars.mjs";

/** Per installation, not secret. */
const VARS = ["BETTER_AUTH_URL", "TURSO_DATABASE_URL"];
const OPTIONAL_VARS = [
  ...["REPLICATE_API_URL", "FAL_QUEUE_URL", "FAL_REST_URL", "OPENAI_API_URL", "STARTING_CREDITS", "MINIMUM_AGE", "TRUSTED_ORIGINS", "IMAGE_RESIZING"],
  ...["GOOGLE_CLIENT_ID", "GOOGLE_AUTH_URL", "GOOGLE_TOKEN_URL", "GOOGLE_JWKS_URL", "MAIL_FROM", "MAIL_API_URL"],
  ...["STRIPE_API_URL", "PLANS"],
  ...["AUTH_RATE_LIMIT", "AUTH_COOKIE_CACHE", "AUTH_MAGIC_LINK", "AUTH_DELETE_VERIFICATION", "AUTH_REVOKE_ON_RESET"],
  ...["AUTH_REQUIRE_VERIFICATION", "AUTH_HASH_SESSIONS"],
];
/** Brought by the operator; kept by Cloudflare. */
const SECRETS = [
  ...["TURSO_AUTH_TOKEN", "REPLICATE_API_TOKEN", "REPLICATE_WEBHOOK_SECRET", "FAL_KEY", "OPENAI_API_KEY", "GOOGLE_CLIENT_SECRET", "MAIL_API_KEY"],
  ...["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"],
];
/** One is of no use without the other: the Worker refuses to serve. */
const TOGETHER = [
  ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
  ["MAIL_FROM", "MAIL_API_KEY"],
];
/** The same of secrets, of which the Worker may have the other already. */
const SECRETS_TOGETHER = [["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]];
/** Keys of model hosts: one is enough. */
const MODEL_HOSTS = ["REPLICATE_API_TOKEN", "FAL_KEY", "OPENAI_API_KEY"];
/** Made here once, if the Worker has none and the operator brings none. */
const MADE = ["BETTER_AUTH_SECRET", "MEDIA_SIGNING_SECRET"];
/** Shorter ones make the Worker refuse to serve. */
const SECRET_CHARS_MIN = 32;
const REPLICATE = "https://api.replicate.com/v1";
/** A new workers.dev address can take this long until its certificate is there. */
const HEALTHY_WITHIN_MS = 120_000;
const ASK_EVERY_MS = 3000;

/** What `wrangler.toml` says about the installation. */
export function installation(env) {
  const { unstable_readConfig } = requirePackage("wrangler");
  const config = unstable_readConfig({ config: join(root, "wrangler.toml"), env }, { hideWarnings: true });
  return { name: config.name, bucket: config.r2_buckets[0].bucket_name, queue: config.queues.producers[0].queue };
}

/** The variables that still have to be brought, given the secrets that the Worker has. */
export function missing(environment, existing = []) {
  // The database's token is needed here as well, for the migrations.
  const always = [...VARS, "TURSO_AUTH_TOKEN"].filter((name) => !environment[name]);
  const known = (name) => environment[name] || existing.includes(name);
  const once = MODEL_HOSTS.some(known) ? [] : MODEL_HOSTS.slice(0, 1);
  const halves = SECRETS_TOGETHER.filter((pair) => pair.some((name) => environment[name])).flatMap((pair) => pair.filter((name) => !known(name)));
  return [...always, ...once, ...halves];
}

/** Throws if a variable cannot be meant. */
export function checkValues(environment) {
  const url = environment.BETTER_AUTH_URL;
  if (url && !/^(https:\/\/|http:\/\/127\.0\.0\.1:)[^/]+\/?$/.test(url)) {
    throw new Problem(`BETTER_AUTH_URL must be the public origin, https:// and a host without a path, not "${url}".`);
  }
  for (const [variable, secret] of TOGETHER) {
    if (environment[secret] && !environment[variable]) throw new Problem(`${secret} is given without ${variable}: give both.`);
  }
  if (environment.STRIPE_SECRET_KEY && !/^[sr]k_(test|live)_\w+$/.test(environment.STRIPE_SECRET_KEY)) {
    throw new Problem("STRIPE_SECRET_KEY must be a secret or restricted key of Stripe's: sk_test_…, sk_live_…, rk_test_… or rk_live_….");
  }
  for (const secret of (environment.STRIPE_WEBHOOK_SECRET || undefined)?.split(",") ?? []) {
    if (secret.trim().length < SECRET_CHARS_MIN) throw new Problem("STRIPE_WEBHOOK_SECRET must be what `npm run stripe:setup` printed: whsec_….");
  }
  if (environment.PLANS) {
    try {
      JSON.parse(environment.PLANS);
    } catch (error) {
      throw new Problem(`PLANS must be JSON like plans.json: ${error.message}.`);
    }
  }
  for (const name of MADE) {
    const value = environment[name];
    if (value && value.length < SECRET_CHARS_MIN) {
      throw new Problem(`${name} must have at least ${SECRET_CHARS_MIN} characters; leave it out and a good one is made.`);
    }
  }
}

/**
 * The operations on Cloudflare, by wrangler.
 * @param {string[]} envFlags
 */
export function cloudflare(envFlags) {
  // The tests put a program of their own here.
  const [node, cli] = process.env.ATELIER_WRANGLER ? [process.env.ATELIER_WRANGLER, []] : wranglerCommand();
  const log = join(logs, "deploy.log");
  const ask = (args, options) => run(node, [...cli, ...args, ...envFlags], { log, ...options });
  const insist = (what, args, options) => must(what, node, [...cli, ...args, ...envFlags], { log, ...options });
  return {
    async checkLogin() {
      const { code } = await run(node, [...cli, "whoami", "--json"], { log });
      if (code !== 0) {
        const how = "run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN (and CLOUDFLARE_ACCOUNT_ID)";
        throw new Problem(`wrangler has no access to a Cloudflare account: ${how}.`);
      }
    },
    /** Names of the Worker's secrets; none if there is no such Worker yet. */
    async secretNames() {
      const { code, output } = await ask(["secret", "list", "--format", "json"]);
      if (code !== 0) return absent(output, "The list of the Worker's secrets") && [];
      return JSON.parse(/\[[\s\S]*\]/.exec(output)[0]).map(({ name }) => name);
    },
    async bucketExists(bucket) {
      const { code, output } = await ask(["r2", "bucket", "info", bucket, "--json"]);
      return code === 0 || !absent(output, `The bucket ${bucket}`);
    },
    async queueExists(queue) {
      const { code, output } = await ask(["queues", "info", queue]);
      return code === 0 || !absent(output, `The queue ${queue}`);
    },
    createQueue: (queue) => insist(`The queue ${queue}`, ["queues", "create", queue]),
    createBucket: (bucket) => insist(`The bucket ${bucket}`, ["r2", "bucket", "create", bucket, "--update-config=false"]),
    /** What was given in an earlier deployment and is not given now stays as it is. */
    async deploy(vars, secrets) {
      // A file, because arguments can be read by everyone on the machine; only its owner may read it, and it goes at once.
      const file = join(work, `secrets-${process.pid}.json`);
      mkdirSync(work, { recursive: true });
      const remove = () => rmSync(file, { force: true });
      const forget = atStop(remove);
      writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
      const flags = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
      try {
        await insist("The deployment", ["deploy", "--keep-vars", "--secrets-file", file, ...flags], { env: { ATELIER_BUILT: "yes" }, echo: true });
      } finally {
        remove();
        forget();
      }
    },
  };
}

/**
 * True if Cloudflare says that there is no such thing. Any other failure is not an answer: to take it for one would make the
 * secrets anew.
 */
function absent(output, what) {
  if (/does not exist|not found|\[code: 1000[67]\]/i.test(output)) return true;
  throw new Problem([...excerpt(output), `${what} could not be read: nothing was touched, start again.`].join("\n"));
}

/** The vars and secrets to set: what the operator brings, and what only has to be made. */
export async function valuesToSet(environment, existing) {
  const given = (names) => Object.fromEntries(names.filter((name) => environment[name]).map((name) => [name, environment[name]]));
  const vars = given([...VARS, ...OPTIONAL_VARS]);
  vars.BETTER_AUTH_URL = vars.BETTER_AUTH_URL.replace(/\/$/, "");
  const secrets = given([...SECRETS, ...MADE]);
  for (const name of MADE) {
    // Never anew: it would sign everybody out and void every address of a picture.
    if (!secrets[name] && !existing.includes(name)) secrets[name] = newSecret();
  }
  if (!secrets.REPLICATE_WEBHOOK_SECRET && secrets.REPLICATE_API_TOKEN) {
    secrets.REPLICATE_WEBHOOK_SECRET = await webhookSecret(environment.REPLICATE_API_URL || REPLICATE, secrets.REPLICATE_API_TOKEN);
  } else if (existing.includes("REPLICATE_API_TOKEN") && !secrets.REPLICATE_WEBHOOK_SECRET && !existing.includes("REPLICATE_WEBHOOK_SECRET")) {
    throw new Problem("REPLICATE_WEBHOOK_SECRET is missing: set it, or set REPLICATE_API_TOKEN and it is asked of Replicate.");
  }
  return { vars, secrets };
}

/** Replicate has one secret per account and tells it to whoever has the token. */
async function webhookSecret(api, token) {
  let response;
  try {
    response = await fetch(`${api}/webhooks/default/secret`, { headers: { authorization: `Bearer ${token}` } });
  } catch {
    throw new Problem(`Replicate does not answer at ${api}: check the connection, or set REPLICATE_WEBHOOK_SECRET yourself.`);
  }
  const { key } = response.ok ? await response.json() : {};
  if (!key) throw new Problem(`Replicate refused REPLICATE_API_TOKEN (${response.status}): check the token.`);
  return key;
}

/** Brings the database to this checkout's schema. */
export const migrate = (environment) =>
  must("The migrations", nativeBinary("atelier-operator"), ["migrate", "--dir", join(root, "migrations")], {
    log: join(logs, "migrate.log"),
    env: { TURSO_DATABASE_URL: environment.TURSO_DATABASE_URL, TURSO_AUTH_TOKEN: environment.TURSO_AUTH_TOKEN ?? "" },
  });

/** Waits until the new Worker answers. */
export async function checkHealth(origin) {
  const url = `${origin}/api/health`;
  const deadline = Date.now() + HEALTHY_WITHIN_MS;
  let last = "";
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      if (response.ok) return await response.json();
      last = `it answers ${response.status}`;
      if (response.status === 503) break; // it runs, and says that a variable is missing: waiting does not help
    } catch (error) {
      last = error.cause?.code ?? error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Problem(`The Worker is deployed, but ${url} is not well (${last}): \`npx wrangler tail\` shows its log.`);
}
