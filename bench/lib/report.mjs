// The figures as a person reads them.
import { verdict } from "./statistics.mjs";

const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const range = ({ q1, q3 }, show) => `[${show(q1)}–${show(q3)}]`;
const both = (summary, show) => `${show(summary.median)} ${range(summary, show)}`;
const times = (value) => value.toFixed(2);
const whole = (value) => value.toFixed(0);

/** @param {Awaited<ReturnType<typeof import("../../scripts/commands/bench.mjs").measureAll>>} results */
export function report({ machine, settings, routes, hashes, memory, ledger, seconds }) {
  return [
    `Measured on ${machine.cpu}, ${machine.cores} cores, load average ${machine.loadBefore} before and ${machine.loadAfter} after;`,
    `workerd ${machine.workerd}, better-auth ${machine.betterAuth}, ${routes ? `${settings.rounds} rounds in turns, ` : ""}${Math.round(seconds)} s.`,
    "Figures are medians [quartiles]; a ratio is that of each round, then their median. «level»: within the noise of better-auth beside itself.",
    ...(routes
      ? ["", ...routesTable(routes), "", ...sessionTable(routes.filter(({ route }) => route === "get-session")), "", ...hashesTable(hashes), "", ...memoryTable(memory)]
      : []),
    ...(ledger ? ["", ...ledgerTable(ledger)] : []),
  ].join("\n");
}

function routesTable(routes) {
  const head = ["CPU of workerd, ms per request", "conn.", "Atelier", "better-auth", "bare", "Atelier / better-auth", "", "better-auth / itself"];
  const rows = routes.map(({ route, connections, cpuMs, cpuRatioToPeer: to }) => [
    route,
    String(connections),
    both(cpuMs.atelier, ms),
    both(cpuMs.peer, ms),
    both(cpuMs.bare, ms),
    both(to.atelier, times),
    verdict(to.atelier, to.peerAgain),
    both(to.peerAgain, times),
  ]);
  return table([head, ...rows]);
}

function sessionTable(routes) {
  const head = ["get-session in other ways", "conn.", "ms per request", "/ better-auth"];
  const ways = { peerPerRequest: "better-auth made anew for each request", stacked: "Atelier behind Miniflare's store of files" };
  const row = ({ connections, cpuMs, cpuRatioToPeer }, way) => [
    ways[way],
    String(connections),
    both(cpuMs[way], ms),
    both(cpuRatioToPeer[way], times),
  ];
  return table([head, ...Object.keys(ways).flatMap((way) => routes.map((route) => row(route, way)))]);
}

function hashesTable({ runs, cpuMs, wallMs, cpuRatioOfWasmTo: to }) {
  const row = (name, way) => [name, both(cpuMs[way], ms), ms(cpuMs[way].min), both(wallMs[way], ms)];
  const head = [`scrypt N=16384 r=16 p=1, ${runs} runs in turns`, "CPU, ms", "least", "wall, ms"];
  const rows = [row("our WASM", "wasm"), row("node:crypto scryptSync", "sync"), row("node:crypto scrypt", "async")];
  return [
    ...table([head, ...rows]),
    `  our WASM / scryptSync ${both(to.sync, times)}, / scrypt ${both(to.async, times)}; noise (scrypt / scryptSync, the same code) ${both(to.noise, times)}; all bytes agree.`,
  ];
}

function memoryTable({ parallel, rounds, oneHashMiB, atelier, peer, peakRatioToPeer }) {
  const row = (name, one) => [
    name,
    `${whole(one.peakMiB.median)} [${whole(one.peakMiB.min)}–${whole(one.peakMiB.max)}]`,
    `${whole(one.riseMiB.median)} [${whole(one.riseMiB.min)}–${whole(one.riseMiB.max)}]`,
    String(one.failed),
    times(one.cores.median),
    whole(one.firstMs.median),
    whole(one.lastMs.median),
  ];
  const head = [`${parallel} sign-ins at once, ${rounds}× in a fresh workerd`, "peak RSS, MiB [range]", "rise over one sign-in, MiB", "failed"];
  return [
    ...table([[...head, "cores used", "first answer, ms", "last"], row("Atelier", atelier), row("better-auth", peer)]),
    `  Atelier / better-auth: peak ${times(peakRatioToPeer.median)} [${times(peakRatioToPeer.min)}–${times(peakRatioToPeer.max)}]. ${parallel} hashes at once would need ${parallel * oneHashMiB} MiB and more than one core; one at a time needs ${oneHashMiB} MiB and one.`,
  ];
}

function ledgerTable({ rounds, count, people, results }) {
  const head = [`the ledger, ${rounds} × ${count} of ${people} people`, "by the", "conn.", "per second", "ms p50", "p95", "p99", "CPU of workerd, ms", "CPU of sqld, ms"];
  const rows = results.map(({ operation, by, connections, perSecond, ms: wall, cpuMs }) => [
    operation,
    by,
    String(connections),
    both(perSecond, whole),
    ...[wall.p50, wall.p95, wall.p99].map(ms),
    cpuMs.worker ? both(cpuMs.worker, ms) : "",
    both(cpuMs.database, ms),
  ]);
  return table([head, ...rows]);
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map(([first, ...rest]) => `  ${first.padEnd(widths[0])}  ${rest.map((cell, i) => cell.padStart(widths[i + 1])).join("  ")}`);
  return lines.map((line) => line.trimEnd());
}
