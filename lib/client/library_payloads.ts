/**
 * The payloads of the events that the library itself sends.
 *
 * @module
 */

import type { LibraryEvent } from "../protocol/event_names.ts";

/** One key of a presence: a meta for each tab or device, and what `fetch` of the server added. */
export interface PresenceEntry {
  /** The metas, each with its reference, and the data that was tracked. */
  readonly metas: readonly { readonly phx_ref: string; readonly [field: string]: unknown }[];
  /** What `fetch` of the server added. */
  readonly [field: string]: unknown;
}

/** The presences in a topic, by key. */
export type PresenceState = { readonly [key: string]: PresenceEntry };

/**
 * Where a client stands in the history of a topic: after a join, and after a message that has no place for its position.
 */
export interface HistoryState {
  /**
   * Whether it gets what it missed: `null` if it did not ask; absent if this only confirms the message before it.
   */
  readonly recovered?: boolean | null;
  /** Its position. */
  readonly position: string;
  /** How many missed messages follow. */
  readonly missed?: number;
}

/** The payloads of the events that the library itself sends, by event. */
export interface LibraryPayloads extends Record<LibraryEvent, object> {
  /** All presences. */
  readonly presence_state: PresenceState;
  /** The presences that have come and gone. One whose data has changed is in both. */
  readonly presence_diff: { readonly joins: PresenceState; readonly leaves: PresenceState };
  /** How many keys and metas there are. */
  readonly presence_count: { readonly keys: number; readonly metas: number };
  /** Where it stands in the history of the topic. */
  readonly history_state: HistoryState;
}
