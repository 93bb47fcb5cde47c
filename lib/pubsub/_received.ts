/**
 * Checks broadcasts that come from the bus: whoever can publish there may have sent them.
 *
 * @module
 */

import { isProtocolEvent } from "../protocol/event_names.ts";
import { CONTROL_PREFIX } from "./adapter.ts";
import type { BroadcastData } from "./broadcast.ts";
import { LONGEST_NODE_NAME } from "./node_name.ts";

/** The fields of a broadcast and its sender, before they are checked. */
type Received = { readonly [K in keyof BroadcastData]: unknown };

/**
 * Throws if no node of this version sends such a broadcast. Its payload is checked where it is used.
 *
 * @throws {TypeError} If topic, event or sender are not strings, or the event is one that only the server itself sends:
 * to clients (`phx_*`), or on its own topics (`urvogel:*`).
 */
export function assertReceived({ topic, event }: Received, from: unknown): void {
  if (typeof topic !== "string") throw malformed("its topic must be a string", typeof topic);
  if (typeof event !== "string") throw malformed("its event must be a string", typeof event);
  if (typeof from !== "string") throw malformed("its sender must be a string", typeof from);
  if (from.length > LONGEST_NODE_NAME) {
    throw malformed(`its sender must have at most ${LONGEST_NODE_NAME} characters`, `${from.length}`);
  }
  if (isProtocolEvent(event)) throw malformed("its event must not be one of the protocol's own", "phx_*");
  if (event.startsWith(CONTROL_PREFIX) && !topic.startsWith(CONTROL_PREFIX)) {
    throw malformed("its event belongs to the library's own topics", "another topic");
  }
}

function malformed(why: string, found: string): TypeError {
  return new TypeError(`Cannot receive broadcast: ${why}, received ${found}`);
}
