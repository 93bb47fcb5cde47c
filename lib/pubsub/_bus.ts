/**
 * Receives from the bus. What comes from it is input: it is checked, and what is malformed is counted.
 *
 * @module
 */

import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { BusChange, BusNode } from "./adapter.ts";
import { Broadcast, type BroadcastData } from "./broadcast.ts";
import { decodeEnvelope, type Envelope } from "./envelope.ts";
import { busGap, busMalformed, busStatus } from "./telemetry.ts";

/** The side of a PubSub that its adapter calls. */
export class Bus implements BusNode {
  readonly #nodeName: string;
  readonly #deliver: (broadcast: Broadcast) => void;
  readonly #listeners = new Set<(change: BusChange) => void>();

  /** Creates the receiving side of the node `nodeName`. */
  constructor(nodeName: string, deliver: (broadcast: Broadcast) => void) {
    this.#nodeName = nodeName;
    this.#deliver = deliver;
  }

  /** Delivers a broadcast of another node. */
  receive({ topic, event, payload }: BroadcastData, from: string): void {
    if (from !== this.#nodeName) this.#deliver(new Broadcast(topic, event, payload));
  }

  /** Delivers an envelope of another node. */
  receiveEnvelope(bytes: Uint8Array, isExpected: (broadcast: BroadcastData) => boolean = always): void {
    const envelope = this.#open(bytes, isExpected);
    if (envelope) this.receive(envelope, envelope.node);
  }

  /** Reports what happened to the connection. */
  changed(change: BusChange): void {
    const node = this.#nodeName;
    if ("gap" in change) busGap.emit({ node, from: change.from, missing: change.gap });
    else busStatus.emit({ node, status: change.status, error: change.error });
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** Calls `listener` with each change, until the returned function is called. It must not throw. */
  onChange(listener: (change: BusChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #open(bytes: Uint8Array, isExpected: (broadcast: BroadcastData) => boolean): Envelope | undefined {
    try {
      const envelope = decodeEnvelope(bytes);
      if (isExpected(envelope)) return envelope;
      throw new TypeError("Cannot receive envelope: its topic belongs to another subject");
    } catch (thrown) {
      busMalformed.emit({ node: this.#nodeName, bytes: bytes.length, error: exitReasonOf(thrown) });
      return undefined;
    }
  }
}

function always(): boolean {
  return true;
}
