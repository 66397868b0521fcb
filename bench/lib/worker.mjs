// A Worker on workerd for measuring: the studio's settings without the store of files. With it Miniflare puts two Workers of its own
// before ours, in the same process, and what they take would be counted as ours.
import { join } from "node:path";
import { requirePackage, root } from "../../scripts/lib/paths.mjs";
import { HOST, freePort } from "../../scripts/lib/ports.mjs";
import { keepSignalHandlers, modulesIn } from "../../scripts/lib/workerd.mjs";
import { children } from "./proc.mjs";

/**
 * @typedef {object} Running
 * @property {string} url
 * @property {number} pid
 * @property {() => Promise<void>} stop
 *
 * @param {object} what
 * @param {string} what.folder the bundle: `index.js` and WASM
 * @param {string} what.data where R2 keeps its objects
 * @param {Record<string, string>} [what.vars]
 * @param {string[]} [what.flags] of compatibility
 * @returns {Promise<Running>}
 */
export async function startWorker({ folder, data, vars = {}, flags = [] }) {
  const { Miniflare, convertV4MiniflareOptions, Log, LogLevel } = requirePackage("miniflare");
  const port = await freePort();
  const others = new Set(children());
  const restore = keepSignalHandlers();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: HOST,
      port: 0,
      cf: false, // else it would ask the network where it is
      log: new Log(LogLevel.NONE),
      logRequests: false,
      resourcePersistencePath: data,
      handleStructuredLogs: () => {},
      workers: [
        {
          ...studioSettings(),
          compatibilityFlags: flags,
          name: "measured",
          rootPath: folder,
          modulesRoot: folder,
          modules: modulesIn(folder),
          bindings: vars,
          unsafeDirectSockets: [{ host: HOST, port }],
        },
      ],
    }),
  );
  await miniflare.ready;
  restore();
  const [pid] = children().filter((child) => !others.has(child));
  return { url: `http://${HOST}:${port}`, pid, stop: () => miniflare.dispose() };
}

function studioSettings() {
  const { unstable_getMiniflareWorkerOptions } = requirePackage("wrangler");
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"));
  const { modulesRules, bindings, assets, ...settings } = workerOptions;
  return settings;
}
