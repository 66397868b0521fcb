// `node scripts/build.mjs`: the Worker and the page of production, if they are not current.
import { page, workerRelease } from "../lib/build.mjs";
import { toolchain } from "../lib/setup.mjs";

export const tasks = () => [...toolchain, page, workerRelease];

export async function main() {}
