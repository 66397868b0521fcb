// `npm run margin`: what models earn and cost. `-- --days 7` looks back as far, `-- --json` is for programs.
import { operatorCommand } from "../lib/operator.mjs";

export const { tasks, main } = operatorCommand("margin");
