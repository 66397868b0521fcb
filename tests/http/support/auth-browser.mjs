// A client of /api/auth that sends exactly what it is told to: no header of its own making, cookies as a browser keeps them.
import { Agent, request } from "node:http";
import { randomInt } from "node:crypto";

/** The runtime closes a connection on which nothing has come for five seconds: before that it is not used any more. */
const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 3000 });

/** An address of the range for benchmarks, so that no two clients share a rate limit. */
export const someAddress = () => `198.${18 + randomInt(2)}.${randomInt(256)}.${1 + randomInt(254)}`;

/**
 * One exchange over HTTP/1.1.
 * @returns {Promise<{status: number, headers: Record<string, string>, cookies: string[], text: string, body: any}>}
 */
export function exchange(base, method, path, { headers = {}, body } = {}) {
  const { hostname, port } = new URL(base);
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const going = request(
      {
        agent,
        hostname,
        port,
        method,
        path,
        maxHeaderSize: 2 ** 20,
        headers: { ...sent, ...(body !== undefined && { "content-length": Buffer.byteLength(body) }) },
      },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const { "set-cookie": cookies = [], ...others } = response.headers;
          const isJson = others["content-type"]?.includes("json") && text !== "";
          resolve({ status: response.statusCode, headers: others, cookies, text, body: isJson ? JSON.parse(text) : text });
        });
      },
    );
    going.on("error", reject);
    going.end(body);
  });
}

/** A Set-Cookie header in parts. */
export function parseCookie(header) {
  const [pair, ...attributes] = header.split("; ");
  const at = pair.indexOf("=");
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes: attributes.join("; ") };
}

export class Browser {
  /** @param {{url: string, origin: string}} place */
  constructor(place, { address = someAddress(), headers = {} } = {}) {
    this.place = place;
    this.jar = new Map();
    this.headers = { "user-agent": "conformance/1", "cf-connecting-ip": address, ...headers };
  }
  get cookie() {
    return this.jar.size ? [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ") : undefined;
  }
  /** The same browser at another server of the same origin. */
  at(place) {
    const other = new Browser(place, { headers: this.headers });
    other.jar = this.jar;
    return other;
  }
  /** Any path; `headers` may take one away with undefined. */
  async send(method, path, { json, form, body, headers = {} } = {}) {
    const type = json !== undefined ? "application/json" : form !== undefined ? "application/x-www-form-urlencoded" : undefined;
    const text = json !== undefined ? JSON.stringify(json) : form !== undefined ? new URLSearchParams(form).toString() : body;
    const sent = { ...this.headers, origin: this.place.origin, cookie: this.cookie, "content-type": type, ...headers };
    const answer = await exchange(this.place.url, method, path, { headers: sent, body: text });
    for (const { name, value, attributes } of answer.cookies.map(parseCookie)) {
      if (attributes.startsWith("Max-Age=0")) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    return answer;
  }
  get = (path, options) => this.send("GET", `/api/auth${path}`, options);
  post = (path, json, options) => this.send("POST", `/api/auth${path}`, { json, ...options });
  /** A link from a mail, or where a reply leads: followed at this place, whatever its origin is called. */
  follow(address, options) {
    const url = new URL(address, this.place.origin);
    return this.send("GET", url.pathname + url.search, { ...options, headers: { origin: undefined, ...options?.headers } });
  }
}
