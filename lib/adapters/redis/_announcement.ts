/**
 * Numbered messages as they come from Redis: announced, or read.
 *
 * A body is an envelope of the bus whose sender is {@linkcode Unnumbered.from}. An announcement is
 * `<number> <epoch> <time> <body>`.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Stored, Unnumbered } from "../../history/engine.ts";
import { parsePosition, type Position } from "../../history/position.ts";
import { decodeEnvelope, encodeEnvelope } from "../../pubsub/envelope.ts";

/** Longer starts are none of ours: two numbers and an epoch. */
const MAX_START = 100;

const SPACE = 32;
type Row = readonly [id: Buffer, fields: readonly [field: Buffer, body: Buffer]];

const NUMBERED = /^(\d{1,16})-(\d{1,16})$/;

/**
 * Encodes what is kept of a message.
 *
 * @throws {TypeError} If its payload has neither JSON text nor bytes.
 * @throws {TooLargeError} If no engine could carry it.
 */
export function encodeBody(topic: string, { event, payload, from = "" }: Unnumbered): Uint8Array<ArrayBuffer> {
  return encodeEnvelope(from, { topic, event, payload });
}

/**
 * Reads an announcement.
 *
 * @throws {TypeError} If it is none of this topic.
 */
export function readAnnouncement(topic: string, message: Buffer): Stored {
  const afterOffset = message.indexOf(SPACE);
  const afterEpoch = message.indexOf(SPACE, afterOffset + 1);
  const afterTime = message.indexOf(SPACE, afterEpoch + 1);
  if (afterOffset < 1 || afterEpoch < 0 || afterTime < 0 || afterTime > MAX_START) throw malformed("its start");
  const [offset, epoch, atMs] = message.toString("latin1", 0, afterTime).split(" ");
  const position = parsePosition(`${epoch}:${offset}`);
  if (!position || !Number.isSafeInteger(Number(atMs))) throw malformed("its start");
  return storedOf(topic, position, Number(atMs), message.subarray(afterTime + 1));
}

/**
 * Reads a row of a stream: `[id, [field, body]]`.
 *
 * @throws {TypeError} If it is none.
 */
export function readRow(topic: string, epoch: string, row: unknown): Stored {
  const [id, fields] = row as Row;
  const match = NUMBERED.exec(id.toString("latin1"));
  if (!match) throw malformed("its id");
  return storedOf(topic, { epoch, offset: Number(match[1]) }, Number(match[2]), fields[1]);
}

/** Returns the number of a row, also if its message cannot be read; `undefined` if it has none. */
export function offsetOf(row: unknown): number | undefined {
  const [id] = row as Row;
  const match = NUMBERED.exec(id.toString("latin1"));
  return match ? Number(match[1]) : undefined;
}

/** Numbers have no gaps, except where Redis refused to announce. */
function storedOf(topic: string, { epoch, offset }: Position, atMs: number, body: Buffer): Stored {
  const { topic: found, node, event, payload } = decodeEnvelope(body);
  if (found !== topic) throw malformed("its topic");
  return {
    epoch,
    offset,
    previous: offset - 1,
    event,
    payload: payload instanceof Uint8Array ? payload.slice() : payload, // not a view of what the client has read
    from: node || undefined,
    atMs,
  };
}

function malformed(what: string): TypeError {
  return new TypeError(`Cannot read numbered message: ${what} is wrong`);
}
