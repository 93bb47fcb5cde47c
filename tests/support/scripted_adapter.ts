/**
 * An adapter that does what a test says, and remembers what it was asked to do.
 *
 * @module
 */

import { type Broadcast, BusDownError, type BusNode, type PubSubAdapter } from "@urvogel/realtime";

type Result = void | Promise<void>;

/** The adapter of one node, without any other. It is connected as soon as `start` has resolved. */
export class ScriptedAdapter implements PubSubAdapter {
  readonly nodeName: string;
  isConnected = false;
  /** What was called, in order: `start`, `stop`, `subscribe room:1`, `broadcast said`. */
  readonly calls: string[] = [];
  /** What it was started with, last. */
  node!: BusNode;
  onStart: () => Result = () => {};
  onStop: () => Result = () => {};
  onSubscribe: (topic: string) => Result = () => {};

  constructor(nodeName = "a") {
    this.nodeName = nodeName;
  }

  async start(node: BusNode): Promise<void> {
    this.calls.push("start");
    this.node = node;
    await this.onStart();
    this.isConnected = true;
  }

  broadcast({ event }: Broadcast): void {
    this.#send(`broadcast ${event}`);
  }

  directBroadcast(nodeName: string, { event }: Broadcast): void {
    this.#send(`${nodeName} ${event}`);
  }

  subscribe(topic: string): Result {
    this.calls.push(`subscribe ${topic}`);
    return this.onSubscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.calls.push(`unsubscribe ${topic}`);
  }

  async stop(): Promise<void> {
    this.calls.push("stop");
    this.isConnected = false;
    await this.onStop();
  }

  /** Loses the connection. */
  lose(error?: Error): void {
    this.isConnected = false;
    this.node.changed({ status: "down", error });
  }

  /** Has it again. */
  regain(): void {
    this.isConnected = true;
    this.node.changed({ status: "up" });
  }

  /** What was called since the last time. */
  take(): string[] {
    return this.calls.splice(0);
  }

  #send(what: string): void {
    if (!this.isConnected) throw new BusDownError("broadcast");
    this.calls.push(what);
  }
}
