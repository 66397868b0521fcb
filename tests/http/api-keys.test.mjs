// What an API key may do is what the document says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, startStudio } from "./support/studio.mjs";

let stack;
before(async () => {
  stack = await startStudio();
});
after(() => stack?.stop());

test("every operation takes a key if the document says so, and else does not", async () => {
  const person = await new Client(stack).signUp();
  const { body } = await person.post("/api/keys", { name: "script" });
  assert.ok(body.key, JSON.stringify(body));
  const { paths } = (await person.get("/api/openapi.json")).body;
  const headers = { authorization: `Bearer ${body.key}`, origin: undefined };
  const holder = new Client(stack);
  const seen = { takes: 0, refuses: 0 };
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { operationId, security }] of Object.entries(operations)) {
      if (!security?.length) continue;
      const takes = security.some(({ key }) => key);
      const json = ["get", "delete"].includes(method) ? undefined : {};
      const { status } = await holder.send(method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, "0".repeat(26)), { json, headers });
      if (takes) assert.notEqual(status, 401, operationId);
      else assert.equal(status, 401, operationId);
      seen[takes ? "takes" : "refuses"] += 1;
    }
  }
  assert.ok(seen.takes > 15 && seen.refuses > 15, JSON.stringify(seen));
});
