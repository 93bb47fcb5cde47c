/**
 * The entries of a stream: messages, and marks, which remember where a topic stands when its messages are gone.
 *
 * An entry's number in the stream is its offset. A mark has the offset that it stands for in a header; the first one of
 * a topic stands for itself. All messages of the topic after that offset are behind the mark.
 *
 * @module
 */

import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Unnumbered } from "../../../history/engine.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../pubsub/envelope.ts";
import { isTooDeep } from "../../../protocol/nesting.ts";
import { parseJson } from "../../../protocol/json.ts";

/** An entry as it is kept. */
export interface Entry {
  /** Its number in the stream. */
  readonly seq: number;
  /** When NATS stored it, in milliseconds since 1970. */
  readonly atMs: number;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

/** A message as it is sent to NATS. */
export interface Encoded {
  readonly body: Uint8Array;
  /** What the envelope has no place for, as JSON; `undefined` if there is nothing. */
  readonly meta: string | undefined;
}

/** What a mark stands for: an offset, or `self`. */
const MARK = "Urvogel-Mark";
const META = "Urvogel-Meta";
const SELF = "self";
const META_NESTING = 1;

/** Encodes a message. */
export function encodeMessage(nodeName: string, topic: string, { event, payload, from, key }: Unnumbered): Encoded {
  const body = encodeEnvelope(nodeName, { topic, event, payload });
  // As JSON, since a header cannot hold every text.
  const meta = from === undefined && key === undefined ? undefined : JSON.stringify({ from, key });
  return { body, meta };
}

/** Decodes a message of a topic. Returns `undefined` if it is none. */
export function decodeMessage(
  topic: string,
  { data, headers }: Pick<Entry, "data" | "headers">,
): Unnumbered | undefined {
  try {
    const { event, payload, topic: its } = decodeEnvelope(data);
    if (its !== topic) return undefined;
    // A copy: the client may use its buffer again.
    const kept = payload instanceof Uint8Array ? payload.slice() : payload;
    return { event, payload: kept, ...readMeta(headers?.get(META)) };
  } catch {
    return undefined;
  }
}

function readMeta(text: string | undefined): Pick<Unnumbered, "from" | "key"> {
  if (!text || isTooDeep(text, META_NESTING)) return {};
  const { from, key } = parseJson(text, META_NESTING) as Record<string, unknown>;
  return { from: typeof from === "string" ? from : undefined, key: typeof key === "string" ? key : undefined };
}

/** Returns the header of a message. */
export function metaHeaders(meta: string): MsgHdrs {
  const all = headers();
  all.set(META, asciiJson(meta));
  return all;
}

/** Returns the header of a mark. */
export function markHeaders(offset: number | undefined): MsgHdrs {
  const all = headers();
  all.set(MARK, offset === undefined ? SELF : String(offset));
  return all;
}

/** Returns the offset that a mark stands for; `undefined` if the entry is a message. */
export function markOf({ seq, headers }: Pick<Entry, "seq" | "headers">): number | undefined {
  const mark = headers?.get(MARK);
  if (!mark) return undefined;
  return mark === SELF ? seq : Number(mark);
}

/** Returns where a topic stands after an entry. */
export function offsetOf(entry: Pick<Entry, "seq" | "headers">): number {
  return markOf(entry) ?? entry.seq;
}

function asciiJson(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
