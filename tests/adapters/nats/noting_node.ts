/**
 * Nodes on NATS, for tests: adapters whose node notes what arrives.
 *
 * @module
 */

import { Broadcast, type BusChange, type BusFault, type BusNode } from "@urvogel/realtime";
import { natsAdapter, type NatsAdapterOptions } from "@urvogel/realtime/nats";
import { decodeEnvelope } from "../../../lib/pubsub/envelope.ts";

/** An adapter whose node notes everything. Dispose of it with `await using`. */
export class NotingNode implements AsyncDisposable {
  /** The broadcasts that arrived. */
  readonly received: Broadcast[] = [];
  /** What happened to the connection. */
  readonly changes: BusChange[] = [];
  /** What it reported that no call waits for. */
  readonly faults: BusFault[] = [];
  /** How many messages arrived that do not belong on their subjects, or are no envelopes. */
  malformed = 0;
  readonly adapter;
  /** The node that the adapter calls. */
  readonly node: BusNode;

  /** Creates a node that is not started. */
  constructor(options: NatsAdapterOptions) {
    this.adapter = natsAdapter(options);
    this.node = {
      receive: ({ topic, event, payload }) => void this.received.push(new Broadcast(topic, event, payload)),
      receiveEnvelope: (envelope, isExpected) => {
        const broadcast = succeeded(() => decodeEnvelope(envelope));
        if (broadcast && isExpected?.(broadcast) !== false) this.node.receive(broadcast, broadcast.node);
        else this.malformed++;
      },
      changed: (change) => void this.changes.push(change),
      noticed: (fault) => void this.faults.push(fault),
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

  /** The numbers of broadcasts that it reported as unconfirmed, and why. */
  get unconfirmed(): string[] {
    return this.faults.flatMap((fault) =>
      "unconfirmed" in fault ? [`${fault.unconfirmed}: ${fault.error.message}`] : []
    );
  }

  /** The events that arrived. */
  get events(): string[] {
    return this.received.map(({ event }) => event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.stop();
  }
}

/** Returns the result of `act`, or `undefined` if it throws. */
function succeeded<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
