/**
 * The time by which other nodes are considered silent. Pure: it is advanced by the caller.
 *
 * It counts periods in which this node ran and could receive. While it is suspended, or its own bus is down, it receives
 * nothing, which must not count as the silence of all others: otherwise each outage of the bus would make all presences
 * of all nodes leave and join again. After `graceMs` without a bus time goes on.
 *
 * @module
 */

import type { NodeTimes } from "../pubsub/node_times.ts";

/** Counts the time of one node. */
export class NodeClock {
  /** How long a period is, in milliseconds. */
  readonly periodMs: number;
  readonly #graceMs: number;
  #nowMs = 0;
  #withoutBusMs = 0;

  /** Creates a clock at 0. */
  constructor({ heartbeatMs, graceMs }: Pick<NodeTimes, "heartbeatMs" | "graceMs">) {
    this.periodMs = heartbeatMs;
    this.#graceMs = graceMs;
  }

  /** The time, in milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The bus is connected: the next time that it is down has the whole of `graceMs` again. */
  busIsBack(): void {
    this.#withoutBusMs = 0;
  }

  /** A period has passed, at whose end the bus is connected or not. */
  endPeriod(isConnected: boolean): void {
    this.#withoutBusMs = isConnected ? 0 : this.#withoutBusMs + this.periodMs;
    if (this.#withoutBusMs === 0 || this.#withoutBusMs > this.#graceMs) this.#nowMs += this.periodMs;
  }
}
