// `npm run ledger:audit`: asks every invariant of the ledger. `-- --rebuild` first sets balances to what the entries say.
import { operatorCommand } from "../lib/operator.mjs";

export const { tasks, main } = operatorCommand("ledger", "audit");
