/**
 * Reading JSON from frames, and checking values before they are written as JSON.
 *
 * @module
 */

import { isThenable } from "../base/thenable.ts";
import { MalformedFrameError, NestingError } from "./errors.ts";
import { DEFAULT_MAX_NESTING, isTooDeep } from "./nesting.ts";

/**
 * Parses untrusted JSON text. All JSON from clients is parsed here.
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
 * Throws if `JSON.stringify` would omit a value, since the frame would then be written without it. It also throws for
 * values that JSON silently empties: a promise or a query that is not awaited, a `Map`, a `Set`, and buffers (bytes are
 * sent only as a `Uint8Array`). Only `value` itself is checked, not its contents.
 *
 * Values that make `JSON.stringify` throw, such as a cycle, are not checked.
 *
 * @param value The value.
 * @param name The name used in the error, such as `"response of reply"`.
 * @throws {TypeError} If `value` has no JSON text.
 */
export function assertJson(value: unknown, name: string): void {
  if (isLeftOut(value)) {
    throw new TypeError(`Cannot encode ${name}: must be a JSON value, received ${kindOf(value)}`);
  }
}

/**
 * Throws if a value is not a JSON object.
 *
 * @param value The value.
 * @param name The name used in the error, such as `"payload of push"`.
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
 * Throws if no format can send a value as a payload, whether or not there are receivers. A single format may still
 * reject a value that passes: protocol V2 carries only objects and bytes.
 *
 * @param payload The payload.
 * @param name The name used in the error, such as `"payload of broadcast"`.
 * @throws {TypeError} If `payload` has no JSON text, and is no `Uint8Array`.
 */
export function assertPayload(payload: unknown, name: string): void {
  if (!(payload instanceof Uint8Array)) assertJson(payload, name);
}

/** Returns the name of the type of `value` for an error, without its contents. */
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
    // The text is created a second time only for a value with its own `toJSON`.
    return "toJSON" in value && typeof value.toJSON === "function" &&
      JSON.stringify(value) === undefined;
  }
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** Returns whether JSON would not show the contents: it writes `{}`, numbered fields, or the internals of a query. */
function isEmptied(value: object): boolean {
  if (Object.getPrototypeOf(value) === Object.prototype) return false; // nearly always
  return ArrayBuffer.isView(value) || EMPTIED.some((type) => value instanceof type) || isThenable(value);
}

const EMPTIED = [ArrayBuffer, Map, Set] as const;
