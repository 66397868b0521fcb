// Ports on this machine only: nothing that we start listens to the network.
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { Problem } from "./say.mjs";

/** The only address that anything listens on. */
export const HOST = "127.0.0.1";

/** Below the ports that systems give to outgoing connections, so that none of those takes it before it is used. */
const FIRST_FREE = 20_000;
const LAST_FREE = 31_999;

/** Where this process looks next: it begins somewhere by chance, so that two processes seldom meet, and goes on from there, so that it never gives one port to two. */
let next = randomInt(FIRST_FREE, LAST_FREE + 1);

/** A port that is free now. */
export async function freePort() {
  for (;;) {
    const port = next;
    next = port === LAST_FREE ? FIRST_FREE : port + 1;
    try {
      const server = await listen(port);
      await new Promise((resolve) => server.close(resolve));
      return port;
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw error;
    }
  }
}

/**
 * Throws a Problem if a port cannot be used.
 * @param {number} port
 * @param {string} remedy how to choose another
 */
export async function assertFree(port, remedy) {
  try {
    const server = await listen(port);
    await new Promise((resolve) => server.close(resolve));
  } catch (error) {
    if (error.code === "EADDRINUSE") {
      throw new Problem(`Port ${port} is in use: stop the program that uses it, or ${remedy}.`);
    }
    if (error.code === "EACCES") {
      throw new Problem(`Port ${port} may not be opened by this user: ${remedy}.`);
    }
    throw error;
  }
}

/** A port number from text, or a Problem. */
export function portNumber(text, name) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Problem(`${name} must be a port number between 1 and 65535, not "${text}".`);
  }
  return port;
}

function listen(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: HOST, exclusive: true }, () => resolve(server));
  });
}
