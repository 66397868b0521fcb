// The load: a fixed number of requests over a fixed number of connections, each sent when the one before it on its connection is answered.
import { Agent, request as send } from "node:http";

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} [headers]
 * @property {unknown} [json]
 * @property {string} [body] JSON that is written already
 *
 * @typedef {{status: number, headers: import("node:http").IncomingHttpHeaders, text: string, ms: number, at: number}} Answer
 *
 * @param {string} url
 * @param {number} connections
 */
export function client(url, connections) {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const ask = ({ method, path, headers = {}, json, body = json === undefined ? undefined : JSON.stringify(json) }) =>
    new Promise((resolve, reject) => {
      const about = body === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
      const begun = performance.now();
      const sent = send({ agent, hostname, port, method, path, headers: { ...about, ...headers } }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => {
          const at = performance.now();
          resolve({ status: response.statusCode, headers: response.headers, text, ms: at - begun, at });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  return {
    ask,
    /**
     * @param {number} count
     * @param {() => Request} next
     * @returns {Promise<Answer[]>}
     */
    async run(count, next) {
      const answers = [];
      let left = count;
      const connection = async () => {
        while (left-- > 0) answers.push(await ask(next()));
      };
      await Promise.all(Array.from({ length: connections }, connection));
      return answers;
    },
    close: () => agent.destroy(),
  };
}

/** Cookies of an answer, as a browser would send them back. */
export const cookiesOf = ({ headers }) => (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
