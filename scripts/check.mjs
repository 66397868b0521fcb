import { enter } from "./lib/enter.mjs";

enter(() => import("./commands/check.mjs"));
