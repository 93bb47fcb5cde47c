/**
 * A member of a topic in a chaos run: it checks each message that it receives.
 *
 * @module
 */

import type { Stored } from "../../../lib/history/engine.ts";
import { formatPosition, type Position } from "../../../lib/history/position.ts";
import type { Since } from "../../../lib/history/since.ts";
import type { Admission } from "../../../lib/history/topic_hub.ts";
import type { Ledger, Stretch } from "./ledger.ts";

/** A client, as far as history is concerned: it remembers where it stands. */
export class ChaosMember {
  /** Its name in faults. */
  readonly name: string;
  /** Its topic. */
  readonly topic: string;
  /** Where it stands. */
  at: Position | undefined;
  /** Counts how often it has come and gone. */
  visits = 0;
  /** How often it was told that it missed messages. */
  told = 0;
  /** How often it came back and got everything. */
  recovered = 0;
  /** How many messages it received. */
  received = 0;
  readonly #ledger: Ledger;
  readonly #stretches: Stretch[] = [];

  /** Creates a member that has not joined. */
  constructor(name: string, topic: string, ledger: Ledger) {
    this.name = name;
    this.topic = topic;
    this.#ledger = ledger;
  }

  /** What it asks for when it joins. */
  get since(): Since {
    return this.at ? { kind: "position", position: this.at } : { kind: "nothing" };
  }

  /** Forgets where it stands, as a page does that is loaded again. */
  forget(): void {
    this.at = undefined;
  }

  /** It is let in, and receives what it missed. */
  enter({ recovered, position, missed }: Admission): void {
    if (recovered === false) this.told++;
    if (recovered === true) {
      this.recovered++;
      if (!this.at || !isSame(this.at, position)) this.#fault(`recovers from ${formatPosition(position)}`);
    } else this.#begin(position);
    for (const message of missed) this.receive(message);
  }

  /** It receives a message. */
  receive({ epoch, offset, previous, payload }: Stored): void {
    const { at } = this;
    if (!at || epoch !== at.epoch || previous !== at.offset) {
      this.#fault(`receives ${epoch}:${offset} after ${previous}, a gap or twice`);
    }
    this.received++;
    this.at = { epoch, offset };
    this.#ledger.deliver(this.topic, this.at, (payload as { readonly id: string }).id);
    const stretch = this.#stretches.at(-1);
    if (!stretch) return;
    stretch.to = offset;
    stretch.offsets.add(offset);
  }

  /** It is told that it missed messages. */
  reset(position: Position): void {
    this.told++;
    this.#begin(position);
  }

  /** Compares what it received with what was confirmed. */
  compare(): void {
    for (const stretch of this.#stretches) this.#ledger.compare(this.name, this.topic, stretch);
  }

  #begin(from: Position): void {
    this.at = from;
    this.#stretches.push({ from, to: from.offset, offsets: new Set() });
  }

  #fault(what: string): void {
    this.#ledger.faults.push(`${this.name} at ${this.at ? formatPosition(this.at) : "nothing"} ${what}`);
  }
}

/** Returns whether two positions are the same. */
export function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.offset === b.offset;
}
