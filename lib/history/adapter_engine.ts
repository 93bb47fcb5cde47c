/**
 * The engine of an adapter.
 *
 * @module
 */

import type { PubSub } from "../pubsub/pubsub.ts";
import type { HistoryEngine } from "./engine.ts";
import { History } from "./history.ts";

/** An adapter whose entry also has an engine, as those of this package do. */
interface WithEngine {
  readonly history?: HistoryEngine | undefined;
}

/** Returns the engine that an adapter has for history, if it has one. */
export function adapterEngine({ adapter }: PubSub): HistoryEngine | undefined {
  return adapter && (adapter as WithEngine).history;
}

/**
 * Waits until it is known which topics have history, in a program that has no routes of its own, such as a script. The
 * topics with history are those that the nodes of the application have declared.
 *
 * A PubSub with an adapter of this package does that itself before it is `ready`. If the engine cannot be read then, it
 * continues without history; this function repeats the read until it succeeds.
 *
 * ```ts ignore
 * import { PubSub, useHistory } from "@urvogel/realtime";
 * import { natsAdapter } from "@urvogel/realtime/nats";
 *
 * const pubsub = new PubSub({ adapter: natsAdapter({ servers: "nats://127.0.0.1:4222" }) });
 * await pubsub.ready;
 * await useHistory(pubsub); // a script that must not go on without it
 * pubsub.broadcast("news:1", "headline", { text: "hello" }); // kept, and in order with those of all nodes
 * await pubsub.stop();
 * ```
 *
 * @category History
 * @param pubsub The PubSub of the program. Its adapter has an engine for history.
 * @returns Resolves when it is known which topics have history.
 * @throws {TypeError} If the adapter has no engine.
 */
export async function useHistory(pubsub: PubSub): Promise<void> {
  const known = History.of(pubsub);
  if (known) return await known.learn();
  const engine = adapterEngine(pubsub);
  if (!engine) throw new TypeError("Cannot use history: the PubSub must have an adapter with an engine for it");
  await new History({ pubsub, engine }).learn();
}

/**
 * Reads once which topics have history, and numbers the broadcasts to them: what an adapter with an engine does when
 * its PubSub is connected, see {@linkcode PubSubAdapter.useHistory}. Without an engine nothing happens.
 *
 * @category History
 * @param pubsub The PubSub of the adapter.
 * @returns Resolves when that is known, within five seconds. If it fails, no topic has history until the engine is
 * reachable again or a node declares routes (`urvogel:history:retried`).
 */
export async function learnHistory(pubsub: PubSub): Promise<void> {
  const engine = adapterEngine(pubsub);
  if (engine && !History.of(pubsub)) await new History({ pubsub, engine }).tryToLearn();
}
