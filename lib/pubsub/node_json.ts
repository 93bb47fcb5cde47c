/**
 * JSON between nodes. Both ends check how deep it is nested: the sender gets an error, and a peer that sends it anyway
 * does no harm.
 *
 * @module
 */

import { parseJson } from "../protocol/json.ts";
import { isTooDeep } from "../protocol/nesting.ts";

/** How deep a value may be nested. Clients' limits are lower; this one protects a node from its peers. */
export const MAX_NODE_NESTING = 1_000;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Returns the JSON of a value for other nodes.
 *
 * @param name The name used in the error, such as `"payload of broadcast"`.
 * @throws {TypeError} If the value has no JSON, or is nested deeper than 1,000 levels.
 */
export function nodeJsonOf(value: unknown, name: string): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`Cannot encode ${name}: "${typeof value}" has no JSON text`);
  if (!isTooDeep(json, MAX_NODE_NESTING)) return json;
  throw new TypeError(`Cannot encode ${name}: it is nested deeper than ${MAX_NODE_NESTING} levels`);
}

/**
 * Parses JSON of another node.
 *
 * @throws {TypeError} If it is not UTF-8.
 * @throws {MalformedFrameError} If it is not JSON, or nested deeper than 1,000 levels.
 */
export function parseNodeJson(bytes: Uint8Array): unknown {
  return parseJson(decoder.decode(bytes), MAX_NODE_NESTING);
}
