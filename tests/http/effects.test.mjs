// Every effect of a generation fails, one at a time and in every way, for real: two runs of cron later it has ended, no credit is lost, and no output
// that the host still had.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Sabotage, WAYS, hostProxy, startBehind } from "./support/faults.mjs";
import { Client, ask, auditMoney, until } from "./support/studio.mjs";

const MINUTE_MS = 60_000;
/** How long nothing may happen before everybody is done: nothing of the sandbox's takes longer at its speed. */
const QUIET_MS = 250;

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

/** Orders under a fault, has cron run twice, and judges what became of it. Gives the effects that there were. */
async function live(person, { order: { prompt, model }, unknowable }, at, way) {
  const sabotage = new Sabotage(at, way);
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
      if ((await row(id)).finishedAt !== null && hosts.open() === 0) return true;
      return hosts.open() === 0 && Date.now() - sabotage.lastMs > QUIET_MS && !(await runsOf(id)).some(({ open }) => open);
    }, `quiet: ${what}`);
  await quiet();
  for (const minutes of [1, 95]) {
    await stack.runCron({ at: Date.now() + minutes * MINUTE_MS });
    await quiet();
  }
  stack.proxy.break(undefined);
  hosts.break(undefined);
  const { status, charged, price, finishedAt, failureCode, failureDetail } = await row(id);
  const end = `${what} (${sabotage.effects[at - 1]}): ${status} ${failureCode} ${failureDetail}`;
  assert.notEqual(finishedAt, null, end);
  const runs = await runsOf(id);
  assert.ok(runs.length <= 1, `${end}: ${runs.length} runs`);
  const knowable = !unknowable?.(sabotage.effects[at - 1], way);
  if (knowable && runs.some(({ succeeded }) => succeeded)) assert.equal(status, "succeeded", end);
  assert.equal(charged, status === "succeeded" ? price : 0, end);
  assert.deepEqual(await person.credits(), { available: available - charged, held: 0 }, end);
  if (at === 0) assert.equal(status, "succeeded", end);
  return sabotage.effects;
}

const SCENES = [
  { name: "Replicate", vars: { FAL_KEY: "" }, order: { model: "flux-schnell", prompt: "a lighthouse" } },
  { name: "Replicate, whose message is lost", vars: { FAL_KEY: "" }, order: { model: "flux-schnell", prompt: "a lighthouse, lost webhook" } },
  { name: "fal", vars: { REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" }, order: { model: "flux-schnell", prompt: "a lighthouse" } },
  { name: "fal, whose message is lost", vars: { REPLICATE_API_TOKEN: "", REPLICATE_WEBHOOK_SECRET: "" }, order: { model: "flux-schnell", prompt: "a lighthouse, lost webhook" },
    // Two faults at once: neither the answer to the order nor the message ever came, and fal keeps no list. Nobody can know of the run, and nothing is charged.
    unknowable: (effect, way) => way === "lose reply" && effect === "POST /fal/queue/fal-ai/flux/schnell" },
  { name: "a host that answers with the result", vars: {}, order: { model: "gpt-image-1.5", prompt: "a lighthouse" } },
  { name: "two hosts", vars: {}, order: { model: "flux-schnell", prompt: "a lighthouse" } },
];

for (const scene of SCENES) {
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

    for (const way of WAYS) {
      test(`${way}, at each effect in turn`, async () => {
        for (let at = 1; at <= effects.length; at++) await live(person, scene, at, way);
        await auditMoney(stack);
      });
    }
  });
}
