/**
 * Delivers numbered broadcasts on this node, and where the clients stand if the frame of a broadcast does not say it.
 *
 * @module
 */

import type { Pid } from "../otp/process/pid.ts";
import { HISTORY_STATE } from "../protocol/events.ts";
import { Broadcast } from "./broadcast.ts";
import { dispatch, type Subscription } from "./_dispatcher.ts";

/**
 * Delivers a broadcast that has a position. A binary frame has no place for it, so another frame with the position
 * follows, which is encoded once for each format, too; a process that intercepts the event sees it. The sender `from`
 * only gets that one: otherwise it would be sent its own message when it comes back.
 *
 * @throws As {@linkcode dispatch}.
 */
export function dispatchNumbered(
  subscriptions: ReadonlySet<Subscription>,
  broadcast: Broadcast,
  from: Pid<never> | undefined,
): void {
  dispatch(subscriptions, broadcast, from);
  const { topic, event, payload, position } = broadcast;
  const isBinary = payload instanceof Uint8Array;
  if (!isBinary && from === undefined) return;
  const unaware = [...subscriptions].filter(({ process, fastlane }) =>
    process === from || (isBinary && fastlane?.intercepts.has(event) === false)
  );
  dispatchState(unaware, topic, { position });
}

/** Sends clients, and no other subscribers, where they stand. */
export function dispatchState(subscriptions: Iterable<Subscription>, topic: string, state: object): void {
  const clients = [...subscriptions].filter(({ fastlane }) => fastlane !== undefined);
  if (clients.length > 0) dispatch(clients, new Broadcast(topic, HISTORY_STATE, state), undefined);
}
