// What the machine must have, checked before anything is fetched or built.
import { run } from "./processes.mjs";
import { Problem } from "./say.mjs";

const OLDEST_RUST = [1, 95];

/** Throws the first thing that is missing. */
export async function checkMachine() {
  if (process.platform === "win32") {
    throw new Problem("Atelier's tools run on Linux and macOS; on Windows, use the Windows Subsystem for Linux.");
  }
  const [cargo, rustc, cc, npm] = await Promise.all([
    run("cargo", ["--version"]),
    run("rustc", ["--version"]),
    run("cc", ["--version"]),
    run("npm", ["--version"]),
  ]);
  if (cargo.code !== 0 || rustc.code !== 0) {
    throw new Problem("Rust is missing (`cargo` does not run): install it with rustup, then start again.");
  }
  const [, major, minor] = /rustc (\d+)\.(\d+)/.exec(rustc.output) ?? [];
  if (Number(major) === OLDEST_RUST[0] && Number(minor) < OLDEST_RUST[1]) {
    throw new Problem(`Rust ${major}.${minor} is too old, ${OLDEST_RUST.join(".")} is needed: run \`rustup update stable\`, then start again.`);
  }
  if (cc.code !== 0) {
    const how = process.platform === "darwin" ? "`xcode-select --install`" : "the package `build-essential` or `gcc`";
    throw new Problem(`A C compiler is missing (\`cc\` does not run): install ${how}, then start again.`);
  }
  if (npm.code !== 0) {
    throw new Problem("npm is missing: install it beside Node, then start again.");
  }
}
