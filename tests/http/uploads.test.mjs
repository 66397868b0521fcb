// Pictures that people bring: what is taken in, what is left of it, and when it goes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { takeApart, webpChunks } from "./support/files.mjs";
import { Client, ask, startStudio } from "./support/studio.mjs";

const SECRET = Buffer.from("GPS 47.3769N 8.5417E");
/** How an archive begins: longer than what chance writes. */
const ARCHIVE = Buffer.from("PK\x03\x04\x14\0\0\0\b\0");
const BYTES_MAX = 20 * 1024 * 1024;

let stack;
let person;
/** Real pictures of each kind, as an encoder writes them. */
const pictures = {};

before(async () => {
  stack = await startStudio();
  person = await new Client(stack).signUp();
  for (const format of ["png", "jpg", "webp"]) {
    const { generation } = await person.make("a lighthouse", { outputFormat: format });
    // Without the recipe: as an encoder writes it.
    pictures[format] = Buffer.from(await (await fetch(`${stack.url}${generation.outputs[0].url}&plain`)).arrayBuffer());
  }
});
after(() => stack?.stop());

const announce = async (who = person) => {
  const { status, body } = await who.post("/api/uploads", {});
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
/** What is refused before it is read may be lost on who is still writing: then it is sent again, as a client does. A function gives each time's body. */
async function send(url, body, headers = {}) {
  for (let left = 20; ; left -= 1) {
    try {
      return await fetch(stack.url + url, { method: "PUT", body: typeof body === "function" ? body() : body, duplex: "half", headers });
    } catch (error) {
      if (left === 0 || !["EPIPE", "ECONNRESET", "UND_ERR_SOCKET"].includes(error.cause?.code)) throw error;
    }
  }
}
const put = async (url, body, headers = {}) => {
  const response = await send(url, body, headers);
  return { status: response.status, body: await response.json() };
};
const bring = async (bytes, who = person) => {
  const { putUrl } = await announce(who);
  return put(putUrl, bytes);
};
const refused = async (bytes, code = "invalid_input") => {
  const { status, body } = await bring(bytes);
  assert.equal(body.code, code, JSON.stringify(body));
  assert.ok(status >= 400 && status < 500);
};
const kept = async (url) => Buffer.from(await (await fetch(stack.url + url)).arrayBuffer());
const sweep = (id, hours) => ask(stack, `UPDATE upload SET "createdAt" = "createdAt" - ${hours * 3600_000} WHERE "id" = '${id}'`).then(() => stack.runCron());

const u16 = (value) => [value >> 8, value & 255];
const segment = (name, content) => Buffer.concat([Buffer.from([0xff, name, ...u16(content.length + 2)]), content]);
const afterStart = (jpeg, ...segments) => Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
const exif = (orientation) =>
  Buffer.concat([Buffer.from("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", "latin1"), Buffer.from([orientation, 0, 0, 0, 0, 0, 0]), SECRET]);
const pngChunk = (name, data) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(name), data, Buffer.from([0, 0, 0, 0])]);
};
const riffChunk = (name, data) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from(name), length, data, Buffer.alloc(data.length % 2)]);
};
const riff = (...chunks) => {
  const body = Buffer.concat([Buffer.from("WEBP"), ...chunks]);
  return riffChunk("RIFF", body);
};

/** The extended header of a WebP, as large as the picture is. */
const extended = (webp, flags) => {
  const [width, height] = takeApart(webp).size.map((side) => side - 1);
  return riffChunk("VP8X", Buffer.from([flags, 0, 0, 0, width & 255, width >> 8, 0, height & 255, height >> 8, 0]));
};
const header = (width, height) => {
  const sides = Buffer.alloc(8);
  sides.writeUInt32BE(width);
  sides.writeUInt32BE(height, 4);
  return Buffer.concat([sides, Buffer.from([8, 6, 0, 0, 0])]);
};
/** A PNG of nothing that can be seen through, behind those chunks. */
const sized = (width, height, ...chunks) =>
  Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks, pngChunk("IDAT", deflateSync(Buffer.alloc((width * 4 + 1) * height))), pngChunk("IEND", Buffer.alloc(0))]);

test("announced, brought, listed, shown, deleted: one request to the database each", async () => {
  const counted = async (deed) => {
    const { result, trips } = await stack.proxy.count(deed);
    assert.equal(trips, 1);
    return result;
  };
  const { id, putUrl, expiresAt, maxBytes } = await counted(announce);
  assert.deepEqual([maxBytes, Date.parse(expiresAt) > Date.now()], [BYTES_MAX, true]);
  assert.deepEqual((await person.get("/api/uploads")).body.uploads, [], "nothing has come yet");
  const { status, body } = await counted(() => put(putUrl, pictures.png));
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual([body.id, body.mediaType, body.bytes], [id, "image/png", pictures.png.length]);
  const { uploads, nextCursor } = (await counted(() => person.get("/api/uploads"))).body;
  assert.deepEqual([uploads.map(({ id }) => id), nextCursor], [[id], null]);
  const { result, trips } = await stack.proxy.count(() => kept(body.url));
  assert.deepEqual([result.equals(pictures.png), trips], [true, 0]);

  const other = await new Client(stack).signUp();
  assert.deepEqual((await other.get("/api/uploads")).body.uploads, []);
  assert.equal((await other.delete(`/api/uploads/${id}`)).status, 404);
  assert.equal((await counted(() => person.delete(`/api/uploads/${id}`))).status, 204);
  assert.equal((await fetch(stack.url + body.url)).status, 404);
  assert.equal((await person.delete(`/api/uploads/${id}`)).status, 404);
});

describe("what is left of a picture", () => {
  test("all of it, if it says nothing of anybody", async () => {
    for (const [format, bytes] of Object.entries(pictures)) assert.deepEqual(await kept((await bring(bytes)).body.url), bytes, format);
  });

  test("nothing of who took it, where and with what", async () => {
    const { png, jpg, webp } = pictures;
    const ihdr = 8 + 25;
    const pixels = webpChunks(webp).filter(({ name }) => name !== "VP8X").map(({ name, data }) => riffChunk(name, data));
    for (const [what, bytes] of [
      ["PNG with tEXt, eXIf and an unknown chunk", Buffer.concat([png.subarray(0, ihdr), pngChunk("tEXt", SECRET), pngChunk("eXIf", SECRET), pngChunk("prVt", SECRET), png.subarray(ihdr)])],
      ["PNG with a page behind it", Buffer.concat([png, Buffer.from("<script>alert(1)</script>"), SECRET])],
      ["JPEG with Exif, XMP, IPTC and a comment", afterStart(jpg, segment(0xe1, exif(1)), segment(0xe1, SECRET), segment(0xed, SECRET), segment(0xfe, SECRET))],
      ["JPEG with an archive behind it", Buffer.concat([jpg, ARCHIVE, SECRET])],
      ["WebP with EXIF and XMP", riff(extended(webp, 0x0c), ...pixels, riffChunk("EXIF", SECRET), riffChunk("XMP ", SECRET))],
    ]) {
      assert.ok(bytes.includes(SECRET), what);
      const { status, body } = await bring(bytes);
      assert.equal(status, 201, `${what}: ${JSON.stringify(body)}`);
      const left = await kept(body.url);
      assert.ok(!left.includes(SECRET) && !left.includes("<script>") && !left.includes(ARCHIVE), what);
    }
  });

  test("which way up it is", async () => {
    const { body } = await bring(afterStart(pictures.jpg, segment(0xe1, exif(6))));
    const plain = (await bring(pictures.jpg)).body;
    assert.deepEqual([body.width, body.height], [plain.height, plain.width]);
    const left = await kept(body.url);
    assert.ok(left.includes("Exif") && !left.includes(SECRET));
  });
});

describe("what is refused", () => {
  test("what is no picture that a model takes, whatever it says it is", async () => {
    const { png, jpg, webp } = pictures;
    const bomb = Buffer.from(png);
    bomb.writeUInt32BE(50_000, 16);
    bomb.writeUInt32BE(50_000, 20);
    const line = Buffer.from(png);
    line.writeUInt32BE(1, 16);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
      Buffer.from("<!doctype html><script>alert(1)</script>"),
      Buffer.from("GIF89a\x40\0\x40\0\0\0\0;", "latin1"),
      Buffer.from("%PDF-1.7"),
      Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.from("<script>")]),
      bomb,
      line,
      png.subarray(0, png.length - 20),
      jpg.subarray(0, jpg.length - 20),
      webp.subarray(0, webp.length - 20),
      riff(extended(webp, 0x02), webp.subarray(12)),
      sized(640, 480, pngChunk("tEXt", header(640, 480)), pngChunk("IHDR", header(60_000, 60_000))),
      sized(640, 480, pngChunk("IHDR", header(640, 480)), pngChunk("IHDR", header(60_000, 60_000))),
      // 194 kB that would take 250 MB to be made smaller.
      sized(3_125_000, 16, pngChunk("IHDR", header(3_125_000, 16))),
    ]) {
      await refused(bytes);
    }
  });

  test("what is too large, by its length or by its bytes", async () => {
    await refused(Buffer.alloc(BYTES_MAX + 1), "body_too_large");
    let sent;
    // Ten times as much, in pieces, of a length that nobody tells: it is refused while it comes.
    async function* unmeasured() {
      for (sent = 0; sent < 10 * BYTES_MAX; sent += 1024 * 1024) {
        yield Buffer.alloc(1024 * 1024);
        await turn();
      }
    }
    const { status, body } = await put((await announce()).putUrl, unmeasured);
    assert.deepEqual([status, body.code, sent < 10 * BYTES_MAX], [413, "body_too_large", true], `after ${sent} bytes`);
    const largest = Buffer.concat([pictures.png, Buffer.alloc(BYTES_MAX - pictures.png.length)]);
    assert.equal((await bring(largest)).status, 201, "what stands behind the end counts for the limit only");
  });

  test("what there is no memory for, until there is", async () => {
    // One who says that much will come, and lets the others wait: the largest file takes all the memory there is.
    const { hostname, port } = new URL(stack.url);
    const slow = connect(Number(port), hostname);
    slow.on("error", () => {});
    slow.write(`PUT ${(await announce()).putUrl} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: ${BYTES_MAX}\r\n\r\nx`);
    const { putUrl } = await announce();
    const large = Buffer.concat([pictures.png, Buffer.alloc(BYTES_MAX - pictures.png.length)]);
    let answer;
    do answer = await send(putUrl, large); while (answer.status === 201);
    assert.deepEqual([answer.status, answer.headers.get("retry-after"), (await answer.json()).code], [503, "5", "unavailable"]);
    slow.destroy();
    let { status } = answer;
    while (status === 503) ({ status } = await put(putUrl, large));
    assert.equal(status, 201);
  });

  test("addresses that we did not make, or that have ended", async () => {
    const { id, putUrl } = await announce();
    const other = (last) => (last === "0" ? "1" : "0");
    for (const changed of [putUrl.replace(/.$/, other), putUrl.replace(/.\./, (last) => `${other(last[0])}.`), `/api/uploads/${id}`, `/api/uploads/${id}.`]) {
      assert.equal((await put(changed, pictures.png)).body.code, "media_refused", changed);
    }
    assert.equal((await person.get(putUrl)).status, 405);
    // A large body at an address that nobody made is not even read.
    assert.equal((await put(`/api/uploads/${id}.x`, Buffer.alloc(70 * 1024))).status, 403);
  });

  test("who is not signed in, and other sites", async () => {
    assert.equal((await new Client(stack).post("/api/uploads", {})).status, 401);
    assert.equal((await new Client(stack).get("/api/uploads")).status, 401);
    assert.equal((await person.post("/api/uploads", {}, { headers: { origin: "https://evil.example" } })).status, 403);
    assert.equal((await person.get("/api/uploads?limit=0")).status, 400);
    assert.equal((await person.get("/api/uploads?cursor=x")).status, 400);
  });

  test("more than a hundred that nothing uses", async () => {
    const hoarder = await new Client(stack).signUp();
    const rows = Array.from({ length: 100 }, (_, n) => `('${String(n).padStart(26, "0")}', '${hoarder.user.id}', ${Date.now()})`);
    await ask(stack, `INSERT INTO upload ("id", "userId", "createdAt") VALUES ${rows.join()}`);
    const { status, body } = await hoarder.post("/api/uploads", {});
    assert.deepEqual([status, body.code], [409, "too_many_uploads"]);
    assert.equal((await hoarder.delete(`/api/uploads/${"0".repeat(26)}`)).status, 204);
    await announce(hoarder);
  });
});

describe("when it goes", () => {
  test("a second file for the same address changes nothing", async () => {
    const { putUrl } = await announce();
    const first = (await put(putUrl, pictures.png)).body;
    const second = await put(putUrl, pictures.jpg);
    assert.deepEqual([second.status, second.body.mediaType], [201, "image/png"]);
    assert.deepEqual(await kept(first.url), pictures.png);
  });

  test("a file that comes after its upload was deleted does not stay", async () => {
    const { id, putUrl } = await announce();
    assert.equal((await person.delete(`/api/uploads/${id}`)).status, 204);
    const { status } = await put(putUrl, pictures.png);
    assert.equal(status, 404);
  });

  test("cron removes what nothing has used in a day, and what never came", async () => {
    const { body } = await bring(pictures.webp);
    const never = await announce();
    await sweep(body.id, 23);
    assert.deepEqual(await kept(body.url), pictures.webp, "not before");
    await sweep(body.id, 2);
    await sweep(never.id, 2);
    assert.deepEqual(await ask(stack, `SELECT "id" FROM upload WHERE "id" IN ('${body.id}', '${never.id}')`), []);
    // One run notes what has to go, and the next one asks storage.
    await stack.runCron();
    assert.equal((await fetch(stack.url + body.url)).status, 404);
  });

  test("with the account", async () => {
    const leaver = await new Client(stack).signUp();
    const { body } = await bring(pictures.png, leaver);
    assert.equal((await leaver.post("/api/auth/delete-user", { password: leaver.password })).status, 200);
    assert.deepEqual(await ask(stack, `SELECT "id" FROM upload WHERE "id" = '${body.id}'`), []);
    await stack.runCron();
    assert.equal((await fetch(stack.url + body.url)).status, 404);
  });
});
