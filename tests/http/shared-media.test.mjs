// What a link does not tell, the file behind it does not tell either.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { randomPng, takeApart } from "./support/files.mjs";
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
  assert.equal(bare.outputs[0].bytes, undefined, "its length with the recipe would tell how long that is");
  const marked = createHash("md5").update(await bytes(generation.outputs[0].url)).digest("hex");
  const tag = (await fetch(stack.url + url)).headers.get("etag");
  assert.ok(tag.length > 20 && !tag.includes(marked), "a hash of the recipe would tell whether a guess is right");
  assert.ok(file.length > 1000 && !file.includes(WORD));
  for (const other of [url.replace("&w=plain", ""), url.replace("&w=plain", "&w=640"), url.replace("&w=plain", "").concat("&plain")]) {
    assert.equal((await fetch(stack.url + other)).status, 403, other);
  }
});

test("without the recipe it is bare however long it is", async () => {
  const person = await new Client(stack).signUp();
  const { body: upload } = await person.post("/api/uploads", {});
  assert.equal((await fetch(stack.url + upload.putUrl, { method: "PUT", body: randomPng(2600, 2400, 100) })).status, 201);
  const { generation } = await person.make(undefined, { model: "real-esrgan", image: upload.id, scale: 2 });
  assert.equal(generation.status, "succeeded", JSON.stringify(generation.failure));
  const [output] = generation.outputs;
  assert.ok(output.bytes > 17 * 1024 * 1024, `${output.bytes} bytes are too few for this test`);
  const { body: share } = await person.post(`/api/generations/${generation.id}/shares`, { recipe: false });
  const { body: work } = await new Client(stack).get(`/api/shared/${share.link.split("/s/")[1]}`);
  const answer = await fetch(stack.url + work.outputs[0].url);
  assert.deepEqual([answer.status, answer.headers.get("content-type"), answer.headers.get("accept-ranges")], [200, "image/png", "none"]);
  const [marked, bare] = [takeApart(Buffer.from(await (await fetch(stack.url + output.url)).arrayBuffer())), takeApart(Buffer.from(await answer.arrayBuffer()))];
  assert.deepEqual([marked.packets.length, bare.packets.length, bare.size], [1, 0, [output.width, output.height]]);
  assert.ok(bare.pixels.equals(marked.pixels));
  const again = (headers, method = "GET") => fetch(stack.url + work.outputs[0].url, { method, headers });
  assert.equal((await again({ "if-none-match": answer.headers.get("etag") })).status, 304);
  assert.equal((await again({}, "HEAD")).status, 200);
  // Who goes away in the middle keeps nothing busy.
  const part = await again({});
  await part.body.getReader().read();
  await part.body.cancel().catch(() => {});
  assert.equal((await again({ range: "bytes=0-1" })).status, 200, "parts are not told apart");
});
