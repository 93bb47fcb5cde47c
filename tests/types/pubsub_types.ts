/**
 * Compile-time tests: the options of a PubSub, and what it says about its bus.
 *
 * @module
 */

import { type BusChange, PubSub, type PubSubAdapter } from "@urvogel/realtime";

declare const adapter: PubSubAdapter;

new PubSub({ adapter, requireBus: false, whenBusIsDown: "local", connectTimeoutMs: 1 });
// @ts-expect-error there are two ways
new PubSub({ adapter, whenBusIsDown: "queue" });
// @ts-expect-error an adapter cannot be replaced
new PubSub().adapter = adapter;

const pubsub = new PubSub();
// @ts-expect-error without an adapter there is none
pubsub.adapter.broadcast;
const _ready: Promise<void> = pubsub.ready;
const isReady = pubsub.topicReady("t");
// @ts-expect-error most of the time there is nothing to wait for, and no promise
isReady.then(() => {});
pubsub.onBusChange((change: BusChange) => {
  // @ts-expect-error a gap has no status
  change.status;
  if ("gap" in change) return change.from satisfies string;
  return change.status satisfies "up" | "down";
});
