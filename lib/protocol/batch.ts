/**
 * Batches: several text messages of protocol V2 in one WebSocket message, one per line.
 *
 * JSON text has no raw line breaks, so a message never contains the separator. A client requests batches with build
 * metadata in its version, which servers that do not know batches ignore. Such a server sends messages one by one, and
 * a single message is a batch of one.
 *
 * @module
 */

/** The version that a client sends to request batches. In a URL it is `vsn=2.0.0%2Bbatch`. */
export const BATCH_VSN = "2.0.0+batch";

/** The separator between two messages of a batch. */
export const BATCH_SEPARATOR = "\n";

/** A release of version 2 with `batch` among the identifiers of its build metadata. */
const TAKES_BATCHES = /^2\.\d+\.\d+\+(?:[\dA-Za-z-]+\.)*batch(?:\.[\dA-Za-z-]+)*$/;

/**
 * Returns whether a client has requested batches.
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
