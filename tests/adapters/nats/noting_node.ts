/**
 * Nodes on NATS, for tests: adapters whose node notes what arrives.
 *
 * @module
 */

import { Broadcast, type BusChange, type BusNode } from "@urvogel/realtime";
import { natsAdapter, type NatsAdapterOptions } from "@urvogel/realtime/nats";
import { Bus } from "../../../lib/pubsub/_bus.ts";
import { BusState } from "../../../lib/pubsub/_bus_state.ts";

/** An adapter whose node notes everything. Dispose of it with `await using`. */
export class NotingNode implements AsyncDisposable {
  /** The broadcasts that arrived. */
  readonly received: Broadcast[] = [];
  /** What happened to the connection. */
  readonly changes: BusChange[] = [];
  readonly adapter;
  /** The node that the adapter calls. */
  readonly node: BusNode;

  /** Creates a node that is not started. */
  constructor(options: NatsAdapterOptions) {
    this.adapter = natsAdapter(options);
    const { nodeName } = this.adapter;
    const bus = new Bus(nodeName, new BusState(nodeName), (broadcast) => void this.received.push(broadcast));
    this.node = {
      receive: (broadcast, from) => bus.receive(broadcast, from),
      receiveEnvelope: (envelope, isExpected) => bus.receiveEnvelope(envelope, isExpected),
      changed: (change) => void this.changes.push(change),
    };
  }

  /** Creates a node, and waits until it is connected. */
  static async start(options: NatsAdapterOptions): Promise<NotingNode> {
    const node = new NotingNode(options);
    await node.start();
    return node;
  }

  /** Connects. */
  async start(): Promise<void> {
    await this.adapter.start(this.node);
  }

  /** Broadcasts an event. */
  broadcast(topic: string, event: string, payload: unknown = {}): void {
    this.adapter.broadcast(new Broadcast(topic, event, payload));
  }

  /** The statuses that the adapter reported. */
  get statuses(): string[] {
    return this.changes.map((change) => "status" in change ? change.status : "gap");
  }

  /** The events that arrived. */
  get events(): string[] {
    return this.received.map(({ event }) => event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.stop();
  }
}
