// A model host that takes every order at once and never works on it: what it was asked to call back is told to the bench, which then says
// what became of the orders. And the one file that all of them come to.
import { createHmac, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { HOST } from "../../scripts/lib/ports.mjs";

/** One pixel. */
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=", "base64");

export async function startHost() {
  /** Orders that nobody has taken, oldest first. */
  const orders = [];
  const server = createServer((request, response) => {
    if (request.method === "GET") return response.writeHead(200, { "content-type": "image/png", "content-length": PNG.length }).end(PNG);
    let text = "";
    request.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      const id = randomBytes(13).toString("hex");
      orders.push({ id, callback: JSON.parse(text).webhook });
      const body = JSON.stringify({ id, status: "starting", output: null, error: null });
      response.writeHead(201, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, HOST, resolve));
  const url = `http://${HOST}:${server.address().port}`;
  return {
    apiUrl: `${url}/v1`,
    orders,
    /**
     * The message that ends an order, as the host would send it.
     * @param {{id: string, callback: string}} order
     * @param {"succeeded" | "failed"} status
     * @param {string} secret
     * @returns {import("./load.mjs").Request}
     */
    message({ id, callback }, status, secret) {
      const ends = status === "succeeded" ? { output: [`${url}/one-pixel.png`], error: null } : { output: null, error: "it failed" };
      const json = { id, status, ...ends, version: "v", webhook: callback, metrics: { predict_time: 1.5 } };
      const [message, at] = [`msg_${id}${status}`, Math.floor(Date.now() / 1000)];
      const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
      const signature = createHmac("sha256", key).update(`${message}.${at}.${JSON.stringify(json)}`).digest("base64");
      const headers = { "webhook-id": message, "webhook-timestamp": String(at), "webhook-signature": `v1,${signature}` };
      return { method: "POST", path: new URL(callback).pathname, headers, json };
    },
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}
