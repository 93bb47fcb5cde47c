/**
 * Receives from the bus. What comes from it is input: it is checked, and what is malformed is counted.
 *
 * @module
 */

import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { type BusChange, type BusNode, NODES_TOPIC } from "./adapter.ts";
import { Broadcast, type BroadcastData } from "./broadcast.ts";
import { decodeEnvelope } from "./envelope.ts";
import { assertReceived } from "./_received.ts";
import { busMalformed } from "./telemetry.ts";

/** The side of a PubSub that its adapter calls. */
export class Bus implements BusNode {
  readonly #nodeName: string;
  readonly #deliver: (broadcast: Broadcast) => void;
  readonly #change: (change: BusChange) => void;

  /**
   * Creates the receiving side of the node `nodeName`.
   *
   * @param deliver Delivers a broadcast on this node. Must not throw.
   * @param change Records what happened to the connection. Must not throw.
   */
  constructor(nodeName: string, deliver: (broadcast: Broadcast) => void, change: (change: BusChange) => void) {
    this.#nodeName = nodeName;
    this.#deliver = deliver;
    this.#change = change;
  }

  /** Delivers a broadcast of another node. */
  receive(broadcast: BroadcastData, from: string): void {
    try {
      if (this.#isEcho(broadcast, from)) return;
      this.#accept(broadcast, from);
    } catch (thrown) {
      this.#reject(thrown, undefined);
    }
  }

  /** Delivers an envelope of another node. */
  receiveEnvelope(bytes: Uint8Array, isExpected: (broadcast: BroadcastData) => boolean = always): void {
    try {
      const envelope = decodeEnvelope(bytes);
      if (this.#isEcho(envelope, envelope.node)) return;
      if (!isExpected(envelope)) throw new TypeError("Cannot receive envelope: its topic belongs to another subject");
      this.#accept(envelope, envelope.node);
    } catch (thrown) {
      this.#reject(thrown, bytes.length);
    }
  }

  /** Records what happened to the connection. */
  changed(change: BusChange): void {
    this.#change(change);
  }

  #isEcho(broadcast: BroadcastData, from: string): boolean {
    return from === this.#nodeName && broadcast.topic !== NODES_TOPIC;
  }

  #accept(broadcast: BroadcastData, from: string): void {
    assertReceived(broadcast, from);
    const { topic, event, payload } = broadcast;
    this.#deliver(new Broadcast(topic, event, payload));
  }

  #reject(thrown: unknown, bytes: number | undefined): void {
    busMalformed.emit({ node: this.#nodeName, bytes, error: exitReasonOf(thrown) });
  }
}

function always(): boolean {
  return true;
}
