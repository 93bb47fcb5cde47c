/**
 * Which topics a node wants from the engine: those with a subscriber here, and for a while those that had one.
 *
 * ```text
 * ready, first subscriber ──> wanted ── last one left ──> lingering ── 10 s later ──> (unsubscribed)
 *                               ^──── first subscriber ──────┘
 * ```
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { attempt } from "../base/attempt.ts";
import type { Log } from "../base/log.ts";
import { quoted } from "../base/printable.ts";
import { isThenable } from "../base/thenable.ts";
import { withinTime } from "../base/within_time.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { CONTROL_PREFIX, type PubSubAdapter } from "./adapter.ts";
import { BusDownError } from "./errors.ts";
import { reportSubscribeFailed } from "./telemetry.ts";

/** How long a topic stays subscribed without subscribers: clients reconnect. */
const LINGER_MS = 10_000;

/** One topic at the engine. */
interface WantedTopic {
  /** Whether it has subscribers on this node. */
  hasSubscribers: boolean;
  /** Settles when the engine has confirmed the subscription or has failed; absent once it has. */
  pending: Promise<void> | undefined;
  /** Why the engine has no subscription. It is retried. */
  failure: Error | undefined;
  /** When to look at it again: to give it up, or to retry. */
  readonly alarm: Alarm;
}

/** Subscribes the topics of this node at the engine. */
export class Interest {
  readonly #adapter: PubSubAdapter;
  readonly #timeoutMs: number;
  readonly #log: () => Log;
  readonly #topics = new Map<string, WantedTopic>();
  #isOver = false;

  /** Creates the interest of a node without subscribers. */
  constructor(adapter: PubSubAdapter, timeoutMs: number, log: () => Log) {
    this.#adapter = adapter;
    this.#timeoutMs = timeoutMs;
    this.#log = log;
  }

  /** The topic got its first subscriber. */
  begin(topic: string): void {
    const wanted = this.#open(topic);
    if (!wanted) return;
    wanted.hasSubscribers = true;
    if (!wanted.failure) wanted.alarm.clear();
  }

  /** Its last subscriber has left. */
  end(topic: string): void {
    const wanted = this.#topics.get(topic);
    if (!wanted) return;
    wanted.hasSubscribers = false;
    wanted.alarm.set(LINGER_MS);
  }

  /**
   * Subscribes to a topic that is about to get a subscriber.
   *
   * @returns Resolves when its broadcasts arrive; `undefined` if they do already. Rejects if the engine refuses, or takes
   * longer than the timeout.
   */
  ready(topic: string): Promise<void> | undefined {
    const known = this.#topics.get(topic);
    if (known?.failure) this.#subscribe(topic, known);
    const wanted = known ?? this.#open(topic);
    if (!wanted) return undefined;
    if (!wanted.hasSubscribers) wanted.alarm.set(LINGER_MS);
    return wanted.pending || wanted.failure ? this.#wait(topic, wanted) : undefined;
  }

  /** Subscribes to all topics again, at an adapter that was started again. */
  renew(): void {
    for (const [topic, wanted] of this.#topics) this.#subscribe(topic, wanted);
  }

  /** Forgets all topics: the adapter is about to stop. */
  stop(): void {
    this.#isOver = true;
    for (const { alarm } of this.#topics.values()) alarm.clear();
    this.#topics.clear();
  }

  /** Returns the entry of a topic, which is subscribed if it is new. The library's own topics arrive anyway. */
  #open(topic: string): WantedTopic | undefined {
    const known = this.#topics.get(topic);
    if (known || this.#isOver || topic.startsWith(CONTROL_PREFIX)) return known;
    const alarm = new Alarm(() => this.#review(topic));
    const wanted: WantedTopic = { hasSubscribers: false, pending: undefined, failure: undefined, alarm };
    this.#topics.set(topic, wanted);
    this.#subscribe(topic, wanted);
    return wanted;
  }

  #subscribe(topic: string, wanted: WantedTopic): void {
    wanted.pending = wanted.failure = undefined;
    try {
      const done = this.#adapter.subscribe?.(topic);
      if (!isThenable(done)) return;
      const pending: Promise<void> = Promise.resolve(done).then(
        () => this.#settle(topic, wanted, pending, undefined),
        (thrown) => this.#settle(topic, wanted, pending, exitReasonOf(thrown)),
      );
      wanted.pending = pending;
    } catch (thrown) {
      this.#fail(topic, wanted, exitReasonOf(thrown));
    }
  }

  #settle(topic: string, wanted: WantedTopic, pending: Promise<void>, failure: Error | undefined): void {
    if (wanted.pending !== pending) return; // subscribed anew meanwhile
    wanted.pending = undefined;
    if (failure) this.#fail(topic, wanted, failure);
    else if (!wanted.hasSubscribers && this.#topics.get(topic) === wanted) wanted.alarm.set(LINGER_MS);
  }

  #fail(topic: string, wanted: WantedTopic, failure: Error): void {
    if (this.#topics.get(topic) !== wanted) return;
    wanted.failure = failure;
    wanted.alarm.set(LINGER_MS);
    this.#report(topic, failure);
  }

  #report(topic: string, error: Error): void {
    reportSubscribeFailed({ node: this.#adapter.nodeName, topic, error }, this.#log());
  }

  /** Gives up a topic without subscribers, and retries one that failed. */
  #review(topic: string): void {
    const wanted = this.#topics.get(topic);
    if (!wanted) return;
    if (wanted.hasSubscribers) {
      if (wanted.failure) this.#subscribe(topic, wanted);
    } else if (wanted.pending) wanted.alarm.set(LINGER_MS); // a join waits for it
    else {
      this.#topics.delete(topic);
      attempt(() => this.#adapter.unsubscribe?.(topic), (thrown) => this.#report(topic, exitReasonOf(thrown)));
    }
  }

  async #wait(topic: string, wanted: WantedTopic): Promise<void> {
    if (wanted.pending) await withinTime(wanted.pending, this.#timeoutMs, () => this.#late(topic));
    if (wanted.failure) throw wanted.failure;
  }

  #late(topic: string): Error {
    const error = new BusDownError(`subscribe to ${quoted(topic)} within ${this.#timeoutMs} ms`);
    this.#report(topic, error);
    return error;
  }
}
