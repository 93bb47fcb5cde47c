/**
 * The history of one node: connects an engine with PubSub.
 *
 * @module
 */

import { isInstance } from "../base/foreign.ts";
import type { Log } from "../base/log.ts";
import { isThenable } from "../base/thenable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { quoted } from "../base/printable.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Pid } from "../otp/process/pid.ts";
import { isNumberable } from "../protocol/event_names.ts";
import { assertJsonObject } from "../protocol/json.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import type { NumberedTopics } from "../pubsub/numbered_topics.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { HistoryEngine, HistoryRoute, Stored } from "./engine.ts";
import { HistoryRoutes, type KeptTopic } from "./_history_routes.ts";
import { Hubs, type HubState } from "./_hubs.ts";
import { persist } from "./_persistent.ts";
import type { PublishOptions } from "./publish.ts";
import { formatPosition, type Position } from "./position.ts";
import type { Since } from "./since.ts";
import { historyRepaired, reportReset, reportUnnumbered, reportUnpublished } from "./telemetry.ts";
import { DeclaredRoutes } from "./_declared_routes.ts";
import { announceDeclared, announceForgotten, isDeclared, readForgotten } from "./_node_messages.ts";
import { TopicHistory } from "./topic_history.ts";
import type { Admission } from "./admission.ts";
import type { HubOutput } from "./_topic_hub.ts";

/** What a history is made of. */
export interface HistoryParts {
  /** The PubSub whose broadcasts are numbered. */
  readonly pubsub: PubSub;
  /** Numbers and keeps them. */
  readonly engine: HistoryEngine;
  /** How long a client that joins waits for the engine, in milliseconds. */
  readonly timeoutMs?: number;
  /** A history of the same PubSub that this one replaces. It must have no routes of this program. */
  readonly instead?: History | undefined;
}

const TIMEOUT_MS = 10_000;
const LONGEST_KEY = 200;

/** Numbers and keeps the broadcasts of the topics whose routes declare history. */
export class History implements NumberedTopics {
  readonly #pubsub: PubSub;
  readonly #engine: HistoryEngine;
  readonly #routes = new HistoryRoutes();
  readonly #hubs: Hubs;
  readonly #unwatch: () => void;
  readonly #declared: DeclaredRoutes;
  #declaring: Promise<void> | undefined;
  #isUndeclared = false;
  #isStopped = false;

  /** Creates a history without routes, which numbers the broadcasts of its PubSub until that is stopped. */
  constructor({ pubsub, engine, timeoutMs = TIMEOUT_MS, instead }: HistoryParts) {
    this.#pubsub = pubsub;
    this.#engine = engine;
    this.#hubs = new Hubs({ engine, timeoutMs, outputOf: (topic) => this.#outputOf(topic) });
    this.#unwatch = engine.onReconnect(() => this.#reconnected());
    this.#declared = new DeclaredRoutes({
      engine,
      retry: this.#hubs.retryOf(undefined),
      learned: (routes) => this.#learn(routes),
    });
    instead?.stop();
    pubsub.number(this, instead);
  }

  /** Returns the history of a PubSub, if it has one. */
  static of(pubsub: PubSub): History | undefined {
    const { numbered } = pubsub;
    return numbered !== undefined && isInstance(numbered, History) ? numbered : undefined;
  }

  /** Reads the routes that other nodes have declared. Resolves when they are known. */
  learn(): Promise<void> {
    return this.#declared.need();
  }

  /** Reads them once: if that fails there are none, until the engine is reachable again or a node declares routes. */
  tryToLearn(): Promise<void> {
    return this.#declared.read();
  }

  /** Whether this program has declared routes. */
  get hasOwnRoutes(): boolean {
    return this.#routes.own.length > 0;
  }

  /** The engine. */
  get engine(): HistoryEngine {
    return this.#engine;
  }

  /**
   * Adds routes of this program; see {@linkcode HistoryEngine.declare}.
   *
   * @throws {TypeError} If two channels declare different histories for one pattern.
   */
  declare(routes: readonly HistoryRoute[]): void {
    this.#routes.add(routes);
    this.#pubsub.number(this); // topics that have subscribers already
    this.#declare();
    void this.learn();
  }

  /** Returns whether a topic has history. */
  hasTopic(topic: string): boolean {
    return this.#kept(topic) !== undefined;
  }

  /** See {@linkcode NumberedTopics.has}. */
  has(topic: string, event: string): boolean {
    const kept = this.#kept(topic);
    return kept !== undefined && !kept.exclude.has(event) && isNumberable(event);
  }

  /** See {@linkcode NumberedTopics.publish}. */
  publish({ topic, event, payload }: Broadcast, from: Pid<never> | undefined): void {
    const done = this.#publish({ topic, event, payload, from, key: undefined }, this.#pubsub.tree.log);
    if (isThenable(done)) done.then(undefined, () => {}); // it was reported
  }

  /**
   * Publishes, and waits until the message is kept.
   *
   * @returns Its position.
   * @throws {TypeError} If such messages have no history, the payload cannot be sent, or the key is no text.
   * @throws {RangeError} If the key is empty or too long.
   * @throws {BusDownError} If the engine cannot be reached.
   * @throws {TooLargeError} If the engine cannot keep it.
   */
  async publishKept(topic: string, event: string, payload: unknown, { key }: PublishOptions = {}): Promise<string> {
    if (!this.has(topic, event)) throw unkept(topic, event);
    assertKey(key);
    return formatPosition(await this.#publish({ topic, event, payload, from: undefined, key }, undefined));
  }

  /** See {@linkcode NumberedTopics.take}. */
  take(broadcast: Broadcast): boolean {
    const { topic, event } = broadcast;
    if (isDeclared(broadcast)) void this.#declared.read();
    const forgotten = readForgotten(broadcast);
    if (forgotten) this.#hubs.get(forgotten.topic)?.forget(forgotten.position);
    if (forgotten) return true;
    if (!this.has(topic, event)) return false;
    reportUnnumbered({ topic, event }, this.#pubsub.tree.log);
    return true;
  }

  /** See {@linkcode NumberedTopics.ready}. */
  ready(topic: string): Promise<void> | undefined {
    const kept = this.#kept(topic);
    return kept && this.#hubs.ready(topic, kept);
  }

  /** A topic got its first subscriber on this node. */
  begin(topic: string): void {
    const kept = this.#kept(topic);
    if (kept) this.#hubs.begin(topic, kept);
  }

  /**
   * From now on this node lets go of a topic when its last subscriber leaves, and not ten seconds later: for tests, in
   * which a timer that waits for clients to come back is a leak.
   */
  endTopicsAtOnce(): void {
    this.#hubs.endAtOnce();
  }

  /** A topic has no subscriber on this node any more. */
  end(topic: string): void {
    this.#hubs.end(topic);
  }

  /**
   * Lets a member into a topic with history. `enter` is called between two messages, and must subscribe it.
   *
   * @throws {BusDownError} If the engine takes too long; then `enter` is not called.
   */
  admit(topic: string, since: Since, enter: (admission: Admission) => void): MaybePromise<void> {
    return this.#hubs.admit(topic, this.#required(topic), since, enter);
  }

  /** Returns the position of the last message of a topic. */
  async position(topic: string): Promise<string> {
    const { keep } = this.#required(topic);
    const { top } = await this.#engine.read(topic, undefined, keep);
    return formatPosition(top);
  }

  /** The topics with history that are in use on this node. */
  states(): Iterable<HubState> {
    return this.#hubs.states();
  }

  /** Returns what is kept of a topic, to look at and to delete. */
  of(topic: string): TopicHistory {
    const { keep } = this.#required(topic);
    return new TopicHistory(topic, keep, this.#engine, (position) => {
      this.#hubs.get(topic)?.forget(position);
      announceForgotten(this.#pubsub, { topic, position });
    });
  }

  /** Stops all topics. The engine is not stopped. */
  stop(): void {
    this.#isStopped = true;
    this.#unwatch();
    this.#declared.stop();
    this.#hubs.stop();
  }

  #kept(topic: string): KeptTopic | undefined {
    if (this.#isStopped || this.#routes.isEmpty) return undefined; // stopped, the node is alone, and numbers nothing
    return this.#hubs.kept(topic) ?? this.#routes.find(topic);
  }

  #required(topic: string): KeptTopic {
    const kept = this.#kept(topic);
    if (kept) return kept;
    throw new TypeError(`Cannot read history: the route of ${quoted(topic)} must declare "history"`);
  }

  /** @param lateLog Where an error is logged that comes when the sender does not wait any more. */
  #publish({ topic, event, payload, from, key }: Message, lateLog: Log | undefined): MaybePromise<Position> {
    if (!(payload instanceof Uint8Array)) assertJsonObject(payload, "payload of broadcast");
    const { keep } = this.#required(topic);
    const fail = (thrown: unknown, log?: Log): never => {
      reportUnpublished({ topic, event, error: exitReasonOf(thrown) }, log);
      throw thrown;
    };
    try {
      const sender = from && `${this.#pubsub.nodeName}/${from.id}`;
      const position = this.#engine.publish(topic, { event, payload, from: sender, key }, keep);
      if (!isThenable(position)) return position;
      return Promise.resolve(position as PromiseLike<Position>).catch((thrown) => fail(thrown, lateLog));
    } catch (thrown) {
      return fail(thrown);
    }
  }

  #outputOf(topic: string): HubOutput {
    return {
      deliver: (message) => this.#deliver(topic, message),
      reset: (at) => {
        const position = formatPosition(at);
        reportReset({ topic, position }, this.#pubsub.tree.log);
        this.#pubsub.deliverState(topic, { recovered: false, position, missed: 0 });
      },
      repaired: (count) => historyRepaired.emit({ topic, count }),
    };
  }

  #deliver(topic: string, message: Stored): void {
    const { event, payload, from } = message;
    const broadcast = new Broadcast(topic, event, payload, formatPosition(message));
    this.#pubsub.deliverNumbered(broadcast, from === undefined ? undefined : this.#senderOf(topic, from));
  }

  /** Finds the process on this node that sent a message. */
  #senderOf(topic: string, from: string): Pid<never> | undefined {
    const start = `${this.#pubsub.nodeName}/`;
    if (!from.startsWith(start)) return undefined;
    const id = Number(from.slice(start.length));
    for (const { process } of this.#pubsub.subscriptionsTo(topic)) if (process.id === id) return process;
    return undefined;
  }

  /** What was announced meanwhile may be lost, and what was deleted or declared too. */
  #reconnected(): void {
    void this.#hubs.repair();
    this.#declare();
    void this.#declared.read();
  }

  /** Writes the routes to the engine, one write at a time: what changes meanwhile is written by one more. */
  #declare(): void {
    if (this.#routes.own.length === 0 || !this.#engine.declare) return;
    this.#isUndeclared = true;
    this.#declaring ??= this.#declareAll();
  }

  async #declareAll(): Promise<void> {
    while (this.#isUndeclared && !this.#isStopped) {
      this.#isUndeclared = false;
      try {
        await persist(() => this.#engine.declare?.(this.#routes.own), this.#hubs.retryOf(undefined));
        announceDeclared(this.#pubsub);
      } catch {
        // This history is stopped, or the bus is down: when it is back they are declared again.
      }
    }
    this.#declaring = undefined;
  }

  #learn(routes: readonly HistoryRoute[]): void {
    this.#routes.learn(routes);
    this.#pubsub.number(this); // topics that have subscribers already
  }
}

interface Message {
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
  readonly from: Pid<never> | undefined;
  readonly key: string | undefined;
}

/** Engines do not agree on what an empty key means. */
function assertKey(key: unknown): void {
  if (key === undefined) return;
  if (typeof key !== "string") throw new TypeError(`Cannot publish: "key" must be text, received ${quoted(key)}`);
  if (key.length > 0 && key.length <= LONGEST_KEY) return;
  throw new RangeError(`Cannot publish: "key" must have 1 to ${LONGEST_KEY} characters, received ${key.length}`);
}

function unkept(topic: string, event: string): TypeError {
  const what = `${quoted(event)} to ${quoted(topic)}`;
  return new TypeError(`Cannot publish ${what}: there is no history of it; broadcast it, or declare "history"`);
}
