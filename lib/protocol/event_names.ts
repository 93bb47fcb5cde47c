/**
 * The names of events that applications share with the library and the protocol.
 *
 * @module
 */

/**
 * The events that the library itself pushes to clients, besides those of the protocol.
 *
 * @category Contracts
 */
export type LibraryEvent = "presence_state" | "presence_diff" | "presence_count";

/** Returns whether an event belongs to the protocol: applications cannot have events of such names. */
export function isProtocolEvent(event: string): boolean {
  return event.startsWith("phx_");
}
