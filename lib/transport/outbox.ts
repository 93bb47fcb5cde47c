/**
 * Queue of frames for a client that reads too slowly. Some of them may be dropped.
 *
 * Pure: no connection, no clock. The frames of one topic's broadcasts form a lane, which has a limit of its own if the
 * topic's channel allows drops. All other frames are kept.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import type { Frame } from "../protocol/message.ts";

/**
 * What happens to the broadcasts of a topic for a client that reads too slowly:
 *
 * - `close`: they wait like all other frames, until the connection exceeds `maxBufferedBytes` and is closed (code
 *   4408),
 * - `dropOldest`: at most `maxWaitingBytes` of them wait; the oldest are dropped. For data that the next broadcast
 *   replaces, such as positions,
 * - `dropNewest`: at most `maxWaitingBytes` of them wait; newer ones are dropped.
 *
 * Replies and pushes are never dropped.
 *
 * @category Transport
 */
export type SlowReaderPolicy =
  | { readonly policy: "close" }
  | {
    /** Which broadcasts are dropped. */
    readonly policy: "dropOldest" | "dropNewest";
    /** Maximum number of bytes of this topic's broadcasts that wait for one client. One broadcast always fits. */
    readonly maxWaitingBytes: number;
  };

/** The default policy: broadcasts are never dropped. One object, shared by all channels. */
export const NEVER_DROP: SlowReaderPolicy = { policy: "close" };

/**
 * The broadcasts of one topic to one client. Compared by identity.
 *
 * @category Transport
 */
export interface Lane {
  /** The topic. */
  readonly topic: string;
  /** What happens to them if the client reads too slowly. */
  readonly slowReader: SlowReaderPolicy;
}

/** What was dropped when a frame was added. */
export interface Drop {
  /** How many frames. */
  frames: number;
  /** Their size in bytes. */
  bytes: number;
}

/** A waiting frame. It is in two lists: that of all frames, and that of its lane. */
interface Waiting {
  readonly frame: Frame;
  readonly bytes: number;
  readonly lane: LaneList | undefined;
  previous: Waiting | undefined;
  next: Waiting | undefined;
  nextInLane: Waiting | undefined;
}

/** The frames of a lane. Only the first one is ever taken or dropped. */
interface LaneList {
  readonly lane: Lane;
  first: Waiting | undefined;
  last: Waiting | undefined;
  bytes: number;
}

/** Frames that wait for one client. */
export class Outbox {
  readonly #lanes = new Map<Lane, LaneList>();
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /**
   * Appends a frame.
   *
   * @param frame The frame.
   * @param lane Its lane, if it is a broadcast.
   * @returns What was dropped to make room, or the frame itself; `undefined` if nothing was.
   */
  put(frame: Frame, lane?: Lane): Drop | undefined {
    const bytes = bytesOf(frame);
    if (lane === undefined || lane.slowReader.policy === "close") return void this.#append(frame, bytes, undefined);
    const list = this.#listOf(lane);
    const { policy, maxWaitingBytes } = lane.slowReader;
    if (list.first === undefined || list.bytes + bytes <= maxWaitingBytes) return void this.#append(frame, bytes, list);
    if (policy === "dropNewest") return { frames: 1, bytes };
    const drop: Drop = { frames: 0, bytes: 0 };
    while (list.first !== undefined && list.bytes + bytes > maxWaitingBytes) {
      drop.frames++;
      drop.bytes += list.first.bytes;
      this.#remove(list.first);
    }
    this.#append(frame, bytes, this.#listOf(lane));
    return drop;
  }

  /** Removes and returns the oldest frame; `undefined` if the outbox is empty. */
  take(): Frame | undefined {
    const waiting = this.#first;
    if (waiting === undefined) return undefined;
    this.#remove(waiting);
    return waiting.frame;
  }

  /** Removes and returns the oldest frames, in order: at least one, at most `maxBytes` together. */
  takeSome(maxBytes: number): Frame[] {
    const least = this.#bytes - maxBytes;
    const frames: Frame[] = [];
    while (this.#first && (frames.length === 0 || this.#bytes - this.#first.bytes >= least)) frames.push(this.take()!);
    return frames;
  }

  /** Removes and returns all frames, in order. */
  takeAll(): Frame[] {
    const frames: Frame[] = [];
    for (let waiting = this.#first; waiting !== undefined; waiting = waiting.next) frames.push(waiting.frame);
    this.clear();
    return frames;
  }

  /** Puts taken frames back in front of all others. They can no longer be dropped. */
  putBack(frames: readonly Frame[]): void {
    for (const frame of frames.toReversed()) {
      const next = this.#first;
      const bytes = bytesOf(frame);
      this.#first = { frame, bytes, lane: undefined, previous: undefined, next, nextInLane: undefined };
      if (next) next.previous = this.#first;
      else this.#last = this.#first;
      this.#bytes += bytes;
    }
  }

  /** Removes all frames. */
  clear(): void {
    this.#lanes.clear();
    this.#first = this.#last = undefined;
    this.#bytes = 0;
  }

  #listOf(lane: Lane): LaneList {
    const known = this.#lanes.get(lane);
    if (known) return known;
    const list: LaneList = { lane, first: undefined, last: undefined, bytes: 0 };
    this.#lanes.set(lane, list);
    return list;
  }

  #append(frame: Frame, bytes: number, lane: LaneList | undefined): void {
    const waiting: Waiting = { frame, bytes, lane, previous: this.#last, next: undefined, nextInLane: undefined };
    if (this.#last) this.#last.next = waiting;
    else this.#first = waiting;
    this.#last = waiting;
    this.#bytes += bytes;
    if (!lane) return;
    if (lane.last) lane.last.nextInLane = waiting;
    else lane.first = waiting;
    lane.last = waiting;
    lane.bytes += bytes;
  }

  #remove({ previous, next, nextInLane, bytes, lane }: Waiting): void {
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    this.#bytes -= bytes;
    if (!lane) return;
    lane.first = nextInLane;
    lane.bytes -= bytes;
    if (nextInLane) return;
    lane.last = undefined;
    this.#lanes.delete(lane.lane); // a channel that has ended is not kept alive
  }
}

function bytesOf(frame: Frame): number {
  return typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
}
