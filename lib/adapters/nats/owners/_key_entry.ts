/**
 * What the entry of a key says. Pure.
 *
 * @module
 */

import { isNodeName } from "../../../pubsub/node_name.ts";

/** The owner of a key, or its last one. */
export interface KeyEntry {
  /** The node; empty if the key was released. */
  readonly node: string;
  /** Its session. */
  readonly session: string;
  /** The time of the session, in milliseconds. */
  readonly ttlMs: number;
  /** The fencing token. */
  readonly token: bigint;
}

/** Converts it to JSON. */
export function encodeKeyEntry({ node, session, ttlMs, token }: KeyEntry): unknown {
  return { node, session, ttlMs, token: String(token) };
}

/** Reads it; `undefined` if it is malformed. */
export function decodeKeyEntry(value: unknown): KeyEntry | undefined {
  const { node, session, ttlMs, token } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof node !== "string" || (node !== "" && !isNodeName(node))) return undefined;
  if (typeof session !== "string" || !/^[0-9A-Z]*$/.test(session)) return undefined;
  if (!Number.isSafeInteger(ttlMs) || Number(ttlMs) < 1 || typeof token !== "string" || !/^\d{1,30}$/.test(token)) {
    return undefined;
  }
  return { node, session, ttlMs: Number(ttlMs), token: BigInt(token) };
}

/** Returns the token after `last`: the clock in microseconds, or one more. */
export function nextToken(nowMs: number, last: bigint): bigint {
  const now = BigInt(Math.floor(nowMs * 1000));
  return now > last ? now : last + 1n;
}
