/**
 * The events of one name as an async iterator, behind a bounded queue.
 *
 * @module
 */

import { assertAtLeast } from "./_at_least.ts";
import { QueueFullError } from "./errors.ts";

/**
 * The events of one name, for a `for await` loop. Several loops share the events.
 *
 * It ends when the channel is left or closed, after the events that wait. If the queue is full, it fails after them.
 * `return()`, which a loop calls that is left, unsubscribes and drops the events that wait.
 */
export type EventStream<P> = AsyncGenerator<P, void, void>;

/** Where a stream gets its events from. */
export interface EventSink<P> {
  /** Adds an event. */
  readonly put: (payload: P) => void;
  /** Ends the stream after the events that wait. */
  readonly end: () => void;
}

/** Options for the events of a channel. */
export interface EventStreamOptions {
  /**
   * How many events may wait for the loop. At least 1.
   *
   * @default {1000}
   */
  readonly capacity?: number;
}

/**
 * Creates a stream.
 *
 * @param event The name of the event, for errors.
 * @param options How many events may wait.
 * @param start Begins to deliver events. Returns a function that stops that.
 * @throws {RangeError} If `capacity` is less than 1.
 */
export function eventStream<P>(
  event: string,
  { capacity = 1000 }: EventStreamOptions,
  start: (sink: EventSink<P>) => () => void,
): EventStream<P> {
  assertAtLeast(1, "capacity", capacity);
  const queue: P[] = [];
  let isOver = false;
  let failure: Error | undefined;
  let wake = () => {};
  const end = () => {
    if (!isOver) queueMicrotask(() => stop()); // `start` may end it, before there is a `stop`
    isOver = true;
    wake();
  };
  const put = (payload: P) => {
    if (isOver) return;
    if (queue.push(payload) > capacity) {
      queue.pop();
      failure = new QueueFullError(event, capacity);
      end();
    }
    wake();
  };
  const stream = (async function* () {
    for (;;) {
      if (queue.length > 0) yield queue.shift() as P;
      else if (failure) throw failure;
      else if (isOver) return;
      else await new Promise<void>((resolve) => wake = resolve);
    }
  })();
  // A generator that has not begun, or waits for an event, would not end at once by itself.
  const giveUp = stream.return;
  stream.return = (value) => {
    queue.length = 0;
    failure = undefined;
    end();
    return giveUp.call(stream, value);
  };
  const stop = start({ put, end });
  return stream;
}
