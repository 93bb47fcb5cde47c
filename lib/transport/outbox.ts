/**
 * What waits for a client that reads too slowly: frames in order, some of which may be dropped.
 *
 * Pure: no connection, no clock. The frames of one topic's broadcasts form a lane, which has a limit of its own where
 * the topic's channel wants them dropped; all other frames wait as long as it takes.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import type { Frame } from "../protocol/message.ts";

/**
 * What happens to the broadcasts of a topic for a client that reads too slowly:
 *
 * - `close`: they wait like everything else, until the connection's `maxBufferedBytes` close it (code 4408),
 * - `dropOldest`: no more than `maxWaitingBytes` of them wait; the oldest make room. For what the next one replaces,
 *   such as positions,
 * - `dropNewest`: no more than `maxWaitingBytes` of them wait; there is no room for more.
 *
 * Replies and pushes are never dropped: somebody counts on them.
 */
export type SlowReaderPolicy =
  | { readonly policy: "close" }
  | {
    /** Which broadcasts are lost. */
    readonly policy: "dropOldest" | "dropNewest";
    /** How many bytes of this topic's broadcasts may wait for one client. One broadcast always may. */
    readonly maxWaitingBytes: number;
  };

/** The policy where nothing else is said: broadcasts wait like everything else. One object for all, not one for each. */
export const NEVER_DROP: SlowReaderPolicy = { policy: "close" };

/** The broadcasts of one topic to one client. Compared by identity. */
export interface Lane {
  /** The topic. */
  readonly topic: string;
  /** What happens to them. */
  readonly slowReader: SlowReaderPolicy;
}

/** What was lost when a frame was put in. */
export interface Drop {
  /** How many frames. */
  frames: number;
  /** How many bytes they had. */
  bytes: number;
}

/** A frame that waits, in two lists: that of all frames, and that of its lane. */
interface Waiting {
  readonly frame: Frame;
  readonly bytes: number;
  readonly lane: LaneList | undefined;
  previous: Waiting | undefined;
  next: Waiting | undefined;
  nextInLane: Waiting | undefined;
}

/** The frames of a lane. Whichever is taken or dropped, it is always the first. */
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
   * Puts a frame in, behind all others.
   *
   * @param frame The frame.
   * @param lane The broadcasts that it belongs to, if it is one.
   * @returns What was dropped for it, or instead of it; `undefined` if nothing was.
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

  /** Takes the frame that has waited longest, or answers `undefined` if none waits. */
  take(): Frame | undefined {
    const waiting = this.#first;
    if (waiting === undefined) return undefined;
    this.#remove(waiting);
    return waiting.frame;
  }

  /** Takes the first frames, in order: one, and more while they are no more than `maxBytes` together. */
  takeSome(maxBytes: number): Frame[] {
    const least = this.#bytes - maxBytes;
    const frames: Frame[] = [];
    while (this.#first && (frames.length === 0 || this.#bytes - this.#first.bytes >= least)) frames.push(this.take()!);
    return frames;
  }

  /** Takes all frames, in order. */
  takeAll(): Frame[] {
    const frames: Frame[] = [];
    for (let waiting = this.#first; waiting !== undefined; waiting = waiting.next) frames.push(waiting.frame);
    this.clear();
    return frames;
  }

  /** Puts frames that were taken back, before all others. They are not dropped any more. */
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

  /** Forgets all frames. */
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
