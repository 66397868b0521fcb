// A proxy before the database that counts: every request of the Worker's is one round trip. It can also lose requests and replies, keep
// them waiting, and answer as a server that is busy.
import { createServer, request as httpRequest } from "node:http";

/** @param {number} port of the database */
export async function countingProxy(port) {
  /** Names of the statements of each request, in order: every statement's text begins with its name. */
  const trips = [];
  let fault;
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const server = createServer((incoming, outgoing) => {
    const chunks = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", async () => {
      const body = Buffer.concat(chunks);
      const names = [...body.toString().matchAll(/"-- ([A-Z_]+)\\n/g)].map(([, name]) => name);
      trips.push(names);
      const wrong = await fault?.(names);
      if (wrong === "lose request") return incoming.socket.destroy();
      if (wrong === "throttle") return outgoing.writeHead(429).end("Too many concurrent requests");
      if (wrong?.waitMs) await pause(wrong.waitMs);
      const onward = httpRequest({ port, host: "127.0.0.1", method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
        if (wrong === "lose reply") return answer.resume().on("end", () => incoming.socket.destroy());
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => incoming.socket.destroy());
      onward.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    trips,
    /** Round trips that `deed` makes by itself: those of webhooks and cron that happen meanwhile are told apart by their statements. */
    async count(deed, mine = (names) => !names.some((name) => /^(GENERATION_(COST|PROGRESS|SAVING|SUCCEED|FAIL)|LEASE_|TURN_TAKE|ORPHANS)/.test(name))) {
      const before = trips.length;
      const result = await deed();
      return { result, trips: trips.slice(before).filter(mine).length };
    },
    /** What goes wrong: called with a request's statements, gives "lose request", "lose reply", "throttle", `{waitMs}` or nothing, or a promise of these. */
    break(with_) {
      fault = with_;
    },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}
