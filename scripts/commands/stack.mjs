// `npm run stack`: the studio as in production, on this machine, for whoever wants to test or measure it.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { portNumber } from "../lib/ports.mjs";
import { stoppingIsSuccess } from "../lib/processes.mjs";
import { Problem, tell } from "../lib/say.mjs";
import { toolchain } from "../lib/setup.mjs";
import { stackTasks, startStack } from "../lib/stack.mjs";
import { parseVars } from "../lib/vars.mjs";

const HELP = `npm run stack -- [--port P] [--json] [--vars FILE] [--data DIR] [--dev-build]
                 [--sqld-port P] [--database-url-for-worker URL] [--cron SECONDS]

  --port       of the studio; else a free one
  --json       one line of JSON when ready, and nothing else on stdout
  --vars       JSON or NAME=value lines that override the Worker's variables; an empty value takes one away
  --data       where data lies and stays; else it is removed at the end
  --dev-build  the Worker as npm run dev builds it
  --cron       runs the scheduled handler this often; else only when cronUrl is asked`;

function options(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        port: { type: "string" },
        json: { type: "boolean", default: false },
        vars: { type: "string" },
        data: { type: "string" },
        "dev-build": { type: "boolean", default: false },
        "sqld-port": { type: "string" },
        "database-url-for-worker": { type: "string" },
        cron: { type: "string" },
      },
    });
    return {
      json: values.json,
      cron: Number(values.cron ?? 0),
      stack: {
        port: values.port && portNumber(values.port, "--port"),
        sqldPort: values["sqld-port"] && portNumber(values["sqld-port"], "--sqld-port"),
        vars: values.vars && parseVars(values.vars),
        data: values.data && resolve(values.data),
        devBuild: values["dev-build"],
        databaseUrlForWorker: values["database-url-for-worker"],
      },
    };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(`${error.message}\n\n${HELP}`);
  }
}

export const tasks = (argv) => [...toolchain, ...stackTasks(options(argv).stack)];

export async function main(argv) {
  const { json, cron, stack: wanted } = options(argv);
  const stack = await startStack(wanted);
  if (cron > 0) setInterval(() => stack.runCron().catch(() => {}), cron * 1000);
  const { url, databaseUrl, sandboxUrl, mailboxUrl, cronUrl, secrets } = stack;
  if (json) {
    tell(JSON.stringify({ url, databaseUrl, sandboxUrl, mailboxUrl, cronUrl, secrets, pids: await stack.pids() }));
  } else {
    tell(`
  Studio     ${url}
  Mailbox    ${mailboxUrl}
  Database   ${databaseUrl}
  Vendors    ${sandboxUrl}   (simulated: Replicate, Google, Stripe, mail)
  Cron       ${cronUrl}

  Ctrl-C stops it.
`);
  }
  stoppingIsSuccess();
  await new Promise(() => {}); // until a signal
}
