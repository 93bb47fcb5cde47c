/**
 * Batches: several text messages of protocol V2 in one WebSocket message, a line each.
 *
 * JSON has no raw line break, so a message never holds the separator. A client asks for batches by build metadata in the
 * version that it names, which means nothing to a server that does not know them. Such a server sends messages one by
 * one, and a message alone is a batch of one.
 *
 * @module
 */

/** The version that a client names to get batches. In a URL it is `vsn=2.0.0%2Bbatch`. */
export const BATCH_VSN = "2.0.0+batch";

/** What stands between two messages of a batch. */
export const BATCH_SEPARATOR = "\n";

/** A release of version 2 with `batch` among the identifiers of its build metadata. */
const TAKES_BATCHES = /^2\.\d+\.\d+\+(?:[\dA-Za-z-]+\.)*batch(?:\.[\dA-Za-z-]+)*$/;

/**
 * Returns whether a client has asked for batches.
 *
 * @example Usage
 * ```ts
 * import { takesBatches } from "./batch.ts";
 * import { assert } from "@std/assert";
 *
 * assert(takesBatches("2.0.0+batch"));
 * assert(!takesBatches("2.0.0"));
 * assert(!takesBatches("1.0.0+batch"));
 * ```
 *
 * @param vsn The query parameter `vsn`, as the client wrote it.
 */
export function takesBatches(vsn: unknown): boolean {
  return typeof vsn === "string" && TAKES_BATCHES.test(vsn);
}
