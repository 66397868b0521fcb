// A Worker whose configuration is incomplete refuses to serve.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startStudio } from "./support/studio.mjs";

test("without a secret, or with a short one, every route answers 503", async () => {
  const stack = await startStudio();
  try {
    assert.equal((await fetch(`${stack.url}/api/health`)).status, 200);
    const broken = ["BETTER_AUTH_SECRET", "MEDIA_SIGNING_SECRET", "REPLICATE_WEBHOOK_SECRET", "BETTER_AUTH_URL", "TURSO_DATABASE_URL"];
    for (const [name, value] of [...broken.map((name) => [name, ""]), ["BETTER_AUTH_SECRET", "short"], ["MEDIA_SIGNING_SECRET", "short"], ["STARTING_CREDITS", "many"]]) {
      await stack.reload({ [name]: value });
      for (const path of ["/api/health", "/api/models", "/api/auth/get-session", "/api/generations", "/media/x?exp=1&sig=x"]) {
        const answer = await fetch(stack.url + path);
        const body = await answer.json();
        assert.deepEqual([name, path, answer.status, body.code, Object.keys(body).includes("detail")], [name, path, 503, "unavailable", false]);
      }
      assert.ok(stack.log.some((line) => line.includes("misconfigured") && line.includes(name)), `the log names ${name}`);
    }
    // One model host is enough, whichever it is; none is too few.
    const hosts = { REPLICATE_API_TOKEN: "", FAL_KEY: "", OPENAI_API_KEY: "" };
    for (const kept of Object.keys(hosts)) {
      await stack.reload({ ...hosts, [kept]: stack.secrets[kept] });
      const { models } = await (await fetch(`${stack.url}/api/models`)).json();
      assert.ok(models.length > 0, kept);
    }
    await stack.reload(hosts);
    assert.equal((await fetch(`${stack.url}/api/health`)).status, 503);
    assert.ok(stack.log.some((line) => line.includes("misconfigured") && line.includes("REPLICATE_API_TOKEN")));
    await stack.reload();
    assert.equal((await fetch(`${stack.url}/api/health`)).status, 200);
  } finally {
    await stack.stop();
  }
});
