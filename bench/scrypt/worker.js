// One scrypt per request, by the way that the path names. The answer is the key in hexadecimal, so that whoever measures can compare.
import { Buffer } from "node:buffer";
import { scrypt, scryptSync } from "node:crypto";
import module from "./scrypt.wasm";

const PASSWORD = "correct horse battery";
const OPTIONS = { N: 16384, r: 16, p: 1, maxmem: 128 * 16384 * 16 * 2 };
const BYTES = 64;

const { exports: wasm } = new WebAssembly.Instance(module);

const ways = {
  wasm(salt) {
    const [password, salted] = [Buffer.from(PASSWORD), Buffer.from(salt)];
    const at = wasm.buffer();
    new Uint8Array(wasm.memory.buffer, at).set([...password, ...salted]);
    wasm.derive(password.length, salted.length);
    return Buffer.from(wasm.memory.buffer, at, BYTES); // the memory has grown meanwhile
  },
  sync: (salt) => scryptSync(PASSWORD, salt, BYTES, OPTIONS),
  async: (salt) => new Promise((resolve, reject) => scrypt(PASSWORD, salt, BYTES, OPTIONS, (error, key) => (error ? reject(error) : resolve(key)))),
};

export default {
  async fetch(request) {
    const [, way, salt] = new URL(request.url).pathname.split("/");
    if (!Object.hasOwn(ways, way)) return new Response("no such way", { status: 404 });
    return new Response((await ways[way](salt)).toString("hex"));
  },
};
