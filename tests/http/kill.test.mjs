// SIGKILL of the database or of the runtime, at any point of a generation: no credit and no picture is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, ask, auditMoney, startStudio, until } from "./support/studio.mjs";

/** After so many of these statements have been seen, the part dies. Together they are every point at which a generation touches the database. */
const POINTS = ["GENERATION_INSERT", "GENERATION_PROGRESS", "GENERATION_SUCCEED"];

test("killed at every point, and started again", async () => {
  const stack = await startStudio();
  try {
    const person = await new Client(stack).signUp();
    let expected = 50;
    for (const part of ["sqld", "workerd"]) {
      for (const point of POINTS) {
        for (const moment of ["before", "after"]) {
          let died;
          stack.proxy.break((names) => {
            if (died || !names.includes(point)) return undefined;
            died = stack.kill(part);
            return moment === "before" ? "lose request" : "lose reply";
          });
          const key = `${part} ${point} ${moment}`.replaceAll(" ", "-");
          // The client repeats its request until it has an answer, as the page does.
          const id = await until(async () => {
            try {
              const { status, body } = await person.order(`a ship, ${key}`, {}, { "idempotency-key": key });
              return status === 202 ? body.generation.id : undefined;
            } catch {
              return undefined;
            }
          }, `an answer for ${key}`);
          await until(async () => died !== undefined, `${part} to die at ${point}`);
          await died;
          stack.proxy.break(undefined);
          await stack.ready();
          const runs = async () => (await (await fetch(`${stack.sandboxUrl}/sandbox/replicate/predictions`)).text()).includes(id);
          const generation = await until(async () => {
            await ask(stack, `UPDATE generation SET "checkAt" = 0 WHERE "finishedAt" IS NULL`);
            await ask(stack, `UPDATE lease SET "expiresAt" = 0`);
            await stack.runCron().catch(() => {});
            const { body } = await person.get(`/api/generations/${id}`).catch(() => ({}));
            if (body?.generation?.finishedAt) return body.generation;
            // Killed between the row and the host: five minutes later nobody expects the order to arrive any more.
            if (body?.generation && !(await runs())) await ask(stack, `UPDATE generation SET "sentAt" = "sentAt" - 360000 WHERE "id" = '${id}' AND "sentAt" > ${Date.now() - 300_000}`);
            return undefined;
          }, `${key} to end`);
          if (!(await runs())) {
            assert.deepEqual([key, generation.status, generation.charged], [key, "expired", 0]);
            assert.deepEqual(await person.credits(), { available: expected, held: 0 }, key);
            continue;
          }
          assert.equal(generation.status, "succeeded", `${key}: ${JSON.stringify(generation.failure)}`);
          const picture = await fetch(stack.url + generation.outputs[0].url);
          assert.deepEqual([picture.status, (await picture.arrayBuffer()).byteLength], [200, generation.outputs[0].bytes], key);
          expected -= 1;
          assert.deepEqual(await person.credits(), { available: expected, held: 0 }, key);
        }
      }
    }
    await auditMoney(stack);
  } finally {
    await stack.stop();
  }
});
