/**
 * What the entry of a state says. Pure.
 *
 * @module
 */

import type { JsonOrBytes } from "../../../protocol/payload.ts";

/** A state, and the highest token that was seen. */
export interface StateEntry {
  /** The token. */
  readonly token: bigint;
  /** The state; `undefined` if none was saved. */
  readonly state: JsonOrBytes | undefined;
}

/** Converts it to JSON; bytes to Base64. */
export function encodeStateEntry({ token, state }: StateEntry): unknown {
  if (state instanceof Uint8Array) return { token: `${token}`, base64: state.toBase64() };
  return { token: `${token}`, state };
}

/**
 * Reads it.
 *
 * @throws {TypeError} If it is malformed: what is in its place must not be replaced by accident.
 */
export function decodeStateEntry(value: unknown): StateEntry {
  const { token, state, base64 } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof token !== "string" || !/^\d{1,30}$/.test(token)) throw new TypeError("the entry is malformed");
  const bytes = typeof base64 === "string" ? Uint8Array.fromBase64(base64) : undefined;
  return { token: BigInt(token), state: bytes ?? state as JsonOrBytes | undefined };
}
