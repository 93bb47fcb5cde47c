/**
 * The names of events that applications share with the library and the protocol.
 *
 * @module
 */

import { DISCONNECT, HISTORY_STATE, PRESENCE_COUNT, PRESENCE_DIFF, PRESENCE_STATE } from "./events.ts";

/**
 * The events that the library itself pushes to clients, besides those of the protocol.
 *
 * @category Contracts
 */
export type LibraryEvent = "presence_state" | "presence_diff" | "presence_count";

const LIBRARY_EVENTS: readonly string[] = [PRESENCE_STATE, PRESENCE_DIFF, PRESENCE_COUNT] satisfies LibraryEvent[];

/** Returns whether the library itself pushes this event. */
export function isLibraryEvent(event: string): event is LibraryEvent {
  return LIBRARY_EVENTS.includes(event);
}

/** Returns whether broadcasts of an event may be numbered and kept: those of the library and the protocol are not. */
export function isNumberable(event: string): boolean {
  return event !== HISTORY_STATE && event !== DISCONNECT && !isLibraryEvent(event) && !isProtocolEvent(event);
}

/** Returns whether an event belongs to the protocol: applications cannot have events of such names. */
export function isProtocolEvent(event: string): boolean {
  return event.startsWith("phx_");
}
