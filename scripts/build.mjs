// What wrangler runs before it bundles (`[build]` in wrangler.toml): the Worker and the page.
import { enter } from "./lib/enter.mjs";

if (process.env.ATELIER_BUILT) process.exit(0);
enter(() => import("./commands/build.mjs"));
