/**
 * The cases of the protocol suite as data: what a client sends on a raw connection, and what it is sent back.
 *
 * @module
 */

import { concatenate } from "../../support/raw_connection.ts";
import { encodeClose, encodeFrame, type FrameToSend, Opcode } from "../../support/ws_frame.ts";
import { described } from "./described.ts";

/** Bytes that are written in one go, or the description of what must come before the case goes on. */
export type Step = Uint8Array | string;

/** One case. Its server echoes messages. */
export interface WireCase {
  /** The number of the case in Autobahn's test suite where there is one; unique. */
  readonly id: string;
  /** What the client does. */
  readonly what: string;
  /** What is written and waited for, in order. */
  readonly steps: readonly Step[];
  /**
   * How the connection ends: `"client"` closes it with code 1000 and the server answers, or the server sends a close
   * frame with this code; `null` is a close frame without a code.
   *
   * @default {"client"}
   */
  readonly end?: "client" | number | null;
  /**
   * Where the server takes messages of {@linkcode SMALL_BYTES} at the most (`"small"`), or has its defaults.
   *
   * @default {"default"}
   */
  readonly server?: "default" | "small";
  /** The value of `Sec-WebSocket-Extensions` that the client offers. */
  readonly offer?: string;
  /** Whether the server compresses for clients that offer it: the case runs only on transports that can. */
  readonly compresses?: boolean;
}

/** `maxFrameBytes` of the server `"small"`. */
export const SMALL_BYTES = 10_000;

const encoder = new TextEncoder();

/** The bytes of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Any frame, as bytes. */
export function frame(opcode: number, payload: Uint8Array | string = "", more: Partial<FrameToSend> = {}): Uint8Array {
  return encodeFrame({ opcode, payload: typeof payload === "string" ? utf8(payload) : payload, ...more });
}

/** A text message of one frame. */
export function text(payload: Uint8Array | string, more: Partial<FrameToSend> = {}): Uint8Array {
  return frame(Opcode.text, payload, more);
}

/** A binary message of one frame. */
export function binary(payload: Uint8Array | string, more: Partial<FrameToSend> = {}): Uint8Array {
  return frame(Opcode.binary, payload, more);
}

/** A ping. */
export function ping(payload: Uint8Array | string = "", more: Partial<FrameToSend> = {}): Uint8Array {
  return frame(Opcode.ping, payload, more);
}

/** A pong. */
export function pong(payload: Uint8Array | string = "", more: Partial<FrameToSend> = {}): Uint8Array {
  return frame(Opcode.pong, payload, more);
}

/** A close frame. */
export function close(code: number | null, reason = ""): Uint8Array {
  return frame(Opcode.close, encodeClose(code, reason));
}

/** A frame that goes on with a message; the last one unless `more` says otherwise. */
export function continuation(payload: Uint8Array | string = "", more: Partial<FrameToSend> = {}): Uint8Array {
  return frame(Opcode.continuation, payload, more);
}

/** The frames of a message in parts. */
export function fragments(
  opcode: number,
  parts: readonly (Uint8Array | string)[],
  first: Partial<FrameToSend> = {},
): Uint8Array[] {
  return parts.map((part, n) => {
    const fin = n === parts.length - 1;
    return n === 0 ? frame(opcode, part, { fin, ...first }) : continuation(part, { fin });
  });
}

/** Several frames as one piece of bytes, written in one go. */
export function together(...parts: readonly Uint8Array[]): Uint8Array {
  return parts.reduce((all, part) => concatenate(all, part));
}

/** `bytes` in pieces of `size`, each written on its own. */
export function chopped(bytes: Uint8Array, size = 1): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, n) => bytes.subarray(n * size, (n + 1) * size),
  );
}

/** What comes when a text is echoed. */
export function echoOf(payload: string): string {
  return described({ kind: "text", text: payload });
}

/** What comes when bytes are echoed. */
export function bytesBack(data: Uint8Array): string {
  return described({ kind: "binary", data });
}

/** What comes for a ping. */
export function pongOf(payload: Uint8Array | string = ""): string {
  return described({ kind: "pong", data: typeof payload === "string" ? utf8(payload) : payload });
}
