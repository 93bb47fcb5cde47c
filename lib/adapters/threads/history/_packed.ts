/**
 * What threads say to each other about history, as bytes: JSON, followed by bodies, which are envelopes of the bus.
 *
 * | bytes | content |
 * | --- | --- |
 * | 4 | length of the JSON text |
 * | | JSON text |
 * | 4 | length of a body |
 * | | body; and so on |
 *
 * @module
 */

import { parseJson } from "../../../protocol/json.ts";

/** JSON and bodies. */
export interface Packed {
  /** A value with JSON text. */
  readonly head: unknown;
  /** Bytes, which are not looked at. */
  readonly bodies: readonly Uint8Array[];
}

const LENGTH_BYTES = 4;
/** A request has a retention in it, a reply an array of arrays. */
const MAX_NESTING = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Writes JSON and bodies. */
export function pack({ head, bodies }: Packed): Uint8Array<ArrayBuffer> {
  const parts = [encoder.encode(JSON.stringify(head)), ...bodies];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  const view = new DataView(bytes.buffer);
  let end = 0;
  for (const part of parts) {
    view.setUint32(end, part.length);
    bytes.set(part, end + LENGTH_BYTES);
    end += LENGTH_BYTES + part.length;
  }
  return bytes;
}

/**
 * Reads JSON and bodies, which are views of `bytes`.
 *
 * @throws {TypeError} If `bytes` has another form.
 */
export function unpack(bytes: Uint8Array): Packed {
  const parts: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = 0; start < bytes.length;) {
    if (start + LENGTH_BYTES > bytes.length) throw malformed();
    const end = start + LENGTH_BYTES + view.getUint32(start);
    if (end > bytes.length) throw malformed();
    parts.push(bytes.subarray(start + LENGTH_BYTES, end));
    start = end;
  }
  const [head, ...bodies] = parts;
  if (!head) throw malformed();
  return { head: parseHead(head), bodies };
}

function parseHead(head: Uint8Array): unknown {
  try {
    return parseJson(decoder.decode(head), MAX_NESTING);
  } catch {
    throw malformed();
  }
}

function malformed(): TypeError {
  return new TypeError("Cannot read message between threads: its form is wrong");
}
