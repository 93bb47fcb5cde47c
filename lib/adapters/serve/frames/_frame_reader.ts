/**
 * Reads the frames of a client (RFC 6455, section 5), assembles messages, and rejects protocol violations.
 *
 * Pure: bytes go in as they arrive, messages come out on request. It buffers at most one message of at most
 * `maxFrameBytes`, in a buffer that grows with the received bytes, to at most twice their number. Neither the announced
 * length of a frame nor the number of its fragments or packets costs memory.
 *
 * | breach | code | clause |
 * | --- | --- | --- |
 * | a frame without a mask | 1002 | RFC 6455, 5.1 |
 * | a reserved bit, an unknown opcode, a length not in its shortest form | 1002 | 5.2 |
 * | a continuation without a message, a message within another | 1002 | 5.4 |
 * | a fragmented control frame, or one of more than 125 bytes | 1002 | 5.5 |
 * | a close frame of one byte, or with a code that must not be sent | 1002 | 5.5.1, 7.4 |
 * | text that is not UTF-8 | 1007 | 8.1 |
 * | a compressed message that cannot be inflated | 1007 | RFC 7692, 7.2.2 |
 * | a message of more than `maxFrameBytes`, as received or inflated | 1009 | RFC 6455, 7.4.1 |
 *
 * @module
 */

import { Buffer, constants as limits } from "node:buffer";
import { constants, inflateRawSync } from "node:zlib";
import { largestPayload } from "../../../limits/frame_size.ts";
import { CLOSE_CODES, isCloseCode } from "../../../protocol/close_codes.ts";
import type { Frame } from "../../../protocol/message.ts";
import {
  FIN,
  LENGTH_IN_16_BITS,
  MASKED,
  MOST_IN_16_BITS,
  MOST_IN_7_BITS,
  OPCODES,
  RSV1,
  RSV2_AND_3,
} from "./_header.ts";

/** A message or control frame from the client, or a breach. */
export type Incoming =
  | { readonly kind: "message"; readonly frame: Frame }
  | { readonly kind: "ping" | "pong"; readonly payload: Uint8Array }
  /** `code` is `undefined` if the client gave none. */
  | { readonly kind: "close"; readonly code: number | undefined }
  | Breach;

/** A protocol violation by the client. Nothing can be read after it. */
export interface Breach {
  /** Distinguishes it from messages and control frames. */
  readonly kind: "breach";
  /** The code to close the connection with. */
  readonly code: number;
  /** The violated rule. */
  readonly why: string;
}

/** Options for reading a client's frames. */
export interface FrameReaderOptions {
  /** Maximum size of a message, as one frame with its header, or inflated. */
  readonly maxFrameBytes: number;
  /** Whether messages may be compressed. */
  readonly inflates: boolean;
}

/** The header of a frame. */
interface Header {
  readonly fin: boolean;
  readonly opcode: number;
  readonly isCompressed: boolean;
  readonly length: number;
  /** The four bytes of the mask. */
  readonly mask: number;
}

const LEAST_BUFFER_BYTES = 256;
const ASCII_END = 0x80;
const NOTHING: Buffer = Buffer.alloc(0);
/** What a reader begins with that holds no message: one for all of them. */
const EMPTY = new Uint8Array(0);
/** What RFC 7692 leaves out at the end of a message: an empty block. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the frames of one client. */
export class FrameReader {
  readonly #maxPayload: number;
  readonly #inflates: boolean;
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** The header of the data frame whose payload is incomplete, and how much of it has arrived. */
  #header: Header | undefined;
  #read = 0;
  /** The opcode of the message in progress; 0 if there is none. */
  #opcode = 0;
  #isCompressed = false;
  #message = EMPTY;
  #length = 0;
  /** Bitwise OR of all bytes of the message: below 0x80 it is ASCII. */
  #bits = 0;

  /** Creates a reader. */
  constructor({ maxFrameBytes, inflates }: FrameReaderOptions) {
    this.#maxPayload = Math.min(largestPayload(maxFrameBytes), limits.MAX_STRING_LENGTH);
    this.#inflates = inflates;
  }

  /** Whether bytes are left that may contain more messages. */
  get hasMore(): boolean {
    return this.#at < this.#chunk.length;
  }

  /** Adds the next bytes. The reader owns them from now on. */
  push(chunk: Buffer): void {
    const rest = this.#chunk.length - this.#at;
    this.#chunk = rest === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /**
   * Returns the next complete message or control frame, or `undefined` if more bytes are needed. Call it until then, or
   * until a breach.
   */
  next(): Incoming | undefined {
    while (true) {
      const header = this.#header ?? this.#readHeader();
      if (header === undefined) return this.#keepRest();
      if ("kind" in header) return header;
      const incoming = header.opcode >= OPCODES.close ? this.#readControl(header) : this.#readData(header);
      if (incoming !== MORE_FRAMES) return incoming;
    }
  }

  /** Discards everything. */
  clear(): void {
    this.#chunk = NOTHING;
    this.#at = 0;
    this.#header = undefined;
    this.#free();
  }

  /** Reads a complete header, and for a control frame also its payload, or nothing. */
  #readHeader(): Header | Breach | undefined {
    const [chunk, at] = [this.#chunk, this.#at];
    const available = chunk.length - at;
    if (available < 2) return undefined;
    const [first, second] = [chunk[at]!, chunk[at + 1]!];
    const fault = this.#faultOf(first, second);
    if (fault) return fault;
    const length7 = second & 0x7f;
    const lengthBytes = length7 <= MOST_IN_7_BITS ? 0 : length7 === LENGTH_IN_16_BITS ? 2 : 8;
    const size = 2 + lengthBytes + 4;
    if (available < 2 + lengthBytes) return undefined;
    const length = lengthBytes === 0 ? length7 : numberAt(chunk, at + 2, lengthBytes);
    if (lengthBytes > 0 && length <= (lengthBytes === 2 ? MOST_IN_7_BITS : MOST_IN_16_BITS)) {
      return protocolError("a length must be in its shortest form");
    }
    const opcode = first & 0x0f;
    if (opcode < OPCODES.close && this.#length + length > this.#maxPayload) return TOO_BIG;
    if (available < size + (opcode >= OPCODES.close ? length : 0)) return undefined;
    const mask = chunk.readInt32BE(at + size - 4);
    this.#at += size;
    return { fin: first >= FIN, opcode, isCompressed: (first & RSV1) !== 0, length, mask };
  }

  /** Returns what is wrong with the first two bytes of a frame. */
  #faultOf(first: number, second: number): Breach | undefined {
    const opcode = first & 0x0f;
    if ((first & RSV2_AND_3) !== 0) return protocolError("a reserved bit is set");
    if ((first & RSV1) !== 0 && !(this.#inflates && (opcode === OPCODES.text || opcode === OPCODES.binary))) {
      return protocolError("a frame is marked as compressed");
    }
    if (second < MASKED) return protocolError("a frame has no mask");
    if (opcode >= OPCODES.close) {
      if (opcode > OPCODES.pong) return protocolError("an unknown opcode");
      if (first < FIN) return protocolError("a control frame comes in parts");
      return (second & 0x7f) > MOST_IN_7_BITS ? protocolError("a control frame has more than 125 bytes") : undefined;
    }
    if (opcode > OPCODES.binary) return protocolError("an unknown opcode");
    if (opcode === OPCODES.continuation) {
      return this.#opcode === 0 ? protocolError("a continuation without a message") : undefined;
    }
    return this.#opcode === 0 ? undefined : protocolError("a message within another");
  }

  /** Reads a complete control frame. */
  #readControl({ opcode, length, mask }: Header): Incoming {
    const payload = this.#chunk.subarray(this.#at, this.#at + length);
    unmask(payload, 0, length, mask, 0, payload, 0);
    this.#at += length;
    if (opcode === OPCODES.close) return closeOf(payload);
    return { kind: opcode === OPCODES.ping ? "ping" : "pong", payload };
  }

  #readData(header: Header): Incoming | typeof MORE_FRAMES | undefined {
    const { fin, opcode, length, mask } = header;
    if (opcode !== OPCODES.continuation && this.#read === 0) {
      this.#opcode = opcode;
      this.#isCompressed = header.isCompressed;
      this.#bits = 0;
    }
    const [chunk, start] = [this.#chunk, this.#at];
    const end = Math.min(start + length - this.#read, chunk.length);
    if (fin && this.#length === 0 && this.#read === 0 && end - start === length) { // nearly always: no need to copy
      this.#header = undefined;
      this.#at = end;
      this.#bits = unmask(chunk, start, end, mask, 0, chunk, start);
      const message = this.#finish(chunk.subarray(start, end));
      this.#opcode = 0;
      return message;
    }
    this.#append(chunk, start, end, mask);
    this.#at = end;
    if (this.#read < length) {
      this.#header = header;
      return undefined;
    }
    this.#header = undefined;
    this.#read = 0;
    if (!fin) return MORE_FRAMES;
    const message = this.#finish(Buffer.from(this.#message.buffer, 0, this.#length));
    this.#free();
    return message;
  }

  /** Adds bytes of a frame to the message. */
  #append(chunk: Buffer, start: number, end: number, mask: number): void {
    const length = this.#length + end - start;
    if (length > this.#message.length) this.#grow(length);
    this.#bits |= unmask(chunk, start, end, mask, this.#read, this.#message, this.#length);
    this.#length = length;
    this.#read += end - start;
  }

  /** Makes room, in place if the allocator can. The old memory is freed at once, not by the garbage collector. */
  #grow(length: number): void {
    const size = Math.min(Math.max(length, 2 * this.#message.length, LEAST_BUFFER_BYTES), this.#maxPayload);
    this.#message = this.#message === EMPTY
      ? new Uint8Array(size)
      : new Uint8Array(this.#message.buffer.transfer(size));
  }

  /** Frees the message in progress at once. */
  #free(): void {
    if (this.#message !== EMPTY) this.#message.buffer.transfer(0);
    this.#message = EMPTY;
    this.#opcode = this.#length = 0;
  }

  #finish(payload: Buffer): Incoming {
    const isText = this.#opcode === OPCODES.text;
    if (!this.#isCompressed) return messageOf(payload, isText, this.#bits);
    const inflated = this.#inflate(payload);
    return "kind" in inflated ? inflated : messageOf(inflated, isText, ASCII_END);
  }

  #inflate(payload: Buffer): Buffer | Breach {
    try {
      return inflateRawSync(Buffer.concat([payload, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: this.#maxPayload,
      });
    } catch (error) {
      return (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE" ? TOO_BIG : NOT_DEFLATED;
    }
  }

  /** Releases a chunk that has been read. Bytes of a header or control frame may be left of it, which are copied. */
  #keepRest(): undefined {
    if (this.#at === 0) return;
    this.#chunk = this.#at === this.#chunk.length ? NOTHING : Buffer.from(this.#chunk.subarray(this.#at));
    this.#at = 0;
  }
}

/** A frame is complete, but its message is not. */
const MORE_FRAMES = Symbol("more frames");

const TOO_BIG: Breach = { kind: "breach", code: CLOSE_CODES.messageTooBig, why: "a message is too big" };
const NOT_UTF8: Breach = { kind: "breach", code: CLOSE_CODES.invalidText, why: "text must be UTF-8" };
const NOT_DEFLATED: Breach = { kind: "breach", code: CLOSE_CODES.invalidText, why: "a message does not inflate" };

function protocolError(why: string): Breach {
  return { kind: "breach", code: CLOSE_CODES.protocolError, why };
}

/** Reads a big-endian number. Numbers that are too large to be exact exceed every limit anyway. */
function numberAt(bytes: Buffer, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + bytes[i]!;
  return value;
}

/**
 * Copies and unmasks bytes. Source and target may be the same.
 *
 * @param phase The number of bytes of the frame before these.
 * @returns Bitwise OR of all bytes.
 */
function unmask(
  source: Buffer,
  start: number,
  end: number,
  mask: number,
  phase: number,
  target: Uint8Array,
  to: number,
): number {
  let bits = 0;
  for (let from = start, at = to, shift = 24 - 8 * (phase & 3); from < end; from++, at++) {
    const byte = source[from]! ^ ((mask >>> shift) & 0xff);
    target[at] = byte;
    bits |= byte;
    shift = (shift + 24) & 31;
  }
  return bits;
}

function messageOf(payload: Buffer, isText: boolean, bits: number): Incoming {
  if (!isText) return { kind: "message", frame: new Uint8Array(payload) };
  if (bits < ASCII_END) return { kind: "message", frame: payload.toString("latin1") };
  const text = textOf(payload);
  return text === undefined ? NOT_UTF8 : { kind: "message", frame: text };
}

function closeOf(payload: Buffer): Incoming {
  if (payload.length === 0) return { kind: "close", code: undefined };
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  if (!isCloseCode(code)) return protocolError("a close frame has no code that a client may send");
  return textOf(payload.subarray(2)) === undefined ? NOT_UTF8 : { kind: "close", code };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
