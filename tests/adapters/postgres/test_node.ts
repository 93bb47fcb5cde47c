/**
 * Nodes for tests: an adapter, and what the bus brought it.
 *
 * @module
 */

import {
  Broadcast,
  type BusChange,
  type BusFault,
  type BusNode,
  decodeEnvelope,
  type Envelope,
} from "@urvogel/realtime";
import { postgresAdapter, type PostgresAdapterOptions } from "@urvogel/realtime/postgres";
import pg from "pg";
import { until } from "../../support/until.ts";

/** A node without a PubSub. */
export class TestNode implements BusNode, AsyncDisposable {
  /** What came from other nodes, in order. */
  readonly received: Envelope[] = [];
  /** The texts of envelopes that are none. */
  readonly malformed: string[] = [];
  /** What happened to the connection. */
  readonly changes: BusChange[] = [];
  /** What it reported that no call waits for. */
  readonly faults: BusFault[] = [];
  /** Its adapter. */
  readonly adapter: ReturnType<typeof postgresAdapter>;
  /** Called after each envelope. */
  onReceived: () => void = () => {};

  /** Creates a node that is not started. */
  constructor(options: PostgresAdapterOptions) {
    this.adapter = postgresAdapter(options);
  }

  /** Creates a node and starts it. */
  static async start(options: PostgresAdapterOptions): Promise<TestNode> {
    const node = new TestNode(options);
    await node.adapter.start(node);
    return node;
  }

  /** Sends a broadcast. */
  send(topic: string, payload: unknown): void {
    this.adapter.broadcast(new Broadcast(topic, "event", payload));
  }

  /** Waits until `count` broadcasts came. */
  async receives(count: number): Promise<readonly Envelope[]> {
    await until(() => this.received.length >= count, () => `${count} of ${this.received.length} broadcasts came`);
    return this.received;
  }

  /** Waits for a change of the connection. */
  async isNow(isConnected: boolean): Promise<void> {
    await until(() => this.adapter.isConnected === isConnected, `isConnected is ${isConnected}`);
  }

  receive(): void {
    throw new Error("Cannot receive: this adapter sends envelopes");
  }

  receiveEnvelope(bytes: Uint8Array): void {
    try {
      const envelope = decodeEnvelope(bytes);
      if (envelope.node !== this.adapter.nodeName) this.received.push(envelope);
    } catch {
      this.malformed.push(new TextDecoder().decode(bytes));
    }
    this.onReceived();
  }

  changed(change: BusChange): void {
    this.changes.push(change);
  }

  noticed(fault: BusFault): void {
    this.faults.push(fault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.stop();
  }
}

/** Runs one statement over a connection of its own. */
export async function sql(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
