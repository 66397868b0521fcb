// `npm run deploy`: to Cloudflare and Turso, as often as you like. `-- --dry-run` only shows what it would do.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WRANGLER_OFFLINE, nativePrograms, page, workerBundle, workerRelease, workerSizes, wrangler } from "../lib/build.mjs";
import { checkHealth, checkValues, cloudflare, installation, migrate, missing, valuesToSet } from "../lib/deployment.mjs";
import { must } from "../lib/failures.mjs";
import { logs } from "../lib/paths.mjs";
import { Problem, kilobytes, say, tell } from "../lib/say.mjs";
import { toolchain } from "../lib/setup.mjs";

const HELP = `npm run deploy -- [--dry-run] [--env NAME]

  --dry-run  shows each step, builds, checks the bundle, touches nothing
  --env      another installation of wrangler.toml, e.g. staging

From the environment: BETTER_AUTH_URL (the public origin), TURSO_DATABASE_URL, TURSO_AUTH_TOKEN, REPLICATE_API_TOKEN or FAL_KEY;
if you like: REPLICATE_WEBHOOK_SECRET (else asked of Replicate), BETTER_AUTH_SECRET and MEDIA_SIGNING_SECRET (else made
once), GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, MAIL_API_KEY and MAIL_FROM, and every other variable of README.md.
What was given once need not be given again.`;

function options(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: { "dry-run": { type: "boolean", default: false }, env: { type: "string" } },
    });
    return { dryRun: values["dry-run"], env: values.env };
  } catch (error) {
    throw new Problem(`${error.message}\n\n${HELP}`);
  }
}

export const tasks = (argv) => {
  options(argv);
  checkValues(process.env);
  return [...toolchain, nativePrograms, page, workerRelease, workerBundle];
};

export async function main(argv) {
  const { dryRun, env } = options(argv);
  const envFlags = env ? ["--env", env] : [];
  const { name, bucket, queue } = installation(env);
  return dryRun ? rehearse({ name, bucket, queue, envFlags }) : deploy({ name, bucket, queue, envFlags });
}

async function deploy({ name, bucket, queue, envFlags }) {
  const environment = process.env;
  const account = cloudflare(envFlags);
  await account.checkLogin();
  const existing = await account.secretNames();
  const lacking = missing(environment, existing);
  if (lacking.length > 0) {
    throw new Problem(`${list(lacking)} ${lacking.length > 1 ? "are" : "is"} missing: set in the environment, then start again. Nothing was touched.`);
  }
  const { vars, secrets } = await valuesToSet(environment, existing);

  if (await account.bucketExists(bucket)) {
    say(`Bucket ${bucket}: there already`);
  } else {
    await account.createBucket(bucket);
    say(`Bucket ${bucket}: created`);
  }
  if (await account.queueExists(queue)) {
    say(`Queue ${queue}: there already`);
  } else {
    await account.createQueue(queue);
    say(`Queue ${queue}: created`);
  }
  const migrated = await migrate(environment);
  say(`Database: ${migrated.trim().split("\n").at(-1)}`);
  say(`Worker ${name}: deploying, with ${list(Object.keys(secrets))}`);
  await account.deploy(vars, secrets);
  const { version } = await checkHealth(vars.BETTER_AUTH_URL);
  tell(`\nAtelier ${version} serves at ${vars.BETTER_AUTH_URL}`);
}

async function rehearse({ name, bucket, queue, envFlags }) {
  const environment = process.env;
  const [command, args] = wrangler("deploy", "--dry-run", ...envFlags);
  await must("The check of the bundle", command, args, { log: join(logs, "deploy.log"), env: WRANGLER_OFFLINE });
  const { wasm, all } = workerSizes();
  const lacking = missing(environment);
  const without = lacking.length > 1 ? "them" : "it";
  const brought = (variable) => (environment[variable] ? "as given" : "made, unless the Worker has one");
  tell(`
This would be done:
  1. Check the access to the Cloudflare account (wrangler whoami)
  2. Create the R2 bucket ${bucket} and the queue ${queue}, unless they exist
  3. Apply migrations/ to ${environment.TURSO_DATABASE_URL || "the database in TURSO_DATABASE_URL"}, those it lacks
  4. Deploy the Worker ${name}: ${kilobytes(all.gzip)} gzip, of which WASM ${kilobytes(wasm.gzip)} (${kilobytes(wasm.raw)} raw), with the secrets
     BETTER_AUTH_SECRET      ${brought("BETTER_AUTH_SECRET")}
     MEDIA_SIGNING_SECRET    ${brought("MEDIA_SIGNING_SECRET")}
     TURSO_AUTH_TOKEN        as given, or as the Worker has it
     REPLICATE_API_TOKEN     as given, or as the Worker has it
     REPLICATE_WEBHOOK_SECRET ${environment.REPLICATE_WEBHOOK_SECRET ? "as given" : "asked of Replicate"}
     FAL_KEY                 ${environment.FAL_KEY ? "as given" : "as the Worker has it, if it has one"}
  5. Wait until ${environment.BETTER_AUTH_URL || "BETTER_AUTH_URL"}/api/health answers

${
  lacking.length > 0
    ? `Not in the environment yet: ${list(lacking)}.
Without ${without} the deployment stops before step 2 (a token of Replicate's that the Worker has already will do).`
    : "Every variable is there."
}
Nothing was touched.`);
}

const list = (names) => new Intl.ListFormat("en").format(names);
