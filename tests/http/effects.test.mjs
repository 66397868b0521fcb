// Every effect of a generation (on the database, hosts, R2, the queue, the feed) fails, one at a time and in every way, for real, and in most scenes the Worker is
// killed before each: two runs of cron later the generation has ended, no credit is lost, and no output that the host still had.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Sabotage, WAYS, canGo, hostProxy, startBehind } from "./support/faults.mjs";
import { Client, ask, auditMoney, until } from "./support/studio.mjs";

const MINUTE_MS = 60_000;
/** How long nothing may happen before everybody is done: nothing of the sandbox's takes longer at its speed. */
const QUIET_MS = 250;
/** So many effects at the end may come less often than without a fault: cron asks about what it does not find ended. */
const LATE = 3;

let stack;
let hosts;

before(async () => {
  hosts = await hostProxy();
  stack = await startBehind(hosts, 40, { STARTING_CREDITS: "100000" });
});
after(async () => {
  await stack?.stop();
  await hosts?.close();
});

const listOf = async (host, what) => (await (await fetch(`${stack.sandboxUrl}/sandbox/${host}/${what}`)).json())[what];
/** Messages that a host has yet to get rid of. */
const untaken = async () => (await (await fetch(`${stack.sandboxUrl}/sandbox/health`)).json()).messages;
const row = async (id) => (await ask(stack, `SELECT * FROM generation WHERE "id" = '${id}'`))[0];

/** The runs at the hosts for a generation, as far as a host says for whom it ran. */
async function runsOf(id) {
  const replicate = (await listOf("replicate", "predictions")).filter(({ webhook }) => webhook?.includes(id));
  const fal = (await listOf("fal", "requests")).filter(({ webhook }) => webhook?.includes(id));
  return [
    ...replicate.map(({ status }) => ({ open: ["starting", "processing"].includes(status), succeeded: status === "succeeded" })),
    ...fal.map(({ status, result }) => ({ open: status !== "COMPLETED", succeeded: result === 200 })),
  ];
}

/** Resolves when the Worker serves, also after it was killed. */
async function revived({ died }) {
  if (!died) return;
  await died;
  await stack.ready();
}

/** Runs cron, so many minutes from now. A run in which the Worker was killed is not one: the next begins when its lease is over. */
async function cron(sabotage, minutes) {
  const run = async () => {
    await revived(sabotage);
    await stack.runCron({ at: Date.now() + minutes * MINUTE_MS });
  };
  const before = sabotage.died;
  await run().catch(async (error) => {
    if (sabotage.died === before) throw error;
    await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
    await run();
  });
}

/** Orders under a fault, has cron run twice, and judges what became of it. Gives the effects that there were. */
async function live(person, { order: { prompt, model }, unknowable }, at, way, usual = 0) {
  const sabotage = new Sabotage(at, way, () => stack.kill("workerd"));
  const what = `${way ?? "nothing"} at ${at}`;
  stack.proxy.break((names) => sabotage.database(names));
  hosts.break((request) => sabotage.note(request));
  const { available } = await person.credits();
  const headers = { "idempotency-key": `${model}-${prompt}-${at}-${way}`.replaceAll(/[^a-z0-9-]/gi, "_") };
  // The client repeats its request until somebody answers, as the page does.
  const id = await until(async () => {
    const { status, body } = await person.order(prompt, { model }, headers).catch(() => ({}));
    return body?.generation?.id ?? (status === 502 ? body.generation : undefined);
  }, `an answer: ${what}`);
  const quiet = () =>
    until(async () => {
      if (hosts.open() > 0) return false;
      if ((await row(id)).finishedAt !== null) return true;
      return Date.now() - sabotage.lastMs > QUIET_MS && !(await runsOf(id)).some(({ open }) => open) && (await untaken()) === 0;
    }, `quiet: ${what}`);
  await quiet();
  for (const minutes of [1, 95]) {
    await cron(sabotage, minutes);
    await quiet();
  }
  await revived(sabotage);
  stack.proxy.break(undefined);
  hosts.break(undefined);
  const { status, charged, price, finishedAt, failureCode, failureDetail } = await row(id);
  const end = `${what} (${sabotage.effects[at - 1]}): ${status} ${failureCode} ${failureDetail}`;
  assert.notEqual(finishedAt, null, end);
  const runs = await runsOf(id);
  assert.ok(runs.length <= 1, `${end}: ${runs.length} runs`);
  const knowable = !unknowable?.(sabotage.effects.slice(0, at), way, sabotage.effects.slice(0, sabotage.begun));
  if (knowable && runs.some(({ succeeded }) => succeeded)) assert.equal(status, "succeeded", end);
  assert.equal(charged, status === "succeeded" ? price : 0, end);
  assert.deepEqual(await person.credits(), { available: available - charged, held: 0 }, end);
  if (at === 0) assert.equal(status, "succeeded", end);
  // What is timed may come once less often than without a fault; everything before that has to have gone wrong.
  const met = sabotage.effects.length >= at;
  assert.ok(met || at > usual - LATE, `${end}: there was no effect ${at} of ${usual}: ${sabotage.effects.join(", ")}`);
  if (met && way === "kill") assert.ok(sabotage.died, end);
  return sabotage.effects;
}

const FAL_ORDER = "POST /fal/queue/fal-ai/flux/schnell";

/** `killed`: the Worker is killed too, where a generation ends by message, by cron, by the queue. */
const SCENES = [
  { name: "Replicate", vars: { FAL_KEY: "" }, order: { model: "flux-schnell", prompt: "a lighthouse" } },
  { name: "Replicate, whose message is lost", killed: true, vars: { FAL_KEY: "" }, order: { model: "flux-schnell", prompt: "a lighthouse, lost webhook" } },
  { name: "fal", killed: true, vars: { REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" }, order: { model: "flux-schnell", prompt: "a lighthouse" } },
  { name: "fal, whose message is lost", killed: true, vars: { REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" }, order: { model: "flux-schnell", prompt: "a lighthouse, lost webhook" },
    // Two faults at once: the message never came, and the answer to the order was lost, or whoever had it died before it was noted. fal keeps no list: nobody can
    // know of the run, and nothing is charged.
    unknowable: (effects, way, begun) => (way === "lose reply" && effects.at(-1) === FAL_ORDER) || (way === "kill" && begun.includes(FAL_ORDER) && !effects.slice(0, -1).includes("R2 put run")) },
  { name: "a host that answers with the result", killed: true, vars: {}, order: { model: "gpt-image-1.5", prompt: "a lighthouse" } },
  { name: "two hosts", vars: {}, order: { model: "flux-schnell", prompt: "a lighthouse" } },
];

for (const { killed, ...scene } of SCENES) {
  describe(scene.name, () => {
    let person;
    let effects;

    before(async () => {
      await stack.reload(scene.vars);
      person = await new Client(stack).signUp();
    });

    test("without a fault it succeeds, before cron has to do anything or in its first run", async () => {
      effects = await live(person, scene, 0);
      assert.ok(effects.length >= 4, effects.join(", "));
    });

    for (const way of killed ? [...WAYS, "kill"] : WAYS) {
      test(`${way}, at each effect in turn`, async () => {
        for (const [n, effect] of effects.entries()) if (canGo(way, effect)) await live(person, scene, n + 1, way, effects.length);
        await auditMoney(stack);
      });
    }
  });
}
