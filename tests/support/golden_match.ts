/**
 * Whether what came is what a golden transcript wants.
 *
 * Texts are compared as JSON: the order of keys and the writing of numbers do not matter. `"<any>"` stands for anything.
 *
 * @module
 */

import type { Incoming } from "./raw_client.ts";
import type { WantedFrame } from "./golden_step.ts";

/** Tells whether `got` is the wanted frame. */
export function frameMatches(want: WantedFrame, got: Incoming): boolean {
  if (want.kind === "text") return got.kind === "text" && textMatches(want.text, got.text);
  return got.kind === want.kind && want.data.toBase64() === got.data.toBase64();
}

/** Tells whether `got` is the same text as `want`, or the same JSON. */
export function textMatches(want: string, got: string): boolean {
  if (want === got) return true;
  const [wanted, received] = [parseJson(want), parseJson(got)];
  return wanted !== undefined && received !== undefined && jsonMatches(wanted, received);
}

/** Tells whether the JSON value `got` equals `want`, in which `"<any>"` equals everything. */
export function jsonMatches(want: unknown, got: unknown): boolean {
  if (want === "<any>" || want === got) return true;
  if (typeof want === "string" && typeof got === "string") return frameTextMatches(want, got);
  if (Array.isArray(want) && Array.isArray(got)) {
    return want.length === got.length && want.every((element, i) => jsonMatches(element, got[i]));
  }
  return isObject(want) && isObject(got) && objectMatches(want, got);
}

/** A frame within a long-poll answer is JSON within a text of JSON. */
function frameTextMatches(want: string, got: string): boolean {
  return /^[[{]/.test(want) && textMatches(want, got);
}

function objectMatches(want: Record<string, unknown>, got: Record<string, unknown>): boolean {
  const names = Object.keys(want);
  if (names.length !== Object.keys(got).length) return false;
  return names.every((name) => Object.hasOwn(got, name) && jsonMatches(want[name], got[name]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value, or `undefined` if `text` is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits);
  } catch {
    return undefined;
  }
}

/** Integers that a double cannot hold become a `BigInt`, so that two of them are equal only digit for digit. */
function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? "";
  const isTooLong = typeof value === "number" && /^-?\d+$/.test(source) &&
    !Number.isSafeInteger(value);
  return isTooLong ? BigInt(source) : value;
}
