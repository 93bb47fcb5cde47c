/**
 * Writes a server's frames (RFC 6455, section 5.2): not masked, never fragmented, and compressed if negotiated (RFC
 * 7692), each message on its own.
 *
 * A header takes 2, 4 or 10 bytes:
 *
 * ```text
 *  0               1               2
 * +-+-+-+-+-------+-+-------------+--------------------------------+
 * |F|R|R|R| op-   |0| length, or  | the length in 16 bits if 126,  |
 * |1|C|0|0| code  | | 126, or 127 | in 64 bits if 127              |
 * +-+-+-+-+-------+-+-------------+--------------------------------+
 * ```
 *
 * F is always set; C says that the message is compressed.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { constants, deflateRawSync } from "node:zlib";
import { utf8Length } from "../../../base/utf8_length.ts";
import { headerBytes } from "../../../limits/frame_size.ts";
import type { Frame } from "../../../protocol/message.ts";
import {
  FIN,
  LENGTH_IN_16_BITS,
  LENGTH_IN_64_BITS,
  MOST_IN_16_BITS,
  MOST_IN_7_BITS,
  OPCODES,
  RSV1,
} from "./_header.ts";

/** Up to this number of characters, a loop is faster than the encoder. */
const SHORT_TEXT = 512;
/** The empty block that RFC 7692 omits at the end of a message. */
const TAIL_BYTES = 4;

const encoder = new TextEncoder();

/** Returns the number of bytes of `frame`, without its header. */
export function payloadBytes(frame: Frame): number {
  return typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
}

/**
 * Writes a message.
 *
 * @param target The buffer to write to. It must have room for the header and the payload.
 * @param at The offset to write at.
 * @param frame The message.
 * @param bytes The result of {@linkcode payloadBytes} for it.
 * @returns The offset after the frame.
 */
export function putFrame(target: Uint8Array, at: number, frame: Frame, bytes: number): number {
  const start = putHeader(target, at, typeof frame === "string" ? OPCODES.text : OPCODES.binary, bytes);
  if (typeof frame === "string") putText(target, start, frame, bytes);
  else target.set(frame, start);
  return start + bytes;
}

/** Writes one message into a new buffer. */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = payloadBytes(frame);
  const target = Buffer.allocUnsafe(headerBytes(bytes) + bytes);
  putFrame(target, 0, frame, bytes);
  return target;
}

/** Writes a ping, a pong or a close frame. `payload` has at most 125 bytes. */
export function encodeControl(opcode: number, payload: Uint8Array): Uint8Array {
  const target = Buffer.allocUnsafe(headerBytes(payload.length) + payload.length);
  target.set(payload, putHeader(target, 0, opcode, payload.length));
  return target;
}

/** Writes a close frame; without a code, an empty one. `text` has at most 123 bytes. */
export function encodeClose(code?: number, text = ""): Uint8Array {
  if (code === undefined) return encodeControl(OPCODES.close, new Uint8Array(0));
  const reason = encoder.encode(text);
  const payload = new Uint8Array(2 + reason.length);
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  payload.set(reason, 2);
  return encodeControl(OPCODES.close, payload);
}

/**
 * Compresses the messages of one turn of the event loop, each only once for all clients.
 *
 * Each message is compressed alone ("without context takeover"), so that clients can share it, and none needs memory
 * for a window.
 */
export class Deflater {
  readonly #thresholdBytes: number;
  readonly #done = new Map<Frame, Uint8Array>();

  /** Creates a deflater that does not compress messages of less than `thresholdBytes`. */
  constructor(thresholdBytes: number) {
    this.#thresholdBytes = thresholdBytes;
  }

  /** Writes one message, compressed if that makes it smaller. */
  encode(frame: Frame): Uint8Array {
    if (frame.length < this.#thresholdBytes) return encodeFrame(frame);
    const known = this.#done.get(frame);
    if (known) return known;
    const encoded = encodeDeflated(frame);
    this.#done.set(frame, encoded);
    return encoded;
  }

  /** Forgets the compressed messages. Called at the end of the turn. */
  forget(): void {
    this.#done.clear();
  }
}

/** Prefers speed over size, since compression blocks the event loop. */
const DEFLATE = { level: 1, finishFlush: constants.Z_SYNC_FLUSH } as const;

function encodeDeflated(frame: Frame): Uint8Array {
  const deflated = deflateRawSync(frame, DEFLATE);
  const bytes = deflated.length - TAIL_BYTES;
  if (bytes >= payloadBytes(frame)) return encodeFrame(frame);
  const target = Buffer.allocUnsafe(headerBytes(bytes) + bytes);
  const opcode = typeof frame === "string" ? OPCODES.text : OPCODES.binary;
  target.set(deflated.subarray(0, bytes), putHeader(target, 0, opcode | RSV1, bytes));
  return target;
}

/** Writes a header. Returns the offset of the payload. */
function putHeader(target: Uint8Array, at: number, opcode: number, bytes: number): number {
  target[at] = FIN | opcode;
  if (bytes <= MOST_IN_7_BITS) {
    target[at + 1] = bytes;
    return at + 2;
  }
  if (bytes <= MOST_IN_16_BITS) {
    target[at + 1] = LENGTH_IN_16_BITS;
    return putNumber(target, at + 2, bytes, 2);
  }
  target[at + 1] = LENGTH_IN_64_BITS;
  return putNumber(target, at + 2, bytes, 8);
}

/** Writes a number in big-endian order. Returns the offset after it. */
function putNumber(target: Uint8Array, at: number, value: number, bytes: number): number {
  let rest = value;
  for (let i = at + bytes - 1; i >= at; i--) {
    target[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + bytes;
}

/** Writes a text. Short ASCII is copied in a loop, since a call of the encoder takes longer. */
function putText(target: Uint8Array, at: number, text: string, bytes: number): void {
  if (bytes === text.length && bytes <= SHORT_TEXT) {
    for (let i = 0; i < bytes; i++) target[at + i] = text.charCodeAt(i);
  } else {
    encoder.encodeInto(text, target.subarray(at, at + bytes));
  }
}
