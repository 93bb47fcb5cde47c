/**
 * Values on their way from node to node: JSON, with bytes anywhere in it.
 *
 * What JSON would silently change is refused: a `Map`, a date, a class instance, `NaN`, a promise. So a value that
 * arrives is equal to the one that was sent, except that fields with the value `undefined` are left out.
 *
 * @module
 */

import type { JsonOrBytes } from "../protocol/payload.ts";
import { kindOf, parseJson } from "../protocol/json.ts";
import { DEFAULT_MAX_NESTING } from "../protocol/nesting.ts";

/** The way to a part of a value: names of fields and indices. */
type Path = readonly (string | number)[];

/** A part that is bytes. */
interface BytesPart {
  readonly path: Path;
  readonly bytes: Uint8Array;
}

const LENGTH_BYTES = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Throws if a store could not keep a value as it is: JSON without bytes in it, or bytes.
 *
 * @throws {TypeError} If a part of it is neither, with the path of the part.
 */
export function assertStorable(value: unknown, what: string): asserts value is JsonOrBytes {
  const [part] = bytesIn(value, what);
  if (part === undefined || part.path.length === 0) return;
  throw new TypeError(`Cannot save ${what}: it must be JSON, or bytes alone, received bytes at ${part.path.join(".")}`);
}

/**
 * Encodes a value: the length of the JSON text, the text, the bytes in it.
 *
 * @param value Anything.
 * @param what What it is, for the error, such as `call "move"`.
 * @throws {TypeError} If a part of it is neither JSON nor bytes, with the path of the part.
 */
export function encodeCrossing(value: unknown, what: string): Uint8Array<ArrayBuffer> {
  const parts = value === undefined ? [] : bytesIn(value, what);
  const bytes = parts.map(({ path, bytes }) => [path, bytes.length]);
  const text = encoder.encode(JSON.stringify({ value, bytes }, parts.length > 0 ? withoutBytes : undefined));
  const length = parts.reduce((sum, { bytes }) => sum + bytes.length, LENGTH_BYTES + text.length);
  const message = new Uint8Array(length);
  new DataView(message.buffer).setUint32(0, text.length);
  message.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + text.length;
  for (const { bytes } of parts) {
    message.set(bytes, at);
    at += bytes.length;
  }
  return message;
}

/**
 * Decodes a value of another node.
 *
 * @throws {TypeError} If it is malformed.
 */
export function decodeCrossing(message: unknown): unknown {
  try {
    return decode(message as Uint8Array);
  } catch (error) {
    throw new TypeError("Cannot read a value of another node: it is malformed", { cause: error });
  }
}

function decode(message: Uint8Array): unknown {
  const end = LENGTH_BYTES + new DataView(message.buffer, message.byteOffset, message.length).getUint32(0);
  if (end > message.length) throw new RangeError("too short");
  const text = decoder.decode(message.subarray(LENGTH_BYTES, end));
  const whole = parseJson(text, DEFAULT_MAX_NESTING + 2) as { readonly value?: unknown; readonly bytes: unknown };
  let at = end;
  for (const [path, length] of whole.bytes as readonly [Path, unknown][]) {
    if (!isLength(length, message.length - at)) throw new RangeError("no such bytes");
    put(whole, ["value", ...path], message.slice(at, at += length));
  }
  return whole.value;
}

/** Whether so many of the bytes that are left can be a part. Each counts once: a short message must not become a long one. */
function isLength(length: unknown, left: number): length is number {
  return Number.isInteger(length) && Number(length) >= 0 && Number(length) <= left;
}

/** Puts bytes to where `null` stands in for them. */
function put(whole: object, path: Path, bytes: Uint8Array): void {
  const last = path.at(-1)!;
  const container = path.slice(0, -1).reduce((part: unknown, key) => ownField(part, key), whole);
  if (ownField(container, last) !== null) throw new TypeError("no place for bytes");
  (container as Record<string | number, unknown>)[last] = bytes;
}

function ownField(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) throw new TypeError("no such field");
  return (value as Record<string | number, unknown>)[key];
}

/** For `JSON.stringify`, which calls it with the object that has the field. */
function withoutBytes(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  return this[key] instanceof Uint8Array ? null : value;
}

/** Finds all bytes in a value, and throws if it has something else that is not JSON. */
function bytesIn(value: unknown, what: string): readonly BytesPart[] {
  const found: BytesPart[] = [];
  visit(value, [], found, what);
  return found;
}

function visit(value: unknown, path: Path, found: BytesPart[], what: string): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (value instanceof Uint8Array) return void found.push({ path, bytes: value });
  if (typeof value !== "object" || !isPlain(value)) throw refusal(value, path, what);
  if (path.length >= DEFAULT_MAX_NESTING) {
    throw new TypeError(`Cannot send ${what}: it is nested deeper than ${DEFAULT_MAX_NESTING}`);
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) visit(value[i], [...path, i], found, what);
    return;
  }
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) visit(field, [...path, key], found, what);
  }
}

/** Whether it is an array or an object without a class, of any realm. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refusal(value: unknown, path: Path, what: string): TypeError {
  const at = path.length === 0 ? "it" : path.join(".");
  return new TypeError(`Cannot send ${what}: ${at} must be JSON or bytes, received ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  const kind = kindOf(value);
  if (kind !== "object") return kind;
  const { constructor } = value as object;
  return typeof constructor === "function" ? constructor.name : kind;
}
