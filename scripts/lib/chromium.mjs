// A Chromium for the tests of the page: the machine's own, or Debian's package where we may install it.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { logs } from "./paths.mjs";
import { run } from "./processes.mjs";
import { say } from "./say.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** What one can do where it cannot be installed for one. */
export const HOW_TO_INSTALL = "Install Chromium or Chrome (Debian: apt-get install chromium), or set CHROMIUM to its path.";

/** The path of a Chromium, or undefined. CHROMIUM decides if it is set. */
export function findChromium() {
  if (process.env.CHROMIUM) return existsSync(process.env.CHROMIUM) ? process.env.CHROMIUM : undefined;
  const places = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...places, MAC].find((path) => existsSync(path));
}

/** @type {import("./tasks.mjs").Task} */
export const chromium = {
  title: "Chromium, for the tests of the page",
  usual: 60,
  needed: () => !findChromium() && mayInstall(),
  async run() {
    const log = join(logs, "chromium.log");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const update = await run("apt-get", ["update"], { env, log });
    const install = await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"], { env, log });
    // Without it the tests of the page are skipped, and said to be: everything else can go on.
    if (install.code !== 0) say(`      Chromium could not be installed (apt-get: ${update.code}, ${install.code}; log .atelier/logs/chromium.log).`);
  },
};

function mayInstall() {
  return process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}
