/**
 * History engines, which number the broadcasts of a topic and keep them.
 *
 * `historyConformance` of `@urvogel/realtime/testing` holds an engine to this contract.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Position } from "./position.ts";
import type { Retention } from "./retention.ts";

/**
 * A broadcast that is to be numbered.
 *
 * @category History
 */
export interface Unnumbered {
  /** The event. */
  readonly event: string;
  /** A JSON object or bytes. */
  readonly payload: unknown;
  /**
   * The sender, which must not receive it, as the sending node names it. Engines carry it unread.
   */
  readonly from?: string | undefined;
  /**
   * Makes publishing idempotent: a second message with the key of one that is still kept is not stored or announced,
   * and gets the position of the first.
   */
  readonly key?: string | undefined;
}

/**
 * A broadcast that an engine has numbered and kept.
 *
 * @category History
 */
export interface Stored extends Unnumbered, Position {
  /** The offset of the message before it in the topic; the same epoch. 0 for the first. */
  readonly previous: number;
  /** When it was numbered, in milliseconds since 1970 by the engine's clock. */
  readonly atMs: number;
}

/**
 * The messages that an engine has kept of a topic, and whether they are complete.
 *
 * @category History
 */
export interface HistoryPage {
  /** The position of the last message; with the offset 0 if there never was one. */
  readonly top: Position;
  /**
   * All messages after a position of this offset or a higher one are in {@linkcode HistoryPage.messages | messages},
   * unless it is beyond `top`.
   */
  readonly completeFrom: number;
  /** The messages after the requested position up to `top`, in their order. Those that were deleted are left out. */
  readonly messages: readonly Stored[];
}

/**
 * A route of a program's sockets, with what its channel declares about history.
 *
 * @category History
 */
export interface HistoryRoute {
  /** A topic, or the start of topics followed by `*`. */
  readonly pattern: string;
  /**
   * How much of each topic is kept; `undefined` if its topics have no history, also where a later route would match.
   */
  readonly keep?: Retention | undefined;
  /** The events that are not numbered, besides those of the library. */
  readonly exclude?: readonly string[] | undefined;
}

/**
 * Numbers and keeps the broadcasts of topics. One engine serves all nodes: what it announces reaches each of them, and
 * what was lost on the way can be read from it.
 *
 * An epoch is bound to the run of the engine that could lose numbers: if an engine comes back with fewer messages than
 * it has confirmed, it must begin another epoch.
 *
 * @category History
 */
export interface HistoryEngine {
  /**
   * How many of the latest messages of a topic each node remembers, to let members in without a read. 0 for an engine
   * in this thread.
   */
  readonly tailSize: number;
  /** How many bytes the kept messages take in this program, about; `undefined` if they are kept elsewhere. */
  readonly bytes?: number;
  /**
   * Numbers, keeps and announces a message, all or nothing.
   *
   * @param topic The topic.
   * @param message The broadcast.
   * @param keep How much of the topic is kept. What exceeds it is deleted.
   * @returns Its position, once it is kept.
   * @throws {BusDownError} If the engine cannot be reached. The promise rejects with it, `mayBeDone`, if it is not known
   * whether the message was kept.
   * @throws {TooLargeError} If the engine cannot keep it.
   */
  publish(topic: string, message: Unnumbered, keep: Retention): MaybePromise<Position>;
  /**
   * Calls `live` with each message that is announced from the time on at which this resolves. Messages may be missing
   * or come twice; the caller notices by `previous`.
   *
   * @param topic The topic.
   * @param keep How much of the topic is kept.
   * @param live Called with each message. It does not throw.
   */
  subscribe(topic: string, keep: Retention, live: (message: Stored) => void): MaybePromise<void>;
  /** Ends {@linkcode HistoryEngine.subscribe | subscribe}. */
  unsubscribe(topic: string): void;
  /**
   * Reads the kept messages after an offset. Creates an epoch for a topic that has none, so that each position has one.
   *
   * @param topic The topic.
   * @param after The offset; `undefined` for the top only, without messages.
   * @param keep How much of the topic is kept.
   * @returns The messages, and the position of the last one.
   * @throws If the engine cannot be reached. A failed read is retried, never considered an empty history.
   */
  read(topic: string, after: number | undefined, keep: Retention): MaybePromise<HistoryPage>;
  /**
   * Calls `listener` when the engine is reachable again and announcements may have been missed.
   *
   * @returns A function that ends this.
   */
  onReconnect(listener: () => void): () => void;
  /**
   * Deletes one message. Its number is not used again.
   *
   * @param topic The topic.
   * @param position The position of the message.
   * @param keep How much of the topic is kept.
   * @returns Whether the message was there.
   */
  delete(topic: string, position: Position, keep: Retention): MaybePromise<boolean>;
  /** Deletes all messages of a topic. The numbering continues. */
  clear(topic: string, keep: Retention): MaybePromise<void>;
  /**
   * Remembers which topics have history, in place of what was declared before, so that programs without these routes
   * number their broadcasts, too. The first route that matches a topic wins. An engine of one node does not need it.
   */
  declare?(routes: readonly HistoryRoute[]): MaybePromise<void>;
  /** Returns the routes that were declared last, by any node; an empty list if none were. */
  routes?(): MaybePromise<readonly HistoryRoute[]>;
}
