/**
 * Receives from the bus. What comes from it is input: it is checked, and what is malformed is counted.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { type BusChange, type BusFault, type BusNode, NODES_TOPIC } from "./adapter.ts";
import { Broadcast, type BroadcastData } from "./broadcast.ts";
import { decodeEnvelope } from "./envelope.ts";
import { assertReceived } from "./_received.ts";
import { reportCutOff, reportEngineError, reportMalformed, reportUnconfirmed } from "./telemetry.ts";

/** What a {@linkcode Bus} works for. */
export interface BusParts {
  /** Delivers a broadcast on this node. Must not throw. */
  readonly deliver: (broadcast: Broadcast) => void;
  /** Records what happened to the connection. Must not throw. */
  readonly change: (change: BusChange) => void;
  /** Returns where faults are logged. */
  readonly log: () => Log;
}

/** The side of a PubSub that its adapter calls. */
export class Bus implements BusNode {
  readonly #nodeName: string;
  readonly #parts: BusParts;

  /** Creates the receiving side of the node `nodeName`. */
  constructor(nodeName: string, parts: BusParts) {
    this.#nodeName = nodeName;
    this.#parts = parts;
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
    this.#parts.change(change);
  }

  /** Reports something that no call waits for. */
  noticed(fault: BusFault): void {
    const node = this.#nodeName;
    const log = this.#parts.log();
    if ("unconfirmed" in fault) reportUnconfirmed({ node, count: fault.unconfirmed, error: fault.error }, log);
    else if ("engineError" in fault) {
      reportEngineError({ engine: fault.engine, error: fault.engineError }, fault.refused ?? 0, log);
    } else reportCutOff({ node, other: fault.cutOff, waitingBytes: fault.waitingBytes }, log);
  }

  #isEcho(broadcast: BroadcastData, from: string): boolean {
    return from === this.#nodeName && broadcast.topic !== NODES_TOPIC;
  }

  #accept(broadcast: BroadcastData, from: string): void {
    assertReceived(broadcast, from);
    const { topic, event, payload } = broadcast;
    this.#parts.deliver(new Broadcast(topic, event, payload));
  }

  #reject(thrown: unknown, bytes: number | undefined): void {
    reportMalformed({ node: this.#nodeName, bytes, error: exitReasonOf(thrown) }, this.#parts.log());
  }
}

function always(): boolean {
  return true;
}
