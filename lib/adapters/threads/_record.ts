/**
 * Records: what a ring holds. An envelope is one record, or several if it is large.
 *
 * | bytes | content |
 * | --- | --- |
 * | 4 | length of the content |
 * | 4 | bit 0: the first record of its envelope; bit 1: the last; bit 2: the port; from bit 3: the route |
 * | 4 | hash of the topic |
 * | | content, padded to a multiple of 4 |
 *
 * With the hash, a thread skips the envelopes of topics that nobody here subscribed to without reading them.
 *
 * @module
 */

/** Size of the fields before the content. */
export const HEADER_BYTES = 12;

/** For the PubSub of a thread. */
export const BUS = 0;
/** For the history of a thread. */
export const HISTORY = 1;

/** What an envelope is for in a thread. */
export type Port = typeof BUS | typeof HISTORY;

/** For the threads that subscribed to the topic. */
export const TO_SUBSCRIBERS = 0;
/** For all threads. */
export const TO_ALL = 1;
/** Added to the number of a reader: for that one. */
export const TO_READER = 2;

/** Where an envelope goes. */
export interface Address {
  /** What it is for in a thread. */
  readonly port: Port;
  /** {@linkcode TO_SUBSCRIBERS}, {@linkcode TO_ALL}, or {@linkcode TO_READER} plus the number of a reader. */
  readonly route: number;
  /** The hash of the topic. */
  readonly hash: number;
}

/** One record. */
export interface RingRecord {
  /** Whether an envelope begins with it. */
  readonly isFirst: boolean;
  /** Whether its envelope ends with it. */
  readonly isLast: boolean;
  /** Where its envelope goes. */
  readonly address: Address;
  /** The envelope, or a part of it. */
  readonly content: Uint8Array;
}

/** Returns the size of a record in the ring. */
export function recordBytes(contentBytes: number): number {
  return HEADER_BYTES + ((contentBytes + 3) & ~3);
}

/** Returns the second word of a record. */
export function flagsOf({ isFirst, isLast, address: { port, route } }: Omit<RingRecord, "content">): number {
  return route << 3 | port << 2 | (isLast ? 2 : 0) | (isFirst ? 1 : 0);
}

/** Splits an envelope into records with at most `maxBytes` of it. */
export function* recordsOf(
  address: Address,
  envelope: Uint8Array,
  maxBytes: number,
): Generator<RingRecord, void, void> {
  for (let start = 0; start === 0 || start < envelope.length; start += maxBytes) {
    const content = envelope.subarray(start, start + maxBytes);
    yield { isFirst: start === 0, isLast: start + maxBytes >= envelope.length, address, content };
  }
}
