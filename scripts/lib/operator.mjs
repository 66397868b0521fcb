// The operator's tool as a command of npm's: built if it is not current, then run with the arguments and the environment as they are.
import { nativePrograms } from "./build.mjs";
import { nativeBinary } from "./paths.mjs";
import { start } from "./processes.mjs";
import { Problem } from "./say.mjs";

/**
 * @param {string[]} words which command of the tool
 * @returns {import("./enter.mjs").Command}
 */
export const operatorCommand = (...words) => ({
  tasks: () => [nativePrograms],
  main: (argv) =>
    new Promise((resolve, reject) => {
      // Straight to the terminal, or into whatever pipe there is: each stream stays what it is.
      const child = start(nativeBinary("atelier-operator"), [...words, ...argv], { stdio: ["ignore", "inherit", "inherit"] });
      child.on("error", (error) => reject(new Problem(`The operator's tool does not run: ${error.message}.`)));
      child.on("exit", (code) => resolve(code ?? 1));
    }),
});
