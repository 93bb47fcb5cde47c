/**
 * The topics with history on one node: each has a hub while it has subscribers here, and for a while after that.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { delayMs } from "../base/backoff.ts";
import { Pauses } from "../base/pause.ts";
import { isThenable } from "../base/thenable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { withinTime } from "../base/within_time.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { BusDownError } from "../pubsub/errors.ts";
import type { HistoryEngine } from "./engine.ts";
import type { KeptTopic } from "./_history_routes.ts";
import type { Retry } from "./_persistent.ts";
import type { Position } from "./position.ts";
import type { Retention } from "./retention.ts";
import type { Since } from "./since.ts";
import { historyRetried } from "./telemetry.ts";
import type { Admission } from "./admission.ts";
import { type HubOutput, TopicHub } from "./_topic_hub.ts";

/** How long a hub stays without subscribers: clients reconnect. */
const LINGER_MS = 10_000;
/** How many hubs read at the same time after a reconnect. */
const REPAIRED_AT_ONCE = 100;
const RETRY = { firstMs: 50, maxMs: 5_000 };

interface Entry extends KeptTopic {
  readonly hub: TopicHub;
  /** Ends it when it has lingered long enough. */
  readonly alarm: Alarm;
  /** Absent once it has started. */
  starting: Promise<void> | undefined;
  hasSubscribers: boolean;
  /** How many members wait to be let in. */
  waiting: number;
}

/** A snapshot of a topic with history on this node. */
export interface HubState {
  /** The topic. */
  readonly topic: string;
  /** Where this node stands; `undefined` until the engine was reached. */
  readonly position: Position | undefined;
  /** How much is kept. */
  readonly keep: Retention;
  /** Whether it has subscribers here. */
  readonly hasSubscribers: boolean;
  /** How many members wait to be let in. */
  readonly waiting: number;
}

/** What hubs need from their node. */
export interface HubsParts {
  readonly engine: HistoryEngine;
  /** How long members wait for the engine, in milliseconds. */
  readonly timeoutMs: number;
  /** Delivers the messages of a topic. */
  readonly outputOf: (topic: string) => HubOutput;
}

/** Where one member enters, once. Closed, it holds no member: a hub may wait for the engine for much longer. */
class Door {
  #enter: ((admission: Admission) => void) | undefined;

  constructor(enter: (admission: Admission) => void) {
    this.#enter = enter;
  }

  /** Closes it. Returns how to enter, unless it was closed. */
  close(): ((admission: Admission) => void) | undefined {
    const enter = this.#enter;
    this.#enter = undefined;
    return enter;
  }
}

/** The hubs of one node, by topic. */
export class Hubs {
  readonly #parts: HubsParts;
  readonly #entries = new Map<string, Entry>();
  readonly #pauses = new Pauses();
  #isStopped = false;
  #lingers = true;

  /** Creates a node without hubs. */
  constructor(parts: HubsParts) {
    this.#parts = parts;
  }

  /** Returns the hub of a topic, if there is one now. */
  get(topic: string): TopicHub | undefined {
    return this.#entries.get(topic)?.hub;
  }

  /** Returns what is kept of a topic, if it has a hub. */
  kept(topic: string): KeptTopic | undefined {
    return this.#entries.get(topic);
  }

  /** The topics with a hub, and where this node stands in them. */
  *states(): Iterable<HubState> {
    for (const [topic, { hub, keep, hasSubscribers, waiting }] of this.#entries) {
      yield { topic, position: hub.position, keep, hasSubscribers, waiting };
    }
  }

  /** The topic got its first subscriber. */
  begin(topic: string, kept: KeptTopic): void {
    const entry = this.#open(topic, kept);
    entry.hasSubscribers = true;
    entry.alarm.clear();
  }

  /** Its last subscriber has left. */
  end(topic: string): void {
    const entry = this.#entries.get(topic);
    if (!entry) return;
    entry.hasSubscribers = false;
    if (this.#lingers) entry.alarm.set(LINGER_MS);
    else this.#review(topic);
  }

  /** From now on hubs end with their last subscriber. */
  endAtOnce(): void {
    this.#lingers = false;
  }

  /** Starts a hub. Returns `undefined` if it stands at a position. Rejects if that takes too long. */
  ready(topic: string, kept: KeptTopic): Promise<void> | undefined {
    const entry = this.#open(topic, kept);
    if (!entry.hasSubscribers) entry.alarm.set(LINGER_MS);
    if (!entry.starting) return undefined;
    return withinTime(entry.starting, this.#parts.timeoutMs, () => this.#late(topic));
  }

  /**
   * Lets a member in; see {@linkcode TopicHub.admit}.
   *
   * @throws {BusDownError} If the engine takes too long. `enter` is not called after that.
   */
  admit(topic: string, kept: KeptTopic, since: Since, enter: (admission: Admission) => void): MaybePromise<void> {
    const entry = this.#open(topic, kept);
    const door = new Door(enter);
    const admitted = entry.hub.admit(since, (admission) => door.close()?.(admission));
    if (isThenable(admitted)) {
      entry.waiting++;
      return this.#await(Promise.resolve(admitted).finally(() => entry.waiting--), topic, door);
    }
    if (door.close()) throw this.#late(topic); // it was stopped
  }

  /** Reads for all topics what may have been missed. What they remember may have been deleted meanwhile. */
  async repair(): Promise<void> {
    const hubs = Array.from(this.#entries.values(), ({ hub }) => hub);
    for (const hub of hubs) hub.forgetAll();
    for (let i = 0; i < hubs.length && !this.#isStopped; i += REPAIRED_AT_ONCE) {
      await Promise.allSettled(hubs.slice(i, i + REPAIRED_AT_ONCE).map((hub) => hub.repair()));
    }
  }

  /** Calls `action` again until it succeeds or the node stops; see `persist`. */
  retryOf(topic: string | undefined): Retry {
    return async (attempt, thrown) => {
      if (historyRetried.hasListeners) historyRetried.emit({ topic, attempt, error: exitReasonOf(thrown) });
      await this.#pauses.pause(delayMs(RETRY, attempt));
      return !this.#isStopped;
    };
  }

  /** Stops all hubs. */
  stop(): void {
    this.#isStopped = true;
    this.#pauses.end();
    for (const topic of [...this.#entries.keys()]) this.#close(topic);
  }

  async #await(admitted: Promise<void>, topic: string, door: Door): Promise<void> {
    try {
      await withinTime(admitted, this.#parts.timeoutMs, () => this.#late(topic));
    } catch (thrown) {
      if (door.close()) throw thrown;
    }
    if (door.close()) throw this.#late(topic); // it was stopped
  }

  #open(topic: string, kept: KeptTopic): Entry {
    const known = this.#entries.get(topic);
    if (known) return known;
    const { engine, outputOf } = this.#parts;
    const parts = { engine, keep: kept.keep, output: outputOf(topic), retry: this.retryOf(topic), nowMs: Date.now };
    const hub = new TopicHub(topic, parts);
    const alarm = new Alarm(() => this.#review(topic));
    const entry: Entry = { ...kept, hub, alarm, starting: undefined, hasSubscribers: false, waiting: 0 };
    this.#entries.set(topic, entry);
    alarm.set(LINGER_MS); // whoever opened it may not come in
    this.#start(entry);
    return entry;
  }

  #start(entry: Entry): void {
    const started = entry.hub.start();
    if (!isThenable(started)) return;
    const starting = Promise.resolve(started).then(() => {
      entry.starting = undefined;
    });
    starting.catch(() => {}); // it was stopped
    entry.starting = starting;
  }

  /** Ends a hub without subscribers, unless somebody waits for it. */
  #review(topic: string): void {
    const entry = this.#entries.get(topic);
    if (!entry || entry.hasSubscribers) return;
    if (entry.waiting > 0) entry.alarm.set(LINGER_MS);
    else this.#close(topic);
  }

  #close(topic: string): void {
    const entry = this.#entries.get(topic);
    this.#entries.delete(topic);
    entry?.alarm.clear();
    entry?.hub.stop();
  }

  #late(topic: string): Error {
    return new BusDownError(`read the history of ${JSON.stringify(topic)}`);
  }
}
