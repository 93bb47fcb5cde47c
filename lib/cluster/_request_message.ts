/**
 * Requests between nodes and their replies, as bytes: the length of the header, the header in JSON, the body.
 *
 * @module
 */

import type { JsonOrBytes } from "../protocol/payload.ts";
import { nodeJsonOf, parseNodeJson } from "../pubsub/node_json.ts";
import { isNodeName } from "../pubsub/node_name.ts";

/** The topic of these messages, a control topic. */
export const REQUESTS_TOPIC = "urvogel:requests";

/** What a request or reply says about its body. */
export interface RequestHeader {
  /** Identifies the request among those of its sender. */
  readonly id: string;
  /** The node that sends this message. */
  readonly from: string;
  /** In a request, what is asked; in a reply, how it went. */
  readonly name: string;
}

/** A request or reply. */
export interface RequestMessage extends RequestHeader {
  /** The argument or the result. */
  readonly body: JsonOrBytes;
}

/** The `name` of a reply that holds the result. */
export const OK = "ok";
/** The `name` of a reply whose body is the name and the message of an error. */
export const FAILED = "failed";

const LENGTH_BYTES = 4;
const encoder = new TextEncoder();

/**
 * Encodes a message.
 *
 * @throws {TypeError} If the body has neither JSON text nor bytes, or is nested deeper than 1,000 levels.
 */
export function encodeRequest({ id, from, name, body }: RequestMessage): Uint8Array<ArrayBuffer> {
  const isBytes = body instanceof Uint8Array;
  const header = encoder.encode(JSON.stringify([id, from, name, isBytes]));
  const rest = isBytes ? body : encoder.encode(nodeJsonOf(body ?? null, `body of "${name}"`));
  const message = new Uint8Array(LENGTH_BYTES + header.length + rest.length);
  new DataView(message.buffer).setUint32(0, header.length);
  message.set(header, LENGTH_BYTES);
  message.set(rest, LENGTH_BYTES + header.length);
  return message;
}

/** Decodes a message of another node. Returns `undefined` if it is malformed. */
export function decodeRequest(message: unknown): RequestMessage | undefined {
  if (!(message instanceof Uint8Array) || message.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + new DataView(message.buffer, message.byteOffset).getUint32(0);
  if (end > message.length) return undefined;
  try {
    const header = parseNodeJson(message.subarray(LENGTH_BYTES, end));
    if (!Array.isArray(header)) return undefined;
    const [id, from, name, isBytes]: readonly unknown[] = header;
    if (typeof id !== "string" || !isNodeName(from) || typeof name !== "string") return undefined;
    const rest = message.subarray(end);
    return { id, from, name, body: isBytes === true ? rest : parseNodeJson(rest) as JsonOrBytes };
  } catch {
    return undefined;
  }
}
