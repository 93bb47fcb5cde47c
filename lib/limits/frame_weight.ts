/**
 * Estimates the memory that a client's message takes while it waits, from its frame.
 *
 * The length of the frame alone says little: `[{},{},...]` takes 21 times its length once it is decoded, objects with
 * index keys (`{"34":1}`) up to 45 times. So the estimate depends on what the text contains. It is an upper bound: by
 * the worst case measured for V8, the decoded values never take more than the estimate.
 *
 * It is computed from the text, since `indexOf` scans that much faster than any code could walk through the values:
 * 25 µs for a megabyte of plain text.
 *
 * @module
 */

/** The message itself: its refs, topic and event, and its place in a queue. */
const MESSAGE_BYTES = 256;
/** Text outside of Latin-1 takes two bytes a character. */
const CHARACTER_BYTES = 2;
/** An object. One whose only key is an index below 35 has room for all indices before it. */
const OBJECT_BYTES = 360;
/** An array of one element, with its place in another one. */
const ARRAY_BYTES = 64;
/** A key in an object of very many keys, and the place of its value. */
const ITEM_BYTES = 80;

/**
 * Estimates the memory that a message takes while it waits, in bytes.
 *
 * @example Usage
 * ```ts
 * import { frameWeight } from "./frame_weight.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const plain = "x".repeat(1000);
 * assertEquals(frameWeight(`["1","2","a","say","${plain}"]`, plain), 2684);
 * assertEquals(frameWeight(new Uint8Array(1000), new Uint8Array(990)), 1256);
 * ```
 *
 * @param frame The frame.
 * @param payload The decoded payload; bytes stay as they are.
 */
export function frameWeight(frame: string | Uint8Array, payload: unknown): number {
  if (payload instanceof Uint8Array) return MESSAGE_BYTES + frame.length;
  return quickWeight(frame) +
    (typeof frame === "string" ? weightOfText(frame) : weightOfBytes(frame));
}

/** Returns the weight of a frame by its length alone: that of a plain text, which is the lowest estimate. */
export function quickWeight({ length }: string | Uint8Array): number {
  return MESSAGE_BYTES + length * CHARACTER_BYTES;
}

function weightOfText(text: string): number {
  return countInText(text, "{") * OBJECT_BYTES + countInText(text, "[") * ARRAY_BYTES +
    countInText(text, ",") * ITEM_BYTES;
}

function countInText(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count++;
  return count;
}

/** Returns the weight of JSON in a binary frame, as Supabase sends it. */
function weightOfBytes(bytes: Uint8Array): number {
  let weight = 0;
  for (const byte of bytes) {
    if (byte === 0x2c) weight += ITEM_BYTES;
    else if (byte === 0x7b) weight += OBJECT_BYTES;
    else if (byte === 0x5b) weight += ARRAY_BYTES;
  }
  return weight;
}
