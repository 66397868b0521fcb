// A reader of ZIP archives as plain as can be: by the directory at the end, with everything checked that is said twice.
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";

/** @param {Buffer} archive @returns {Map<string, Buffer>} */
export function unzip(archive) {
  const end = archive.length - 22;
  assert.equal(archive.readUInt32LE(end), 0x06054b50, "an archive ends with its directory");
  const files = new Map();
  let at = archive.readUInt32LE(end + 16);
  assert.equal(at + archive.readUInt32LE(end + 12), end);
  for (let n = 0; n < archive.readUInt16LE(end + 10); n++) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const [sum, size, nameLength, offset] = [archive.readUInt32LE(at + 16), archive.readUInt32LE(at + 24), archive.readUInt16LE(at + 28), archive.readUInt32LE(at + 42)];
    assert.equal(archive.readUInt16LE(at + 10), 0, "stored as it is");
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength;
    const start = offset + 30 + nameLength;
    assert.deepEqual([archive.readUInt32LE(offset), archive.toString("utf8", offset + 30, start)], [0x04034b50, name]);
    const bytes = archive.subarray(start, start + size);
    assert.equal(crc32(bytes), sum, name);
    assert.ok(!files.has(name), `${name} is there twice`);
    files.set(name, bytes);
  }
  return files;
}
