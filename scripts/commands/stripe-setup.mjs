// `npm run stripe:setup`: makes what is sold known to Stripe. `-- --dry-run` only shows what it would do, `-- --live` means real money.
import { operatorCommand } from "../lib/operator.mjs";

export const { tasks, main } = operatorCommand("stripe", "setup");
