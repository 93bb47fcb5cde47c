/**
 * Somebody in a topic with history, who notes each message, and what is wrong with it.
 *
 * @module
 */

import { formatPosition, type Position } from "../../../lib/history/position.ts";
import type { Ledger, Stretch } from "./ledger.ts";

/** Compares what it is sent with where it stands. */
export class Witness {
  /** Its name in faults. */
  readonly name: string;
  /** Its topic. */
  readonly topic: string;
  /** Where it stands. */
  at: Position | undefined;
  /** How often it was told that it missed messages. */
  told = 0;
  /** How often it was told so although the engine counts as before. */
  toldInEpoch = 0;
  /** How often it came back and got everything. */
  recovered = 0;
  /** How many messages it received. */
  received = 0;
  readonly #ledger: Ledger;
  readonly #stretches: Stretch[] = [];

  /** Creates a witness that stands nowhere. */
  constructor(name: string, topic: string, ledger: Ledger) {
    this.name = name;
    this.topic = topic;
    this.#ledger = ledger;
  }

  /** It was let in: `recovered` says whether it gets what it missed, `null` if it did not ask. */
  admitted(recovered: boolean | null, position: Position): void {
    if (recovered === false) return this.reset(position);
    if (recovered === null) {
      if (this.at) this.fault("was let in as if it had asked for nothing");
      return this.#begin(position);
    }
    this.recovered++;
    if (!this.at || !isSame(this.at, position)) this.fault(`recovers from ${formatPosition(position)}`);
  }

  /** It was told that it missed messages. */
  reset(position: Position): void {
    this.told++;
    if (this.at?.epoch === position.epoch) this.toldInEpoch++;
    this.#begin(position);
  }

  /** It received a message. */
  note(position: Position, id: string): void {
    const { at } = this;
    if (!at || position.epoch !== at.epoch || position.offset <= at.offset) {
      this.fault(`receives ${formatPosition(position)}: twice, out of order, or of another epoch`);
    }
    this.received++;
    this.at = position;
    this.#ledger.deliver(this.topic, position, id);
    const stretch = this.#stretches.at(-1);
    if (!stretch) return;
    stretch.to = position.offset;
    stretch.offsets.add(position.offset);
  }

  /** Compares what it received with what was confirmed. */
  compare(): void {
    for (const stretch of this.#stretches) this.#ledger.compare(this.name, this.topic, stretch);
  }

  /** Notes that something is wrong. */
  fault(what: string): void {
    this.#ledger.faults.push(`${this.name} at ${this.at ? formatPosition(this.at) : "nothing"} ${what}`);
  }

  #begin(from: Position): void {
    this.at = from;
    this.#stretches.push({ from, to: from.offset, offsets: new Set() });
  }
}

/** Returns whether two positions are the same. */
export function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset === b.offset;
}
