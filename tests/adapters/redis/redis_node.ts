/**
 * Nodes on a real redis-server, which record what they receive.
 *
 * @module
 */

import { Broadcast, type BroadcastData, type BusChange, type BusFault } from "@urvogel/realtime";
import { decodeEnvelope } from "../../../lib/pubsub/envelope.ts";
import { type RedisAdapter, redisAdapter, type RedisAdapterOptions } from "@urvogel/realtime/redis";
import { until } from "../../support/until.ts";

/** An adapter with a recording BusNode. */
export class RedisNode implements AsyncDisposable {
  /** The adapter. */
  readonly adapter: RedisAdapter;
  /** What it received of other nodes, in order. */
  readonly received: BroadcastData[] = [];
  /** What was unexpected on its channel. */
  readonly unexpected: BroadcastData[] = [];
  /** What happened to its connection. */
  readonly changes: BusChange[] = [];
  /** What it reported that no call waits for. */
  readonly faults: BusFault[] = [];

  /** Creates a node that is not connected. */
  constructor(options: RedisAdapterOptions) {
    this.adapter = redisAdapter(options);
  }

  /** Creates a node and connects it. */
  static async start(options: RedisAdapterOptions): Promise<RedisNode> {
    const node = new RedisNode(options);
    await node.start();
    return node;
  }

  /** Connects. */
  async start(): Promise<void> {
    await this.adapter.start({
      receive: () => {},
      receiveEnvelope: (bytes, isExpected = () => true) => {
        const { node, topic, event, payload } = decodeEnvelope(bytes);
        if (node === this.adapter.nodeName) return;
        const kept = { topic, event, payload: payload instanceof Uint8Array ? payload.slice() : payload };
        (isExpected(kept) ? this.received : this.unexpected).push(kept);
      },
      changed: (change) => void this.changes.push(change),
      noticed: (fault) => void this.faults.push(fault),
    });
  }

  /** The names of the events that it received. */
  get events(): string[] {
    return this.received.map(({ event }) => event);
  }

  /** The statuses that were reported. */
  get statuses(): string[] {
    return this.changes.map((change) => "status" in change ? change.status : "gap");
  }

  /** Sends an event to all nodes that joined `topic`. */
  say(topic: string, event: string, payload: unknown = {}): void {
    this.adapter.broadcast(new Broadcast(topic, event, payload));
  }

  /** Waits until the connection is as it should be. */
  async isConnected(isIt = true): Promise<void> {
    await until(() => this.adapter.isConnected === isIt, `${this.adapter.nodeName} connected is ${isIt}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.stop();
  }
}
