// `npm run check`: what is quick to know while one works: format, lints, types. `-- --fix` puts right what a tool can.
import { join } from "node:path";
import { writeApiTypes } from "../lib/api-types.mjs";
import { must } from "../lib/failures.mjs";
import { logs } from "../lib/paths.mjs";
import { runSteps } from "../lib/run-steps.mjs";
import { wasmTarget } from "../lib/setup.mjs";
import { steps } from "../lib/steps.mjs";

export const tasks = () => [wasmTarget];

export async function main(argv) {
  if (argv.includes("--fix")) {
    const log = join(logs, "fix.log");
    await must("cargo fmt", "cargo", ["fmt", "--all"], { log });
    await must("openapi.json", "cargo", ["test", "--locked", "--test", "openapi"], { log, env: { UPDATE: "1" } });
    await writeApiTypes();
  }
  return runSteps([steps.format, steps.clippy, steps.clippyWasm, steps.types, steps.apiTypes]);
}
