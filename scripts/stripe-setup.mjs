import { enter } from "./lib/enter.mjs";

enter(() => import("./commands/stripe-setup.mjs"));
