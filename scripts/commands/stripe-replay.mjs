// `npm run stripe:replay -- --undelivered`: plays events of Stripe's to the studio again. Also `--since 3d` and `--event evt_…`.
import { operatorCommand } from "../lib/operator.mjs";

export const { tasks, main } = operatorCommand("stripe", "replay");
