/**
 * The client side of version 2 of the protocol: writes a client's messages and reads a server's frames.
 *
 * @module
 */

import { BROADCAST, PUSH, REPLY } from "./_binary.ts";
import { decodeFrame, encodeFrame } from "./binary_fields.ts";
import { MalformedFrameError } from "./errors.ts";
import { PHX_REPLY } from "./events.ts";
import { kindOf, parseJson } from "./json.ts";
import type { Frame } from "./message.ts";

/** A decoded frame of the server; `kind` says which one. */
export type ServerMessage =
  | {
    /** The reply to one message of the client. */
    readonly kind: "reply";
    readonly joinRef: string | null;
    readonly ref: string | null;
    readonly topic: string;
    readonly status: string;
    readonly response: unknown;
  }
  | {
    /** A message for this client. */
    readonly kind: "push";
    readonly joinRef: string | null;
    readonly ref: string | null;
    readonly topic: string;
    readonly event: string;
    readonly payload: unknown;
  }
  | {
    /** A message for all members of the topic. */
    readonly kind: "broadcast";
    /** Its position in the history of the topic, if it has one. */
    readonly position?: string;
    readonly topic: string;
    readonly event: string;
    readonly payload: unknown;
  };

/** A message that a client sends. */
export interface OutgoingMessage {
  /** The ref of the join it belongs to, or `null`. */
  readonly joinRef: string | null;
  /** The client's identifier for it, which the reply repeats, or `null`. */
  readonly ref: string | null;
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** Any JSON value, or bytes, which are sent as a binary frame. */
  readonly payload: unknown;
}

/**
 * Writes a client's message as a frame.
 *
 * @throws {RangeError} If a field of a binary message takes more than 255 bytes.
 */
export function encodeOutgoing({ joinRef, ref, topic, event, payload }: OutgoingMessage): Frame {
  if (!(payload instanceof Uint8Array)) return JSON.stringify([joinRef, ref, topic, event, payload]);
  return encodeFrame(
    PUSH,
    [["join_ref", joinRef ?? ""], ["ref", ref ?? ""], ["topic", topic], ["event", event]],
    payload,
  );
}

/**
 * Reads a frame of the server.
 *
 * @throws {MalformedFrameError} If it is not a frame of the protocol.
 */
export function decodeServerFrame(frame: Frame): ServerMessage {
  return typeof frame === "string" ? decodeJson(frame) : decodeBinary(frame);
}

function decodeJson(frame: string): ServerMessage {
  const message = parseJson(frame, Infinity); // from a server that the client has chosen
  if (!Array.isArray(message) || message.length !== 5) {
    throw new MalformedFrameError(`V2 takes an array of 5 elements, received ${kindOf(message)}`);
  }
  const [joinRef, ref, topic, event, payload] = message;
  if (event === PHX_REPLY) {
    const { status, response } = payload as { status: string; response: unknown };
    return { kind: "reply", joinRef, ref, topic, status, response };
  }
  if (joinRef === null && ref === null) return { kind: "broadcast", topic, event, payload };
  if (joinRef === null && isPositionRef(ref)) return { kind: "broadcast", position: ref, topic, event, payload };
  return { kind: "push", joinRef, ref, topic, event, payload };
}

function decodeBinary(frame: Uint8Array<ArrayBuffer>): ServerMessage {
  switch (frame[0]) {
    case PUSH: {
      const { fields: [joinRef, topic, event], data: payload } = decodeFrame(frame, 3) as Decoded<3>;
      return { kind: "push", joinRef: orNull(joinRef), ref: null, topic, event, payload };
    }
    case REPLY: {
      const { fields: [joinRef, ref, topic, status], data: response } = decodeFrame(frame, 4) as Decoded<4>;
      return { kind: "reply", joinRef: orNull(joinRef), ref: orNull(ref), topic, status, response };
    }
    case BROADCAST: {
      const { fields: [topic, event], data: payload } = decodeFrame(frame, 2) as Decoded<2>;
      return { kind: "broadcast", topic, event, payload };
    }
    default:
      throw new MalformedFrameError(`a server's frame is of kind 0, 1 or 2, received ${frame[0]}`);
  }
}

/** The result of `decodeFrame` for `N` strings. */
interface Decoded<N extends keyof Fields> {
  readonly fields: Fields[N];
  readonly data: Uint8Array<ArrayBuffer>;
}

interface Fields {
  2: [string, string];
  3: [string, string, string];
  4: [string, string, string, string];
}

/** Returns whether a `ref` is a position in a history: no other reference has a colon. */
function isPositionRef(ref: unknown): ref is string {
  return typeof ref === "string" && ref.includes(":");
}

function orNull(ref: string): string | null {
  return ref === "" ? null : ref;
}
