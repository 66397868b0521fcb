// What is served at /media: pictures that say how they came to be, small copies, parts of films. Never a request to the database.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { said, takeApart } from "./support/files.mjs";
import { Client, ask, startStudio, traffic, until } from "./support/studio.mjs";

const PROMPT = `a "red" <fox> & friends,\nin the snow, so schön`;
const SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype";

let stack;
let person;
/** One generation of each format, and one each of a cut-out, a film, an edit of a picture that was brought. */
const made = {};

const fetched = async (path, headers = {}, method = "GET") => {
  const { result, trips } = await stack.proxy.count(() => fetch(stack.url + path, { headers, method }));
  assert.equal(trips, 0, `${path} asked the database`);
  return { status: result.status, headers: result.headers, bytes: Buffer.from(await result.arrayBuffer()) };
};
const output = (name) => made[name].outputs[0];
const bring = async (bytes) => {
  const { body } = await person.post("/api/uploads", {});
  const response = await fetch(stack.url + body.putUrl, { method: "PUT", body: bytes });
  assert.equal(response.status, 201);
  return response.json();
};
const mac = (key, ...parts) => createHmac("sha256", key).update(parts.join("")).digest();
/** An address as the studio signs it: its secret is known here, so that what lies in storage can be looked at. */
const signed = (key, width) => {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const signing = mac(stack.secrets.MEDIA_SIGNING_SECRET, "atelier:media:1", "\x01");
  const parts = width ? [key, "\n", exp, "\n", width] : [key, "\n", exp];
  return `/media/${key}?exp=${exp}${width ? `&w=${width}` : ""}&sig=${mac(signing, ...parts).toString("base64url")}`;
};
/** How many small copies were made so far. */
const copies = () => stack.log.filter((line) => line.includes('"copy.made"')).length;

before(async () => {
  stack = await startStudio({ sandbox: ["--speed", "6"] });
  person = await new Client(stack).signUp();
  const granted = await stack.runOperator(["credits", "grant", "--user", person.user.id, "--credits", "2000", "--kind", "goodwill", "--key", "media"]);
  assert.equal(granted.code, 0, granted.output);
  const { models } = (await person.get("/api/models")).body;
  const of = (kind) => models.find((model) => model.kind === kind).id;
  const make = async (name, prompt, more) => (made[name] = (await person.make(prompt, more)).generation);
  await Promise.all(["png", "jpg", "webp"].map((format) => make(format, PROMPT, { outputFormat: format, aspectRatio: "16:9", seed: 7 })));
  made.brought = await bring((await fetched(`${output("png").url}&plain`)).bytes);
  const image = made.brought.id;
  await Promise.all([
    make("cut", undefined, { model: of("remove-background"), image }),
    make("edit", "as a woodcut", { model: "flux-kontext-pro", image }),
    make("film", "waves", { model: of("text-to-video"), duration: 2 }),
  ]);
  await make("again", "in blue", { model: "flux-kontext-pro", image: `${made.edit.id}/0` });
});
after(() => stack?.stop());

describe("how it came to be", () => {
  for (const format of ["png", "jpg", "webp"]) {
    test(`is said by a ${format}, whose pixels are the host's own`, async () => {
      const { url, mediaType, width, height, bytes } = output(format);
      const file = await fetched(url);
      assert.deepEqual([file.status, file.bytes.length], [200, bytes]);
      const parts = takeApart(file.bytes);
      assert.deepEqual([parts.type, parts.size, parts.packets.length], [mediaType, [width, height], 1]);
      const [packet] = parts.packets;
      const row = (await ask(stack, `SELECT * FROM generation WHERE "id" = '${made[format].id}'`))[0];
      for (const [name, value] of [
        ["Iptc4xmpExt:DigitalSourceType", `${SOURCE_TYPES}/trainedAlgorithmicMedia`],
        ["xmp:CreatorTool", "Atelier"],
        ["xmp:CreateDate", made[format].createdAt],
        ["dc:description", PROMPT],
        ["Iptc4xmpExt:AIPromptInformation", PROMPT],
        ["Iptc4xmpExt:AISystemVersionUsed", row.hostVersion ?? undefined],
        ["atelier:model", "flux-schnell"],
        ["atelier:host", "replicate"],
        ["atelier:seed", "7"],
        ["atelier:sources", undefined],
      ]) {
        assert.equal(said(packet, name), value, name);
      }
      const inputs = JSON.parse(said(packet, "atelier:inputs"));
      assert.deepEqual([inputs.aspectRatio, inputs.outputFormat], ["16:9", format]);
      for (const secret of [person.user.id, person.email, "Ada", made[format].id, row.hostId]) assert.ok(!file.bytes.includes(secret), secret);
      // The host's file itself, as the Worker fetched it.
      const seen = (await traffic(stack)).filter(({ method, path }) => method === "GET" && path.includes("delivery") && path.endsWith(format));
      const originals = await Promise.all(seen.map(async ({ path }) => Buffer.from(await (await fetch(stack.sandboxUrl + path)).arrayBuffer())));
      assert.ok(originals.some((original) => takeApart(original).pixels.equals(parts.pixels)), "the pixels are the host's");
    });

    test(`is taken out of a ${format} on request`, async () => {
      const { url, width, height } = output(format);
      const [marked, plain] = [await fetched(url), await fetched(`${url}&plain`)];
      assert.equal(plain.status, 200);
      const parts = takeApart(plain.bytes);
      assert.deepEqual([parts.packets, parts.size], [[], [width, height]]);
      assert.ok(parts.pixels.equals(takeApart(marked.bytes).pixels));
      assert.ok(!plain.bytes.includes("Atelier") && !plain.bytes.includes("adobe") && plain.bytes.length < marked.bytes.length);
      const etag = plain.headers.get("etag");
      assert.notEqual(etag, marked.headers.get("etag"));
      assert.match(plain.headers.get("cache-control"), /^private, max-age=\d+, immutable$/);
      assert.equal((await fetched(`${url}&plain`, { "if-none-match": etag })).status, 304);
      assert.equal((await fetched(`${url}&plain`, { "if-none-match": marked.headers.get("etag") })).status, 200);
      const part = await fetched(`${url}&plain`, { range: "bytes=4-9" });
      assert.deepEqual([part.status, part.bytes], [206, plain.bytes.subarray(4, 10)]);
      const head = await fetched(`${url}&plain`, {}, "HEAD");
      assert.deepEqual([head.status, head.headers.get("content-length"), head.bytes.length], [200, String(plain.bytes.length), 0]);
    });
  }

  test("is said of edits and cut-outs of pictures that were brought, however far back", async () => {
    for (const [name, type] of [["edit", "compositeWithTrainedAlgorithmicMedia"], ["again", "compositeWithTrainedAlgorithmicMedia"], ["cut", "algorithmicallyEnhanced"]]) {
      const [packet] = takeApart((await fetched(output(name).url)).bytes).packets;
      assert.equal(said(packet, "Iptc4xmpExt:DigitalSourceType"), `${SOURCE_TYPES}/${type}`, name);
      assert.equal(said(packet, "atelier:sources"), "image", name);
      assert.ok(!packet.includes(made.brought.id) && !packet.includes(made.edit.id), name);
    }
  });

  test("is not put into films, nor into what was brought", async () => {
    const film = await fetched(output("film").url);
    assert.equal(film.bytes.toString("latin1", 4, 8), "ftyp");
    assert.deepEqual((await fetched(`${output("film").url}&plain`)).bytes, film.bytes);
    assert.deepEqual(takeApart((await fetched(made.brought.url)).bytes).packets, []);
  });

  test("fits into files of unknown length, and in the place of what a host says", async () => {
    const { generation } = await person.make("a lake, no length", { outputFormat: "jpg" });
    assert.equal(takeApart((await fetched(generation.outputs[0].url)).bytes).packets.length, 1);
  });
});

describe("small copies", () => {
  test("are offered in widths below the picture's own, and made once", async () => {
    const { sizes, width, height } = output("webp");
    assert.deepEqual(sizes.map((size) => size.width), [320, 640, 1280].filter((each) => each < width));
    for (const size of sizes) {
      const before = copies();
      const [first, second, third] = await Promise.all([fetched(size.url), fetched(size.url), fetched(size.url)]);
      assert.equal(first.status, 200, `${size.width}`);
      const parts = takeApart(first.bytes);
      assert.deepEqual([parts.type, parts.size], ["image/jpeg", [size.width, Math.round((height * size.width) / width)]]);
      assert.equal(said(parts.packets[0], "Iptc4xmpExt:DigitalSourceType"), `${SOURCE_TYPES}/trainedAlgorithmicMedia`);
      assert.equal(said(parts.packets[0], "dc:description"), undefined);
      const etag = first.headers.get("etag");
      for (const other of [second, third]) assert.deepEqual([other.headers.get("etag"), other.bytes], [etag, first.bytes]);
      await until(() => copies() > before, "the log");
      assert.equal(copies(), before + 1, "one was made for three requests at once");
      assert.equal((await fetched(size.url, { "if-none-match": etag })).status, 304);
      assert.equal((await fetched(size.url, { range: "bytes=0-9" })).status, 206);
      assert.equal(copies(), before + 1);
      assert.ok(first.bytes.length < output("webp").bytes, "a smaller file");
    }
  });

  test("show what the picture shows", async () => {
    const small = takeApart((await fetched(output("png").sizes[0].url)).bytes);
    assert.equal(small.type, "image/jpeg");
    const cut = await fetched(output("cut").sizes[0].url);
    const parts = takeApart(cut.bytes);
    assert.deepEqual([cut.headers.get("content-type"), parts.type, parts.alpha, parts.size[0]], ["image/webp", "image/webp", true, 320]);
  });

  test("are of pictures that were brought too, and of no film", async () => {
    assert.deepEqual(output("film").sizes, []);
    const listed = (await person.get("/api/uploads")).body.uploads.find(({ id }) => id === made.brought.id);
    const small = takeApart((await fetched(listed.sizes[0].url)).bytes);
    assert.deepEqual([small.size[0], small.packets], [320, []]);
    const film = await fetched(signed(`${made.film.id}/0`, 320));
    assert.deepEqual([film.status, film.headers.get("content-type")], [200, "video/mp4"]);
  });

  test("are named by their signatures: no other width, no other picture, no other object", async () => {
    const [first, second] = output("jpg").sizes;
    const other = output("png").sizes[0];
    const query = (url) => url.slice(url.indexOf("?"));
    const path = (url) => url.slice(0, url.indexOf("?"));
    for (const url of [
      first.url.replace("w=320", "w=640"),
      first.url.replace("w=320", "w=321"),
      first.url.replace("&w=320", ""),
      first.url.replace("w=320", "w=0320"),
      first.url.replace("w=320", "w=320&w=320"),
      `${output("jpg").url}&w=320`,
      output("jpg").url.replace("&sig", "&w=320&sig"),
      path(first.url) + query(other.url),
      path(other.url) + query(first.url),
      first.url.slice(0, -1),
      `${first.url}&plain`,
      `${first.url}&x`,
      first.url.replace("/media/", "/media/size/320/"),
      first.url.replace(/exp=(\d+)/, (_, exp) => `exp=${Number(exp) + 1}`),
      signed(`${made.jpg.id}/0`, 333),
    ]) {
      assert.equal((await fetched(url)).status, 403, url);
    }
    assert.equal((await fetched(second.url)).status, 200);
    assert.equal((await fetched(signed(`${made.jpg.id}/0`, 320))).status, 200, "the test signs as the studio does");
    assert.equal((await fetched(signed("nothing/0", 320))).status, 404);
  });

  test("of a picture that is no wider, or not to be read, is the picture", async () => {
    const small = await bring((await fetched(`${output("jpg").sizes[0].url}`)).bytes);
    assert.deepEqual(small.sizes, []);
    const same = await fetched(signed(`upload/${small.id}`, 320));
    assert.deepEqual([same.status, takeApart(same.bytes).size[0]], [200, 320]);
    // A header of five thousand pixels a side before nothing: told as a picture, and nothing to be decoded.
    const bomb = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x13\x88\0\0\x13\x88\b\x06\0\0\0", "latin1"), Buffer.alloc(4), Buffer.from("\0\0\0\x04IDAT", "latin1"), Buffer.alloc(8), Buffer.from("\0\0\0\0IEND", "latin1"), Buffer.alloc(4)]);
    const kept = await bring(bomb);
    const served = await fetched(kept.sizes[0].url);
    assert.deepEqual([served.status, served.headers.get("content-type")], [200, "image/png"]);
    const failures = () => stack.log.filter((line) => line.includes('"copy.none"')).length;
    await until(() => failures() === 1, "the log");
    assert.equal((await fetched(kept.sizes[1].url)).status, 200);
    assert.equal(failures(), 1, "nobody tries again");
    const noted = signed(`size/none/upload/${kept.id}`);
    assert.equal((await fetched(noted)).status, 200);
    assert.equal((await person.delete(`/api/uploads/${kept.id}`)).status, 204);
    assert.equal((await fetched(noted)).status, 404);
    assert.equal(failures(), 1, "nobody has tried again");
  });

  test("go with the picture, and with the account", async () => {
    const { id } = made.jpg;
    for (const { url } of output("jpg").sizes) assert.equal((await fetched(url)).status, 200);
    const lying = [signed(`size/320/${id}/0`), signed(`size/640/${id}/0`)];
    for (const url of lying) assert.equal((await fetched(url)).status, 200, "it lies in storage");
    assert.equal((await person.delete(`/api/generations/${id}`)).status, 204);
    for (const url of [...lying, output("jpg").sizes[0].url, output("jpg").url, `${output("jpg").url}&plain`]) assert.equal((await fetched(url)).status, 404, url);

    const lyingOfUpload = signed(`size/320/upload/${made.brought.id}`);
    assert.equal((await fetched(lyingOfUpload)).status, 200);
    const other = await new Client(stack).signUp();
    const { generation } = await other.make("a boat");
    assert.equal((await fetched(generation.outputs[0].sizes[0].url)).status, 200);
    const lyingOfOther = signed(`size/320/${generation.id}/0`);
    assert.equal((await fetched(lyingOfOther)).status, 200);
    assert.equal((await other.post("/api/auth/delete-user", { password: other.password })).status, 200);
    await until(async () => (await fetched(lyingOfOther)).status === 404, "the account's copies to go");
    assert.equal((await person.delete(`/api/uploads/${made.brought.id}`)).status, 204);
    assert.equal((await fetched(lyingOfUpload)).status, 404);
  });
});

describe("parts and repeats", () => {
  test("of a film, as players ask for them", async () => {
    const { url, bytes } = output("film");
    const whole = await fetched(url);
    const etag = whole.headers.get("etag");
    assert.deepEqual([whole.status, whole.headers.get("accept-ranges"), whole.bytes.length], [200, "bytes", bytes]);
    for (const [range, first, last] of [
      ["bytes=0-", 0, bytes - 1],
      ["bytes=100-199", 100, 199],
      [`bytes=${bytes - 5}-${bytes + 100}`, bytes - 5, bytes - 1],
      ["bytes=-7", bytes - 7, bytes - 1],
    ]) {
      const part = await fetched(url, { range });
      assert.deepEqual([part.status, part.headers.get("content-range"), part.headers.get("content-type")], [206, `bytes ${first}-${last}/${bytes}`, "video/mp4"], range);
      assert.deepEqual(part.bytes, whole.bytes.subarray(first, last + 1), range);
    }
    const outside = await fetched(url, { range: `bytes=${bytes}-` });
    assert.deepEqual([outside.status, outside.headers.get("content-range")], [416, `bytes */${bytes}`]);
    for (const range of ["bytes=0-1,5-6", "lines=1-2", "bytes=9-3"]) assert.equal((await fetched(url, { range })).status, 200, range);

    assert.equal((await fetched(url, { range: "bytes=0-9", "if-range": etag })).status, 206);
    for (const other of ['"another"', `W/${etag}`, new Date().toUTCString()]) {
      const all = await fetched(url, { range: "bytes=0-9", "if-range": other });
      assert.deepEqual([all.status, all.bytes.length], [200, bytes], other);
    }
    for (const same of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const unchanged = await fetched(url, { "if-none-match": same, range: "bytes=0-9" });
      assert.deepEqual([unchanged.status, unchanged.headers.get("etag"), unchanged.bytes.length], [304, etag, 0], same);
    }
    const head = await fetched(url, { range: "bytes=0-9" }, "HEAD");
    assert.deepEqual([head.status, head.headers.get("content-length"), head.bytes.length], [200, String(bytes), 0]);
    assert.equal((await fetched(url, { "if-none-match": etag }, "HEAD")).status, 304);
  });
});

describe("with Cloudflare's transformations", () => {
  before(() => stack.reload({ IMAGE_RESIZING: "cloudflare" }));
  after(() => stack.reload({}));

  test("a copy is asked for at the original's own address, and none is kept", async () => {
    // Here nothing stands between the Worker and itself, so what comes is the original, as from a zone without transformations.
    const { generation } = await person.make("a tower", { outputFormat: "png" });
    const [{ width, url }] = generation.outputs[0].sizes;
    const before = copies();
    const whole = await fetched(generation.outputs[0].url);
    const copy = await fetched(url);
    assert.deepEqual([copy.status, copy.bytes, width], [200, whole.bytes, 320]);
    assert.match(copy.headers.get("cache-control"), /^private, /);
    assert.equal((await fetched(url, { "if-none-match": copy.headers.get("etag") })).status, 304);
    assert.equal(copies(), before);
    assert.equal((await fetched(signed(`size/320/${generation.id}/0`))).status, 404);
    assert.equal((await fetched(signed("nothing/0", 320))).status, 404);
  });
});
