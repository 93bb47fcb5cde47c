/**
 * Publishing: broadcasting, and waiting until the message is kept.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { History } from "./history.ts";

/**
 * Options for publishing to a topic with history.
 *
 * @category History
 */
export interface PublishOptions {
  /**
   * Makes publishing idempotent: a second message with the key of one that is still kept is neither kept nor delivered,
   * and gets the position of the first. 1 to 200 characters. In a handler, `push.key` is one for the push that it
   * handles; if it publishes several messages, each needs a key of its own, such as that one and the name of the event.
   */
  readonly key?: string | undefined;
}

/**
 * Publishes a message to a topic with history.
 *
 * @returns Its position, once it is kept.
 * @throws {TypeError} If there is no history of such messages, or the payload cannot be sent.
 */
export async function publish(
  pubsub: PubSub,
  topic: string,
  event: string,
  payload: unknown,
  options?: PublishOptions,
): Promise<string> {
  return await historyOf(pubsub, topic).publishKept(topic, event, payload, options);
}

/**
 * Returns the history that keeps a topic.
 *
 * @throws {TypeError} If there is none.
 */
export function historyOf(pubsub: PubSub, topic: string): History {
  const history = History.of(pubsub);
  if (history) return history;
  throw new TypeError(`Cannot use history of ${quoted(topic)}: no channel declares "history"`);
}
