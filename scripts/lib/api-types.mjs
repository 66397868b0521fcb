// The page's types of the API, generated from openapi.json and committed, so that a checkout is complete.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "./failures.mjs";
import { localNode, logs, modules, root, work } from "./paths.mjs";

const committed = join(root, "web", "src", "openapi.d.ts");

const generate = (file) =>
  must("The page's types of the API", localNode(), [join(modules, "openapi-typescript", "bin", "cli.js"), join(root, "openapi.json"), "-o", file], {
    log: join(logs, "api-types.log"),
  });

export const writeApiTypes = () => generate(committed);

/** Whether the committed types are what openapi.json says. */
export async function apiTypesAreCurrent() {
  const fresh = join(work, "openapi.d.ts");
  await generate(fresh);
  return existsSync(committed) && readFileSync(committed, "utf8") === readFileSync(fresh, "utf8");
}
