#!/usr/bin/env node
// esbuild for worker-build, which does not know that workerd serves `node:` modules itself.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const esbuild = createRequire(import.meta.url).resolve("esbuild/bin/esbuild");
const { status } = spawnSync(process.execPath, [esbuild, "--external:node:*", ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
