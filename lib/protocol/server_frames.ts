/**
 * The other end of version 2 of the protocol: what a client sends, and how it reads what a server sends.
 *
 * @module
 */

import { decodeText } from "./binary_fields.ts";
import { MalformedFrameError } from "./errors.ts";
import { PHX_REPLY } from "./events.ts";
import { kindOf, parseJson } from "./json.ts";
import type { Frame } from "./message.ts";

/** A frame of the server, told apart. */
export type ServerMessage =
  | {
    /** The answer to one message of the client. */
    readonly kind: "reply";
    readonly joinRef: string | null;
    readonly ref: string | null;
    readonly topic: string;
    readonly status: string;
    readonly response: unknown;
  }
  | {
    /** For this client. */
    readonly kind: "push";
    readonly joinRef: string | null;
    readonly ref: string | null;
    readonly topic: string;
    readonly event: string;
    readonly payload: unknown;
  }
  | {
    /** For all members of the topic. */
    readonly kind: "broadcast";
    readonly topic: string;
    readonly event: string;
    readonly payload: unknown;
  };

/** What a client says. */
export interface OutgoingMessage {
  /** The ref of the join it belongs to, or `null`. */
  readonly joinRef: string | null;
  /** The client's name for it, which the reply repeats, or `null`. */
  readonly ref: string | null;
  /** The topic. */
  readonly topic: string;
  /** What happened. */
  readonly event: string;
  /** Any JSON value, or bytes, which go as a binary frame. */
  readonly payload: unknown;
}

const PUSH = 0;
const REPLY = 1;
const BROADCAST = 2;
/** A length has to fit into one byte. */
const LONGEST = 255;

const encoder = new TextEncoder();

/**
 * Writes what a client says.
 *
 * @throws {RangeError} If a field of a binary message takes more than 255 bytes.
 */
export function encodeOutgoing({ joinRef, ref, topic, event, payload }: OutgoingMessage): Frame {
  if (!(payload instanceof Uint8Array)) return JSON.stringify([joinRef, ref, topic, event, payload]);
  const fields = [joinRef ?? "", ref ?? "", topic, event].map((text) => encoder.encode(text));
  const tooLong = fields.find(({ length }) => length > LONGEST);
  if (tooLong) {
    throw new RangeError(`Cannot encode binary frame: a field must be <= ${LONGEST} bytes, received ${tooLong.length}`);
  }
  return new Uint8Array([
    PUSH,
    ...fields.map(({ length }) => length),
    ...fields.flatMap((field) => [...field]),
    ...payload,
  ]);
}

/**
 * Reads a frame of the server.
 *
 * @throws {MalformedFrameError} If it is none.
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
  return { kind: "push", joinRef, ref, topic, event, payload };
}

function decodeBinary(frame: Uint8Array<ArrayBuffer>): ServerMessage {
  switch (frame[0]) {
    case PUSH: {
      const [[joinRef, topic, event], payload] = fieldsOf<3>(frame, 3);
      return { kind: "push", joinRef: orNull(joinRef), ref: null, topic, event, payload };
    }
    case REPLY: {
      const [[joinRef, ref, topic, status], response] = fieldsOf<4>(frame, 4);
      return { kind: "reply", joinRef: orNull(joinRef), ref: orNull(ref), topic, status, response };
    }
    case BROADCAST: {
      const [[topic, event], payload] = fieldsOf<2>(frame, 2);
      return { kind: "broadcast", topic, event, payload };
    }
    default:
      throw new MalformedFrameError(`a server's frame is of kind 0, 1 or 2, received ${frame[0]}`);
  }
}

interface Fields {
  2: [string, string];
  3: [string, string, string];
  4: [string, string, string, string];
}

function fieldsOf<N extends keyof Fields>(frame: Uint8Array<ArrayBuffer>, count: N): [Fields[N], Uint8Array] {
  let offset = 1 + count;
  const fields = Array.from(frame.subarray(1, offset), (length) => {
    const start = offset;
    offset += length;
    return offset <= frame.length ? decodeText(frame, start, offset) : "";
  });
  if (fields.length < count || offset > frame.length) throw new MalformedFrameError("a binary frame is too short");
  return [fields as Fields[N], frame.slice(offset)];
}

function orNull(ref: string): string | null {
  return ref === "" ? null : ref;
}
