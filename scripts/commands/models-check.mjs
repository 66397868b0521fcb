// `npm run models:check`: the catalogue beside the schemas that model hosts publish.
import { operatorCommand } from "../lib/operator.mjs";

export const { tasks, main } = operatorCommand("models", "check");
