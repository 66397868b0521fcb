import { enter } from "./lib/enter.mjs";

enter(() => import("./commands/bench.mjs"));
