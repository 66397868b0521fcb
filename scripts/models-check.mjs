import { enter } from "./lib/enter.mjs";

enter(() => import("./commands/models-check.mjs"));
