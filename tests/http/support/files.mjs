// Picture files taken apart: written from the formats' specifications, and knowing nothing of the program.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

const chunk = (name, data) => {
  const named = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
};

/** A PNG of colours, of which the first rows are by chance: so many of each hundred. */
export function randomPng(width, height, hundredths) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < (height * hundredths) / 100; y++) randomBytes(width * 3).copy(rows, y * (width * 3 + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 1 })), chunk("IEND", Buffer.alloc(0))]);
}

/** The chunks of a PNG; every sum is checked. */
export function pngChunks(bytes) {
  assert.equal(bytes.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const chunks = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const named = bytes.subarray(at + 4, at + 8 + length);
    assert.equal(bytes.readUInt32BE(at + 8 + length), crc32(named), "a chunk's sum");
    chunks.push({ name: named.toString("latin1", 0, 4), data: named.subarray(4) });
    at += 12 + length;
  }
  assert.equal(chunks.at(-1).name, "IEND");
  return chunks;
}

/** The segments of a JPEG before its first scan, and all that follows. */
export function jpegSegments(bytes) {
  assert.equal(bytes.readUInt16BE(0), 0xffd8);
  const segments = [];
  for (let at = 2; ; ) {
    assert.equal(bytes[at], 0xff, "a marker");
    const [name, length] = [bytes[at + 1], bytes.readUInt16BE(at + 2)];
    if (name === 0xda) return { segments, rest: bytes.subarray(at) };
    segments.push({ name, data: bytes.subarray(at + 4, at + 2 + length) });
    at += 2 + length;
  }
}

/** The chunks of a WebP. */
export function webpChunks(bytes) {
  assert.deepEqual([bytes.toString("latin1", 0, 4), bytes.toString("latin1", 8, 12)], ["RIFF", "WEBP"]);
  assert.equal(bytes.readUInt32LE(4), bytes.length - 8, "the size in the header");
  const chunks = [];
  for (let at = 12; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    chunks.push({ name: bytes.toString("latin1", at, at + 4), data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return chunks;
}

const JPEG_XMP = "http://ns.adobe.com/xap/1.0/\0";
const PNG_XMP = "XML:com.adobe.xmp\0\0\0\0\0";

/** A picture's type, its XMP packets, its size by its own header, and the bytes that make its pixels. */
export function takeApart(bytes) {
  if (bytes[0] === 0x89) {
    const chunks = pngChunks(bytes);
    const texts = chunks.filter(({ name, data }) => name === "iTXt" && data.toString("latin1").startsWith("XML:com.adobe.xmp\0"));
    for (const { data } of texts) assert.equal(data.toString("latin1", 0, PNG_XMP.length), PNG_XMP);
    const [{ data: header }] = chunks;
    return {
      type: "image/png",
      packets: texts.map(({ data }) => data.toString("utf8", PNG_XMP.length)),
      size: [header.readUInt32BE(0), header.readUInt32BE(4)],
      alpha: header[9] >= 4,
      pixels: Buffer.concat(chunks.filter(({ name }) => ["IHDR", "PLTE", "tRNS", "IDAT"].includes(name)).map(({ data }) => data)),
    };
  }
  if (bytes[0] === 0xff) {
    const { segments, rest } = jpegSegments(bytes);
    const frame = segments.find(({ name }) => name >= 0xc0 && name <= 0xc2).data;
    return {
      type: "image/jpeg",
      packets: segments.filter(({ name, data }) => name === 0xe1 && data.toString("latin1").startsWith(JPEG_XMP)).map(({ data }) => data.toString("utf8", JPEG_XMP.length)),
      size: [frame.readUInt16BE(3), frame.readUInt16BE(1)],
      alpha: false,
      pixels: Buffer.concat([...segments.filter(({ name }) => name < 0xe0).map(({ data }) => data), rest]),
    };
  }
  const chunks = webpChunks(bytes);
  const [first] = chunks;
  const lossless = chunks.find(({ name }) => name === "VP8L")?.data;
  const lossy = chunks.find(({ name }) => name === "VP8 ")?.data;
  const bits = lossless?.readUInt32LE(1);
  const size = lossless ? [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1] : [lossy.readUInt16LE(6) & 0x3fff, lossy.readUInt16LE(8) & 0x3fff];
  if (first.name === "VP8X") {
    assert.deepEqual([first.data.readUIntLE(4, 3) + 1, first.data.readUIntLE(7, 3) + 1], size, "the canvas is the picture");
    assert.equal((first.data[0] & 4) !== 0, chunks.some(({ name }) => name === "XMP "), "the flag says that there is a packet");
  }
  return {
    type: "image/webp",
    packets: chunks.filter(({ name }) => name === "XMP ").map(({ data }) => data.toString("utf8")),
    size,
    alpha: lossless ? ((bits >>> 28) & 1) === 1 : chunks.some(({ name }) => name === "ALPH"),
    pixels: lossless ?? lossy,
  };
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#13": "\r" };

/** The text of an element of a packet; undefined if there is none. */
export function said(packet, name) {
  assert.match(packet, /^<\?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"\?>\n[\s\S]*<\?xpacket end="r"\?>$/);
  const [, raw] = packet.match(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`)) ?? [];
  return raw?.replace(/<[^>]*>/g, "").replace(/&([^;]+);/g, (_, entity) => ENTITIES[entity]);
}
