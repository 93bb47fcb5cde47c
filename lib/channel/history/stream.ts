/**
 * Streams: the items of an async iterable as messages of a topic with history, such as the words of a generated answer.
 *
 * @module
 */

import { abortable } from "@std/async/abortable";
import { Backoff } from "../../base/backoff.ts";
import { monotonicMs } from "../../base/clock.ts";
import { isInstance } from "../../base/foreign.ts";
import { nextTurn, Pauses } from "../../base/pause.ts";
import { quoted } from "../../base/printable.ts";
import { historyOf } from "../../history/publish.ts";
import type { History } from "../../history/history.ts";
import { processOf } from "../../otp/process/process.ts";
import { spawn } from "../../otp/process/spawn.ts";
import { STREAM_ABORTED, STREAM_FAILED } from "../../protocol/error_reasons.ts";
import type { JsonObject, Payload } from "../../protocol/payload.ts";
import type { ChannelContext } from "../_channel_context.ts";

/**
 * Options for `ChannelSocket.stream`.
 *
 * @category History
 */
export interface StreamOptions {
  /** Ends the stream when aborted. Without it, the stream ends with its source, or with the endpoint. */
  readonly signal?: AbortSignal;
  /**
   * Further fields of the messages about the end, next to `count`, such as the id of the generated text. A JSON object.
   *
   * @default {nothing}
   */
  readonly about?: JsonObject;
}

/**
 * How a stream of `ChannelSocket.stream` ended, and the number of its items.
 *
 * @category History
 */
export type StreamResult =
  /** Its source has ended. */
  | { readonly kind: "ended"; readonly count: number }
  /** Its signal was aborted, or the endpoint has shut down. */
  | { readonly kind: "aborted"; readonly count: number }
  /** Its source has thrown, an item was no payload, or history was not available for a minute. */
  | { readonly kind: "failed"; readonly count: number; readonly error: unknown };

/** What a stream is made of. */
export interface StreamSource {
  /** The event of each item. */
  readonly event: string;
  /** The items. */
  readonly payloads: AsyncIterable<Payload> | Iterable<Payload>;
}

/** How long a message is tried again while history is not available: as long as an outage of the bus goes unnoticed. */
const RETRY_MS = 60_000;

/** After how many items everything else may run: a source may be as fast as the engine of one node. */
const BURST = 64;

/**
 * Publishes what a source yields, in a process of its own.
 *
 * @returns How it ended. Is never rejected.
 * @throws {TypeError} If such messages have no history.
 */
export function startStream(
  { membership: { topic }, shared: { pubsub, tree } }: ChannelContext,
  source: StreamSource,
  options: StreamOptions = {},
): Promise<StreamResult> {
  const history = historyOf(pubsub, topic);
  const { event } = source;
  for (const name of [event, endOf(event), errorOf(event)]) {
    if (!history.has(topic, name)) {
      throw new TypeError(
        `Cannot stream ${quoted(event)}: no history keeps ${quoted(name)} to ${
          quoted(topic)
        }; declare "history" in its channel`,
      );
    }
  }
  const { promise, resolve } = Promise.withResolvers<StreamResult>();
  const pid = spawn(async (_mailbox, self) => {
    const signal = options.signal ? AbortSignal.any([self.signal, options.signal]) : self.signal;
    const result = await new Stream(history, topic, signal).run(source, options.about);
    resolve(result);
    if (result.kind === "failed") throw result.error; // which is reported
  }, { label: `stream ${quoted(event)} to ${quoted(topic)}` });
  tree.streams.add(processOf(pid));
  return promise;
}

/** The event that a stream has ended. */
function endOf(event: string): string {
  return `${event}_end`;
}

/** The event that a stream has ended too early. */
function errorOf(event: string): string {
  return `${event}_error`;
}

/** One stream while it runs. */
class Stream {
  readonly #history: History;
  readonly #topic: string;
  readonly #signal: AbortSignal;
  readonly #pauses = new Pauses();
  readonly #name = `stream-${crypto.randomUUID()}`;
  #count = 0;

  constructor(history: History, topic: string, signal: AbortSignal) {
    this.#history = history;
    this.#topic = topic;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#pauses.end(), { once: true });
  }

  async run({ event, payloads }: StreamSource, about: JsonObject = {}): Promise<StreamResult> {
    try {
      await this.#publishAll(event, payloads);
      await this.#publish(endOf(event), { ...about, count: this.#count });
      return { kind: "ended", count: this.#count };
    } catch (error) {
      const isAborted = this.#signal.aborted;
      const reason = isAborted ? STREAM_ABORTED : STREAM_FAILED;
      await this.#tryOnce(errorOf(event), { ...about, count: this.#count, reason });
      return isAborted ? { kind: "aborted", count: this.#count } : { kind: "failed", count: this.#count, error };
    }
  }

  /** Publishes each item once the one before it is kept: a source is not asked for more than that. */
  async #publishAll(event: string, payloads: StreamSource["payloads"]): Promise<void> {
    const iterator = iteratorOf(payloads);
    try {
      for (;;) {
        const { done, value } = await this.#orAborted(iterator.next());
        if (done) return;
        await this.#publish(event, value);
        if (++this.#count % BURST === 0) await nextTurn();
      }
    } catch (error) {
      void closed(iterator); // it may wait for something that never comes
      throw error;
    }
  }

  /** Publishes a message. Tries again with the same key, so that it counts once, whether or not it was kept before. */
  async #publish(event: string, payload: unknown): Promise<void> {
    this.#signal.throwIfAborted();
    const key = `${this.#name}.${this.#count}`;
    const backoff = new Backoff({ firstMs: 50, maxMs: 2000 });
    const startedAt = monotonicMs();
    for (;;) {
      try {
        return void await this.#orAborted(this.#history.publishKept(this.#topic, event, payload, { key }));
      } catch (error) {
        if (this.#signal.aborted || !mayPass(error) || monotonicMs() - startedAt > RETRY_MS) throw error;
        await this.#pauses.pause(backoff.nextMs());
      }
    }
  }

  /** Says that the stream is over, if that can be kept. */
  async #tryOnce(event: string, payload: object): Promise<void> {
    try {
      await this.#history.publishKept(this.#topic, event, payload);
    } catch {
      // Reported as `urvogel:history:unpublished`; nobody can be told.
    }
  }

  /** Waits for a result or the abort. A race with one promise for all of them would hold each result until the end. */
  #orAborted<T>(result: PromiseLike<T> | T): Promise<T> {
    return abortable(Promise.resolve(result), this.#signal);
  }
}

/** Whether an error may pass: it is the engine's. The others are about the message, which would fail again. */
function mayPass(error: unknown): boolean {
  return !isInstance(error, TypeError) && !isInstance(error, RangeError);
}

function iteratorOf(payloads: StreamSource["payloads"]): AsyncIterator<Payload> | Iterator<Payload> {
  return Symbol.asyncIterator in payloads ? payloads[Symbol.asyncIterator]() : payloads[Symbol.iterator]();
}

async function closed(iterator: AsyncIterator<Payload> | Iterator<Payload>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // the stream has ended for another reason, which counts
  }
}
