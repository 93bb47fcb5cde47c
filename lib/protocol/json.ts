/**
 * What may go into a frame as JSON.
 *
 * @module
 */

import { isThenable } from "../base/thenable.ts";
import { MalformedFrameError, NestingError } from "./errors.ts";
import { DEFAULT_MAX_NESTING, isTooDeep } from "./nesting.ts";

/**
 * Reads JSON text from outside: the one place that all of it passes.
 *
 * @param text The text of a frame.
 * @param maxNesting How deep arrays and objects may be nested.
 * @returns The value.
 * @throws {MalformedFrameError} If `text` is not JSON, or is nested too deep.
 */
export function parseJson(text: string, maxNesting: number = DEFAULT_MAX_NESTING): unknown {
  if (isTooDeep(text, maxNesting)) throw new NestingError(maxNesting);
  try {
    return JSON.parse(text);
  } catch { // what V8 says quotes the text, which is not for logs
    throw new MalformedFrameError("text must be JSON");
  }
}

/**
 * Refuses what `JSON.stringify` would leave out: the frame around it would be written all the same,
 * without it. So is what JSON would empty without a word: a promise or a query that somebody forgot to await, a `Map`, a `Set`, and
 * buffers (bytes travel as a `Uint8Array` and in no other way). Only `value` itself is looked at, not what is in it.
 *
 * What `JSON.stringify` refuses on its own, such as a cycle, is not looked for.
 *
 * @param value The value.
 * @param name What the error calls it, such as `"response of reply"`.
 * @throws {TypeError} If `value` has no JSON text.
 */
export function assertJson(value: unknown, name: string): void {
  if (isLeftOut(value)) {
    throw new TypeError(`Cannot encode ${name}: must be a JSON value, received ${kindOf(value)}`);
  }
}

/**
 * Refuses what is not a JSON object.
 *
 * @param value The value.
 * @param name What the error calls it, such as `"payload of push"`.
 * @throws {TypeError} If `value` is not an object, or has no JSON text.
 */
export function assertJsonObject(value: unknown, name: string): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !isLeftOut(value)) {
    return;
  }
  throw new TypeError(
    `Cannot encode ${name}: must be an object or a Uint8Array, received ${kindOf(value)}`,
  );
}

/**
 * Refuses what no client could get as a payload, whatever format it speaks, and whether or not anybody listens. Some of
 * what is left is still too much for one format: protocol V2 carries nothing but objects and bytes.
 *
 * @param payload The payload.
 * @param name What the error calls it, such as `"payload of broadcast"`.
 * @throws {TypeError} If `payload` has no JSON text, and is no `Uint8Array`.
 */
export function assertPayload(payload: unknown, name: string): void {
  if (!(payload instanceof Uint8Array)) assertJson(payload, name);
}

/** Names the type of `value` for an error, without showing what is in it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "array";
  if (value instanceof Uint8Array) return "Uint8Array"; // subclasses too
  if (typeof value === "object" && isEmptied(value)) {
    if (isThenable(value)) return "Promise"; // whoever made it
    return Object.prototype.toString.call(value).slice("[object ".length, -1);
  }
  return typeof value;
}

function isLeftOut(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    if (isEmptied(value)) return true;
    // The text is made a second time only for a value that decides on its own what it looks like.
    return "toJSON" in value && typeof value.toJSON === "function" &&
      JSON.stringify(value) === undefined;
  }
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** JSON makes `{}` of it, or numbered fields, or what a query keeps until it is awaited. */
function isEmptied(value: object): boolean {
  if (Object.getPrototypeOf(value) === Object.prototype) return false; // nearly always
  return ArrayBuffer.isView(value) || EMPTIED.some((type) => value instanceof type) || isThenable(value);
}

const EMPTIED = [ArrayBuffer, Map, Set] as const;
