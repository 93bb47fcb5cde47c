/**
 * A node of the conformance suite: an adapter and the recorder that it calls.
 *
 * @module
 */

import { assert } from "@std/assert/assert";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { PubSubAdapter } from "../../pubsub/adapter.ts";
import { Broadcast } from "../../pubsub/broadcast.ts";
import { isNodeName } from "../../pubsub/node_name.ts";
import { PubSub } from "../../pubsub/pubsub.ts";
import { Recorder } from "./_recorder.ts";

/** The event of the suite's broadcasts. */
export const EVENT = "conformance";

/** An adapter with what it received. */
export class TestNode {
  /** The adapter. */
  readonly adapter: PubSubAdapter;
  /** What it received. */
  readonly recorder: Recorder;

  /** Wraps an adapter that is not started. */
  constructor(adapter: PubSubAdapter) {
    assert(isNodeName(adapter.nodeName), "The name of a node has other characters, or another length.");
    this.adapter = adapter;
    this.recorder = new Recorder(adapter.nodeName);
  }

  /** Its name. */
  get name(): string {
    return this.adapter.nodeName;
  }

  /** Starts it. */
  async start(): Promise<void> {
    await this.adapter.start(this.recorder);
  }

  /** Subscribes to topics. */
  async subscribe(...topics: readonly string[]): Promise<void> {
    for (const topic of topics) await this.adapter.subscribe?.(topic);
  }

  /** Broadcasts a payload to a topic. */
  broadcast(topic: string, payload: unknown, event: string = EVENT): void {
    this.adapter.broadcast(new Broadcast(topic, event, payload));
  }

  /** Sends a payload to one node. */
  direct(nodeName: string, topic: string, payload: unknown): void {
    this.adapter.directBroadcast(nodeName, new Broadcast(topic, EVENT, payload));
  }

  /** Returns the payloads that it received of a topic, of one node or of all. */
  received(topic: string, from?: TestNode): unknown[] {
    const ofTopic = this.recorder.broadcasts.filter((broadcast) => broadcast.topic === topic);
    return ofTopic.filter(({ node }) => !from || node === from.name).map(({ payload }) => payload);
  }

  /** Creates a PubSub that receives what this node receives, and sends through its adapter, which it leaves running. */
  pubsub(): PubSub {
    const { adapter, recorder } = this;
    return new PubSub({
      adapter: {
        nodeName: adapter.nodeName,
        get isConnected(): boolean {
          return adapter.isConnected;
        },
        start: (node): MaybePromise<void> => recorder.forwardTo(node),
        broadcast: (broadcast) => adapter.broadcast(broadcast),
        directBroadcast: (nodeName, broadcast) => adapter.directBroadcast(nodeName, broadcast),
        stop: () => {},
      },
    });
  }
}
