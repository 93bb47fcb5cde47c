/**
 * A node behind a slow link, whose engine cuts it when it falls behind, as nats-server does with a slow consumer.
 *
 * @module
 */

import type { BusNode, PubSubAdapter } from "@urvogel/realtime";

/** What the link carries. */
export interface SlowLinkOptions {
  /** How many bytes arrive in each period. */
  readonly bytesPerPeriod: number;
  /** How many bytes may wait. With more the node is disconnected, and all that waits is lost. */
  readonly maxWaitingBytes: number;
}

/** Wraps the adapter of one node. Only what it receives is slow. */
export class SlowLink {
  /** How often the engine has disconnected the node. */
  cuts = 0;
  /** The bytes that have arrived. */
  bytes = 0;
  readonly #options: SlowLinkOptions;
  #waiting: { readonly bytes: number; readonly deliver: () => void }[] = [];
  #credit = 0;
  #node: BusNode | undefined;
  #isUp = true;

  /** Creates a link on which nothing waits. */
  constructor(options: SlowLinkOptions) {
    this.#options = options;
  }

  /** Puts an adapter behind this link. */
  wrap(adapter: PubSubAdapter): PubSubAdapter {
    const isConnected = () => this.#isUp && adapter.isConnected;
    return {
      ...adapter,
      get isConnected() {
        return isConnected();
      },
      start: (node) => {
        this.#node = node;
        return adapter.start({ ...node, receiveEnvelope: (envelope) => this.#receive(node, envelope) });
      },
    };
  }

  /** Lets a period pass: delivers what fits, and connects a node that was disconnected. */
  endPeriod(): void {
    if (!this.#isUp) {
      this.#isUp = true;
      return this.#node?.changed({ status: "up" });
    }
    this.#credit += this.#options.bytesPerPeriod;
    while (this.#waiting[0] && this.#waiting[0].bytes <= this.#credit) {
      const { bytes, deliver } = this.#waiting.shift()!;
      this.#credit -= bytes;
      this.bytes += bytes;
      deliver();
    }
    if (this.#waiting.length === 0) this.#credit = 0;
  }

  #receive(node: BusNode, envelope: Uint8Array): void {
    if (!this.#isUp) return;
    this.#waiting.push({ bytes: envelope.length, deliver: () => node.receiveEnvelope(envelope) });
    const waitingBytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    if (waitingBytes <= this.#options.maxWaitingBytes) return;
    this.cuts++;
    this.#waiting = [];
    this.#credit = 0;
    this.#isUp = false;
    node.changed({ status: "down", error: new Error("slow consumer") });
  }
}
