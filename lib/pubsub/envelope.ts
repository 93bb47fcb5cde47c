/**
 * The envelope: one broadcast as bytes, as it travels between nodes.
 *
 * | bytes | content |
 * | --- | --- |
 * | 1 | version, 1 |
 * | 1 | kind of the payload: 0 JSON, 1 bytes |
 * | 4 | length of the header in bytes, big-endian |
 * | | header: JSON `[topic, node, event]`, and later fields, which are ignored |
 * | | payload |
 *
 * The header is JSON because topics are any text, lone surrogates included, which UTF-8 alone cannot carry. A node
 * ignores envelopes of other versions, so that two versions can run side by side during a deploy.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import { assertPayload } from "../protocol/json.ts";
import type { BroadcastData } from "./broadcast.ts";
import { TooLargeError } from "./errors.ts";
import { MAX_NODE_NESTING, nodeJsonOf, parseNodeJson } from "./node_json.ts";

/**
 * A broadcast with the node that sent it.
 *
 * @category PubSub
 */
export interface Envelope extends BroadcastData {
  /** The name of the sending node. */
  readonly node: string;
}

const VERSION = 1;
const JSON_PAYLOAD = 0;
const BYTES_PAYLOAD = 1;
const FIXED_BYTES = 6;
const PAYLOAD = "payload of broadcast";
/** What no engine has to carry, and no node reads: a peer may send anything. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What the first bytes are written over. */
const FIXED_PLACES = "\0".repeat(FIXED_BYTES);

const encoder = new TextEncoder();

/**
 * Encodes a broadcast for the bus.
 *
 * @category PubSub
 * @param node The name of this node.
 * @param broadcast The broadcast.
 * @returns The bytes.
 * @throws {TypeError} If the payload has neither JSON text nor bytes, or is nested deeper than 1,000 levels.
 * @throws {TooLargeError} If the envelope would be larger than 16 MiB.
 */
export function encodeEnvelope(node: string, { topic, event, payload }: BroadcastData): Uint8Array<ArrayBuffer> {
  const header = JSON.stringify([topic, node, event]);
  const headerBytes = utf8Length(header);
  const isBytes = payload instanceof Uint8Array;
  const text = isBytes ? header : header + jsonOf(payload);
  // In one go: TextEncoder costs more by the call than by the byte.
  const start = encoder.encode(FIXED_PLACES + text);
  const bytes = start.length + (isBytes ? payload.length : 0);
  if (bytes > MAX_BYTES) throw new TooLargeError(topic, bytes, MAX_BYTES);
  start[0] = VERSION;
  start[1] = isBytes ? BYTES_PAYLOAD : JSON_PAYLOAD;
  new DataView(start.buffer).setUint32(2, headerBytes);
  return isBytes ? joined(start, payload) : start;
}

function joined(start: Uint8Array, end: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(start.length + end.length);
  bytes.set(start);
  bytes.set(end, start.length);
  return bytes;
}

/**
 * Decodes an envelope. The text of its payload is parsed, so no peer can put text of its own into frames.
 *
 * @category PubSub
 * @param envelope The bytes.
 * @returns The broadcast and its sender. A payload of bytes is a view of `envelope`.
 * @throws {TypeError} If it is no envelope of this version, is damaged, larger than 16 MiB or nested deeper than 1,000
 * levels.
 */
export function decodeEnvelope(envelope: Uint8Array): Envelope {
  if (envelope.length < FIXED_BYTES) throw malformed(`${envelope.length} bytes are too few`);
  if (envelope.length > MAX_BYTES) throw malformed(`it must have at most ${MAX_BYTES} bytes`);
  const [version, kind] = envelope;
  if (version !== VERSION) throw malformed(`its version must be ${VERSION}, received ${version}`);
  if (kind !== JSON_PAYLOAD && kind !== BYTES_PAYLOAD) throw malformed(`its kind must be 0 or 1, received ${kind}`);
  const headerEnd = FIXED_BYTES + new DataView(envelope.buffer, envelope.byteOffset).getUint32(2);
  if (headerEnd > envelope.length) throw malformed("it ends within its header");
  const header = parse(envelope.subarray(FIXED_BYTES, headerEnd), "header");
  if (!Array.isArray(header)) throw malformed("its header must be an array");
  const [topic, node, event]: readonly unknown[] = header;
  if (typeof topic !== "string" || typeof node !== "string" || typeof event !== "string") {
    throw malformed("topic, node and event must be strings");
  }
  // Not by subarray(): that of a Buffer, which clients of engines use, is another Buffer, with another slice().
  const body = new Uint8Array(envelope.buffer, envelope.byteOffset + headerEnd, envelope.length - headerEnd);
  return { topic, node, event, payload: kind === BYTES_PAYLOAD ? body : parse(body, "payload") };
}

function jsonOf(payload: unknown): string {
  assertPayload(payload, PAYLOAD);
  return nodeJsonOf(payload, PAYLOAD);
}

function parse(json: Uint8Array, name: string): unknown {
  try {
    return parseNodeJson(json);
  } catch { // what V8 says quotes the text, which is not for logs
    throw malformed(`its ${name} must be JSON in UTF-8, at most ${MAX_NODE_NESTING} levels deep`);
  }
}

function malformed(why: string): TypeError {
  return new TypeError(`Cannot read envelope: ${why}`);
}
