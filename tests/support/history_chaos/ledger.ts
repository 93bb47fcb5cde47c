/**
 * What a chaos run knows of each position: which message was confirmed there, and which one was delivered.
 *
 * @module
 */

import { formatPosition, type Position } from "../../../lib/history/position.ts";

/** From a position on, a member missed nothing, or it was told. */
export interface Stretch {
  /** Where it began: this message itself is not in it. */
  readonly from: Position;
  /** Where it ended. */
  to: number;
  /** The numbers of the messages that came. */
  readonly offsets: Set<number>;
}

/** Compares what was published with what was delivered, and notes what must not be. */
export class Ledger {
  /** What went wrong, in words. */
  readonly faults: string[] = [];
  readonly #confirmed = new Map<string, Map<number, string>>(); // by epoch and number
  readonly #delivered = new Map<string, Map<number, string>>();
  readonly #numbers = new Map<string, Map<string, number>>(); // of delivered messages, by epoch and message

  /** How many messages were confirmed. */
  get confirmed(): number {
    return sizeOf(this.#confirmed);
  }

  /** `publish` resolved to this position. */
  confirm(topic: string, position: Position, message: string): void {
    this.#note(this.#confirmed, topic, position, message);
    const delivered = this.#delivered.get(keyOf(topic, position))?.get(position.offset);
    if (delivered !== undefined && delivered !== message) this.#differs(topic, position, delivered, message);
  }

  /** A member received this message. */
  deliver(topic: string, position: Position, message: string): void {
    this.#note(this.#delivered, topic, position, message);
    const confirmed = this.#confirmed.get(keyOf(topic, position))?.get(position.offset);
    if (confirmed !== undefined && confirmed !== message) this.#differs(topic, position, message, confirmed);
    const numbers = entry(this.#numbers, keyOf(topic, position));
    const number = numbers.get(message) ?? position.offset;
    if (number !== position.offset) {
      this.faults.push(`${message} of ${topic} has the numbers ${number}, ${position.offset}`);
    }
    numbers.set(message, number);
  }

  /** Notes each confirmed message that is missing in a stretch. */
  compare(who: string, topic: string, { from, to, offsets }: Stretch): void {
    for (const [offset, message] of this.#confirmed.get(keyOf(topic, from)) ?? []) {
      if (offset <= from.offset || offset > to || offsets.has(offset)) continue;
      this.faults.push(`${who} has not received ${message} of ${topic}, at ${from.epoch}:${offset}`);
    }
  }

  /** Returns what was confirmed and is beyond the end of a topic. */
  beyond(topic: string, top: Position): string[] {
    const confirmed = [...this.#confirmed.get(keyOf(topic, top)) ?? []];
    return confirmed.filter(([offset]) => offset > top.offset).map(([, message]) => `${message} of ${topic} is lost`);
  }

  #note(known: Map<string, Map<number, string>>, topic: string, position: Position, message: string): void {
    const ofEpoch = entry(known, keyOf(topic, position));
    const before = ofEpoch.get(position.offset) ?? message;
    if (before !== message) this.#differs(topic, position, before, message);
    ofEpoch.set(position.offset, message);
  }

  #differs(topic: string, position: Position, one: string, other: string): void {
    this.faults.push(`${one} and ${other} of ${topic} have the same position ${formatPosition(position)}`);
  }
}

/** Epochs of different topics may be the same. */
function keyOf(topic: string, { epoch }: Position): string {
  return `${topic} ${epoch}`;
}

function entry<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = maps.get(key) ?? new Map<K, V>();
  maps.set(key, known);
  return known;
}

function sizeOf(maps: ReadonlyMap<string, ReadonlyMap<number, string>>): number {
  return [...maps.values()].reduce((sum, { size }) => sum + size, 0);
}
