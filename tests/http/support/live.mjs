// A listener to the feed, by hand: one that shows why it was refused, and with what it was closed as soon as that is said.
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { until } from "./studio.mjs";

/**
 * Asks for a WebSocket; null takes a header away.
 * @returns {Promise<{status: number, socket?: import("node:net").Socket, head?: Buffer, body?: any}>}
 */
function upgrade(stack, path, { cookie, origin = stack.url, upgrade = "websocket", headers = {} }) {
  const asking = upgrade ? { connection: "upgrade", upgrade, "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64") } : {};
  const sent = Object.entries({ ...asking, cookie, origin, ...headers }).filter(([, value]) => value !== undefined && value !== null);
  return new Promise((resolve, reject) => {
    const asked = request(stack.url + path, { headers: Object.fromEntries(sent) });
    asked.on("upgrade", (_, socket, head) => resolve({ status: 101, socket, head }));
    asked.on("response", async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode, body: body ? JSON.parse(body) : undefined });
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** What a handshake is answered; one that is taken is dropped at once. */
export async function handshake(stack, options = {}) {
  const { socket, ...answer } = await upgrade(stack, "/api/live", options);
  socket?.destroy();
  return answer;
}

/** Opens the feed, and waits until everything is heard. */
export async function listen(person, after, options = {}) {
  const path = `/api/live${after === undefined ? "" : `?after=${after}`}`;
  const { status, socket, head, body } = await upgrade(person.stack, path, { cookie: person.cookie, ...options });
  if (!socket) throw new Error(`the feed answered ${status} ${JSON.stringify(body)}`);
  const ear = new Ear(socket, head);
  await ear.hello();
  return ear;
}

const [TEXT, BINARY, CLOSE] = [1, 2, 8];

/** One connection to the feed, and everything that it said. */
class Ear {
  frames = [];
  /** What the server ended it with, if it did; 1006: without a word. */
  code;
  constructor(socket, head) {
    this.socket = socket;
    let rest = Buffer.alloc(0);
    const take = (data) => {
      rest = Buffer.concat([rest, data]);
      for (let frame; (frame = read(rest)); rest = rest.subarray(frame.end)) this.#take(frame);
    };
    const over = (code) => (this.code ??= code);
    socket.on("data", take);
    socket.on("error", () => over(1006));
    socket.on("close", () => over(1006));
    take(head);
  }
  #take({ opcode, payload }) {
    if (opcode === TEXT) this.frames.push(payload.toString());
    if (opcode !== CLOSE || this.code) return;
    this.code = payload.length > 1 ? payload.readUInt16BE() : 1005;
    this.#write(CLOSE, payload);
    this.socket.end();
  }
  #write(opcode, payload) {
    const long = payload.length > 125;
    const head = Buffer.from([0x80 | opcode, 0x80 | (long ? 127 : payload.length)]);
    const size = Buffer.alloc(long ? 8 : 0);
    if (long) size.writeBigUInt64BE(BigInt(payload.length));
    // A mask of zeros changes nothing.
    this.socket.write(Buffer.concat([head, size, Buffer.alloc(4), payload]));
  }
  send(data) {
    if (typeof data === "string") this.#write(TEXT, Buffer.from(data));
    else this.#write(BINARY, Buffer.from(data));
  }
  get messages() {
    return this.frames.filter((data) => data !== "pong").map((data) => JSON.parse(data));
  }
  /** What was said of generations. */
  get news() {
    return this.messages.filter(({ generation }) => generation);
  }
  /** The number that was seen last. */
  get last() {
    return this.messages.at(-1)?.n;
  }
  /** The last of the greeting: from here on everything is heard. */
  hello() {
    return until(() => this.messages.find(({ generation }) => !generation), "the feed to greet");
  }
  /** States of a generation, as they were told, once the last of them is `last`. */
  async states(id, last) {
    const told = () => this.news.filter(({ generation }) => generation === id).map(({ status }) => status);
    await until(() => told().at(-1) === last, `${id} to be told ${last}`).catch((error) => {
      throw new Error(`${error.message}: ${told()}`);
    });
    return told();
  }
  /** Resolves when everything that was sent before has come: a pong comes after it. */
  async settled() {
    const pongs = () => this.frames.filter((data) => data === "pong").length;
    const before = pongs();
    this.send("ping");
    await until(() => pongs() > before, "a pong");
  }
  /** With what the server ended it. */
  get closed() {
    return until(() => this.code, "the end of a connection");
  }
  /** Leaves, as a page does. */
  async close() {
    this.#write(CLOSE, Buffer.from([3, 232]));
    await this.closed;
  }
}

/** The first frame of what came: a server's are not masked, and none of ours is split or longer than 64 KiB. */
function read(data) {
  if (data.length < 2) return undefined;
  const long = (data[1] & 127) === 126;
  if (long && data.length < 4) return undefined;
  const [start, length] = long ? [4, data.readUInt16BE(2)] : [2, data[1] & 127];
  const end = start + length;
  return data.length < end ? undefined : { opcode: data[0] & 15, payload: data.subarray(start, end), end };
}
