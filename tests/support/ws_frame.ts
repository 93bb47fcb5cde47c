/**
 * WebSocket frames as bytes (RFC 6455, section 5.2): what `raw_client.ts` writes and reads. Pure functions.
 *
 * @module
 */

/** The opcodes that have a meaning. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame to be sent. Nothing is checked: a test may want a wrong one. */
export interface FrameToSend {
  /** Any number from 0 to 15. */
  readonly opcode: number;
  /** What it carries, not yet masked. */
  readonly payload: Uint8Array;
  /**
   * Whether it ends its message.
   *
   * @default {true}
   */
  readonly fin?: boolean;
  /**
   * The three reserved bits, as a number from 0 to 7.
   *
   * @default {0}
   */
  readonly rsv?: number;
  /**
   * Whether the payload is masked, as the RFC demands of clients.
   *
   * @default {true}
   */
  readonly masked?: boolean;
  /**
   * How many bytes follow the seven bits of the length: `0`, `2` or `8`. The RFC demands the fewest that do.
   *
   * @default {the fewest that do}
   */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** A frame as it came. */
export interface Frame {
  /** What kind of frame; see {@linkcode Opcode}. */
  readonly opcode: number;
  /** What it carries. */
  readonly payload: Uint8Array;
  /** Whether it ends its message. */
  readonly fin: boolean;
  /** The three reserved bits, as a number from 0 to 7. */
  readonly rsv: number;
}

/** The bytes of `frame`. */
export function encodeFrame(
  { opcode, payload, fin = true, rsv = 0, masked = true, lengthBytes = fewestLengthBytes(payload.length) }: FrameToSend,
): Uint8Array<ArrayBuffer> {
  const [length, ...longLength] = encodeLength(payload.length, lengthBytes);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const head = [first, (masked ? 0x80 : 0) | length, ...longLength];
  const key = masked ? crypto.getRandomValues(new Uint8Array(4)) : new Uint8Array(0);
  const bytes = new Uint8Array(head.length + key.length + payload.length);
  bytes.set(head);
  bytes.set(key, head.length);
  bytes.set(payload, head.length + key.length);
  if (masked) mask(bytes.subarray(head.length + key.length), key);
  return bytes;
}

function fewestLengthBytes(length: number): 0 | 2 | 8 {
  if (length < 126) return 0;
  return length < 65_536 ? 2 : 8;
}

/** The length in seven bits, followed by the bytes of a longer one. */
function encodeLength(length: number, lengthBytes: 0 | 2 | 8): [number, ...number[]] {
  if (lengthBytes === 0) return [length];
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(length));
  const bytes = Array.from(new Uint8Array(view.buffer));
  return lengthBytes === 2 ? [126, ...bytes.slice(6)] : [127, ...bytes];
}

function mask(payload: Uint8Array, key: Uint8Array): void {
  for (const [i, byte] of payload.entries()) payload[i] = byte ^ (key[i & 3] ?? 0);
}

/**
 * Reads the frame that `bytes` begin with.
 *
 * @param bytes What has come so far.
 * @returns The frame and its length in bytes, or `undefined` if there is more of it to come.
 * @throws {Error} If the frame is masked, which a server must not do.
 */
export function decodeFrame(bytes: Uint8Array): { frame: Frame; length: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = decodeLength(view);
  if (size === undefined || bytes.length < size.head + size.payload) return undefined;
  if (view.getUint8(1) & 0x80) throw new Error("Cannot read frame: the server masked it");
  const first = view.getUint8(0);
  const length = size.head + size.payload;
  const payload = bytes.slice(size.head, length);
  return {
    frame: { opcode: first & 15, fin: first >= 0x80, rsv: (first >> 4) & 7, payload },
    length,
  };
}

function decodeLength(view: DataView): { head: number; payload: number } | undefined {
  if (view.byteLength < 2) return undefined;
  const short = view.getUint8(1) & 0x7f;
  if (short < 126) return { head: 2, payload: short };
  const head = short === 126 ? 4 : 10;
  if (view.byteLength < head) return undefined;
  return { head, payload: short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2)) };
}

/** The payload of a close frame; empty for `code` `null`. */
export function encodeClose(code: number | null, reason: string): Uint8Array {
  if (code === null) return new Uint8Array(0);
  const text = new TextEncoder().encode(reason);
  return Uint8Array.of(code >> 8, code & 255, ...text);
}

/** The code and reason in the payload of a close frame; `code` is `null` if it is empty. */
export function decodeClose(payload: Uint8Array): { code: number | null; reason: string } {
  const [high, low, ...reason] = payload;
  if (high === undefined || low === undefined) return { code: null, reason: "" };
  return { code: high * 256 + low, reason: new TextDecoder().decode(Uint8Array.from(reason)) };
}
