// The binary format of WebAssembly, as far as it takes to leave a section out.

const HEADER_BYTES = 8;
const CUSTOM = 0;

/**
 * The module without its custom section `name`: a quarter of the file, of use only to read addresses in a stack trace, and a
 * Rust panic already says its file and line.
 * @param {Buffer} wasm
 */
export function withoutNames(wasm) {
  const kept = [wasm.subarray(0, HEADER_BYTES)];
  let at = HEADER_BYTES;
  while (at < wasm.length) {
    const begin = at;
    const id = wasm[at];
    const [size, body] = leb128(wasm, at + 1);
    at = body + size;
    if (id === CUSTOM) {
      const [length, name] = leb128(wasm, body);
      if (wasm.toString("utf8", name, name + length) === "name") continue;
    }
    kept.push(wasm.subarray(begin, at));
  }
  return Buffer.concat(kept);
}

/** An unsigned LEB128 number and where it ends. */
function leb128(bytes, at) {
  let value = 0;
  let shift = 0;
  for (;;) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (!(byte & 0x80)) return [value >>> 0, at];
    shift += 7;
  }
}
