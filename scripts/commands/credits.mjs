// `npm run credits -- grant …` or `-- refund …`: credits by the operator's hand, each once for its key.
import { operatorCommand } from "../lib/operator.mjs";

export const { tasks, main } = operatorCommand("credits");
