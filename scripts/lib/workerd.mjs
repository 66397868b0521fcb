// The Worker on workerd, the runtime of production. Requests go straight to it: Miniflare only configures the runtime, stands in
// for R2 and the assets, and offers a door for the cron trigger on a port of its own.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { basename, join } from "node:path";
import { HOST } from "./ports.mjs";
import { requirePackage, root, toolEnvironment } from "./paths.mjs";
import { run } from "./processes.mjs";

const NAME = "atelier";
const ASK_EVERY_MS = 25;

/**
 * @param {object} what
 * @param {string} what.folder the bundle: `index.js` and WASM
 * @param {number} what.port
 * @param {string} what.data where R2 keeps its objects
 * @param {Record<string, string>} what.vars
 * @param {boolean} [what.durableObjects] false: without those of `wrangler.toml`
 * @param {string} [what.around] a module that stands around the Worker, whose `index.js` it imports from beside itself
 * @param {(level: string, message: string) => void} what.log gets the Worker's log and the runtime's
 */
export async function workerd({ folder, port, data, vars, log, durableObjects = true, around }) {
  Object.assign(process.env, quiet());
  const { Miniflare, convertV4MiniflareOptions, Log, LogLevel } = requirePackage("miniflare");
  const settings = await workerSettings();
  if (!durableObjects) delete settings.durableObjects;
  class RuntimeLog extends Log {
    log(message) {
      log("runtime", message);
    }
  }
  const options = (folder, vars) =>
    convertV4MiniflareOptions({
      host: HOST,
      port: 0,
      cf: false, // else it would ask the network where it is
      log: new RuntimeLog(LogLevel.WARN),
      logRequests: false,
      unsafeTriggerHandlers: true,
      resourcePersistencePath: data,
      handleStructuredLogs: ({ level, message }) => log(level, message),
      handleUncaughtError: (error) => log("error", String(error)),
      workers: [
        {
          ...settings,
          name: NAME,
          rootPath: folder,
          modulesRoot: folder,
          modules: around ? [beside(folder, around), ...modulesIn(folder)] : modulesIn(folder),
          bindings: vars,
          unsafeDirectSockets: [{ host: HOST, port }],
        },
      ],
    });
  const restore = keepSignalHandlers();
  const miniflare = new Miniflare(options(folder, vars));
  await miniflare.ready;
  restore();
  return {
    /** Runs the Worker's scheduled handler now, as the cron trigger does. */
    cronUrl: new URL("/cdn-cgi/local/scheduled?format=json", await miniflare.ready).href,
    /** Serves another build or other variables on the same ports. */
    reload: (folder, vars) => miniflare.setOptions(options(folder, vars)),
    pid: () => listenerOf(port),
    /** Resolves when it serves, also after it was killed: Miniflare starts it again. */
    ready: async () => {
      while (!(await accepts(port))) await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      await miniflare.ready;
    },
    stop: () => miniflare.dispose(),
  };
}

/** What `wrangler.toml` says about the Worker, in Miniflare's terms, so that it is said once. */
async function workerSettings() {
  const { unstable_getMiniflareWorkerOptions } = requirePackage("wrangler");
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"));
  const { modulesRules, bindings, ...settings } = workerOptions;
  return settings;
}

/** A bundle's modules: `index.js` and WASM. */
export function modulesIn(folder) {
  const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
  return [
    { type: "ESModule", path: join(folder, "index.js") },
    ...wasm.map((name) => ({ type: "CompiledWasm", path: join(folder, name) })),
  ];
}

/** A module as if it lay among a bundle's. */
const beside = (folder, path) => ({ type: "ESModule", path: join(folder, basename(path)), contents: readFileSync(path, "utf8") });

/** Miniflare's own handlers would end this process before the other parts have been stopped. */
export function keepSignalHandlers() {
  const before = ["SIGINT", "SIGTERM"].map((signal) => [signal, new Set(process.listeners(signal))]);
  return () => {
    for (const [signal, ours] of before) {
      for (const handler of process.listeners(signal)) {
        if (!ours.has(handler)) process.removeListener(signal, handler);
      }
    }
  };
}

/** wrangler and Miniflare read these when they are loaded: no metrics, no update check. */
function quiet() {
  return Object.fromEntries(Object.entries(toolEnvironment()).filter(([name]) => name.startsWith("WRANGLER_")));
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once("connect", () => resolve(socket.destroy() && true));
    socket.once("error", () => resolve(false));
  });
}

/** The process that listens on a port of this machine, or undefined. */
async function listenerOf(port) {
  if (process.platform !== "linux") {
    const { output } = await run("lsof", ["-nP", "-t", `-iTCP:${port}`, "-sTCP:LISTEN"]);
    return Number(output.trim().split("\n")[0]) || undefined;
  }
  const LISTENING = "0A";
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const sockets = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  const inode = sockets.find(([, local, , state]) => state === LISTENING && local.endsWith(`:${hexPort}`))?.[9];
  if (!inode) return undefined;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (filesOf(pid).some((file) => readable(() => readlinkSync(file)) === `socket:[${inode}]`)) return Number(pid);
  }
  return undefined;
}

/** What a process has open; nothing of another user's, or of one that has just ended. */
const filesOf = (pid) => (readable(() => readdirSync(`/proc/${pid}/fd`)) ?? []).map((fd) => `/proc/${pid}/fd/${fd}`);

/** What is read, or undefined: a busy process closes files while they are looked at. */
function readable(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}
