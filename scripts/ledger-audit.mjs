import { enter } from "./lib/enter.mjs";

enter(() => import("./commands/ledger-audit.mjs"));
