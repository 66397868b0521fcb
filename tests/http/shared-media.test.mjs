// What a link does not tell, the file behind it does not tell either.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, startStudio } from "./support/studio.mjs";

const WORD = "zinnober7f3a";

let stack;
before(async () => {
  stack = await startStudio({ sandbox: ["--speed", "10"] });
});
after(() => stack?.stop());

test("without the recipe its file is bare, and no other address can be made of it", async () => {
  const person = await new Client(stack).signUp();
  const { generation } = await person.make(`a ${WORD} barn`, { outputFormat: "png" });
  const bytes = async (url) => Buffer.from(await (await fetch(stack.url + url)).arrayBuffer());
  assert.ok((await bytes(generation.outputs[0].url)).includes(WORD), "the owner's own says how it was made");
  const shown = async (recipe) => {
    const made = await person.post(`/api/generations/${generation.id}/shares`, { recipe });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const token = JSON.stringify(made.body).match(/\/s\/([A-Za-z0-9_.-]+)/)[1];
    const opened = await new Client(stack).get(`/api/shared/${token}`);
    assert.equal(opened.status, 200);
    return opened.body;
  };
  const open = await shown(true);
  assert.ok((await bytes(open.outputs[0].url)).includes(WORD));
  const bare = await shown(false);
  assert.ok(!JSON.stringify(bare).includes(WORD));
  const { url } = bare.outputs[0];
  const file = await bytes(url);
  assert.ok(file.length > 1000 && !file.includes(WORD));
  for (const other of [url.replace("&w=plain", ""), url.replace("&w=plain", "&w=640"), url.replace("&w=plain", "").concat("&plain")]) {
    assert.equal((await fetch(stack.url + other)).status, 403, other);
  }
});
