/**
 * Tracker: tracks which keys are in which topics, on all nodes.
 *
 * @module
 */

import type { ChildOptions, ChildSpec } from "../otp/process/child_spec.ts";
import { hashText } from "../base/hash.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { RestartLimits } from "../otp/supervisor/restart_intensity.ts";
import { Supervisor } from "../otp/supervisor/supervisor.ts";
import type { Entry } from "./_entry.ts";
import type { MetaUpdate, PresenceMeta } from "./meta.ts";
import type { PresenceCount } from "./roster.ts";
import { readReplicationOptions, type TrackerBaseOptions } from "./tracker_options.ts";
import { TrackerShard } from "./_tracker_shard.ts";

/**
 * An entry of a {@linkcode Tracker}: a key and its meta.
 *
 * @category Presence
 */
export interface Tracked<M extends object> {
  /** The key. */
  readonly key: string;
  /** Its data, with a reference. */
  readonly meta: PresenceMeta<M>;
}

/**
 * The entries that joined and left a topic. An update is both: the old meta left, the new one joined.
 *
 * @category Presence
 */
export interface TrackerDiff<M extends object> {
  /** The entries that joined. */
  readonly joins: ReadonlySet<Tracked<M>>;
  /** The entries that left. */
  readonly leaves: ReadonlySet<Tracked<M>>;
}

/**
 * Options for {@linkcode Tracker}.
 *
 * @category Presence
 */
export interface TrackerOptions<M extends object> extends TrackerBaseOptions {
  /**
   * Called with each change of this node and the other nodes, by topic, in order. It runs in the tracker's process. If
   * it throws, the error is reported and the tracker continues.
   */
  readonly handleDiff?: (diff: ReadonlyMap<string, TrackerDiff<M>>) => void;
}

/**
 * Tracks which keys are in which topics, on all nodes, with metas of type `M`.
 *
 * A process is tracked, by itself or by another one, under a key in a topic, with a meta that contains more data. It is
 * visible on all nodes until it ends, is untracked, or its node is considered gone. Channels use {@linkcode Presence},
 * which is built on it. Use a tracker for anything else that may come and go: workers, games, services.
 *
 * ```ts
 * import { PubSub, spawn, Tracker } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const workers = new Tracker<{ load: number }>({ pubsub: new PubSub(), name: "workers" });
 * const worker = spawn<string>(async (mailbox) => {
 *   for await (const job of mailbox) console.log(job);
 * });
 *
 * workers.track(worker, "render", "gpu-1", { load: 0 });
 * workers.update(worker, "render", "gpu-1", ({ load }) => ({ load: load + 1 }));
 * assertEquals(workers.list("render")[0]?.meta.load, 1);
 *
 * worker.exit("shutdown");
 * assertEquals(workers.list("render"), []);
 * await workers.stop();
 * ```
 *
 * **Not for** names that must be unique: two nodes may both track the same key. Nor for data that must outlive its
 * process.
 *
 * The entries of this node are visible here at once and on other nodes up to `broadcastPeriodMs` later. A tracker is
 * good for about 100 nodes. In a partition both sides show their own entries: nodes that lose contact hide each other's
 * entries after `downMs` of the PubSub, and show them again when contact is restored.
 *
 * @category Presence
 */
export class Tracker<M extends object = object> implements AsyncDisposable {
  /**
   * Returns a tracker as a child of one of the program's supervisors, instead of its PubSub's. Use it if other parts of
   * a supervision tree depend on the tracker. That supervisor starts and ends its processes from then on; the tracker
   * itself stays the same object.
   *
   * @param tracker The tracker.
   * @param options The child options for its supervisor, and the restart limits of its processes.
   * @returns A child specification for `Supervisor.start` and `startChild`.
   */
  static child<M extends object>(tracker: Tracker<M>, options: ChildOptions & RestartLimits = {}): ChildSpec {
    const label = `tracker ${tracker.#name}`;
    const children = () => Promise.all(tracker.#shards.map((shard) => shard.handOver()));
    return Supervisor.child(children, { id: label, label, ...options });
  }

  readonly #name: string;
  readonly #shards: readonly TrackerShard<M>[];

  /**
   * Starts a tracker. Its processes are supervised by its PubSub.
   *
   * @param options Its name, its PubSub, and the handler for changes.
   * @throws {RangeError} If an option is out of range.
   * @throws {TypeError} If the node has a tracker of this name, or the PubSub has been stopped; or for an option that
   * is now one of the PubSub.
   */
  constructor(options: TrackerOptions<M>) {
    const { pubsub, name, handleDiff } = options;
    const replication = readReplicationOptions(options);
    this.#name = name;
    this.#shards = Array.from(
      { length: replication.poolSize },
      (_, index) =>
        new TrackerShard<M>(`${name}_shard${index}`, pubsub, replication, (diff) => handleDiff?.(diff.topics)),
    );
    if (this.#shards.some(({ id }) => pubsub.tree.has(id))) {
      throw new TypeError(
        `Cannot start tracker: "name" must be another for each tracker of a node, received "${name}"`,
      );
    }
    for (const shard of this.#shards) shard.carry();
  }

  /**
   * Tracks `pid` as `key` in `topic` until it ends.
   *
   * @param pid A process of this node.
   * @param topic The topic.
   * @param key The key. Other processes may have the same key.
   * @param meta Data about it: an object that can be represented in JSON. It is copied.
   * @returns The reference of the meta, `phx_ref`.
   * @throws {AlreadyTrackedError} If `pid` is already tracked under this key in this topic.
   * @throws {RangeError} If topic, key and meta have more than 65,536 bytes as JSON.
   * @throws {TypeError} If `pid` has ended, or the meta cannot be represented in JSON.
   */
  track(pid: Pid<never>, topic: string, key: string, meta: M): string {
    return this.#shardOf(topic).tracking.track(pid, topic, key, meta);
  }

  /** Stops tracking `pid`, under all keys and topics. */
  untrack(pid: Pid<never>): void;
  /** Stops tracking `pid` as `key` in `topic`. Does nothing if it was not tracked. */
  untrack(pid: Pid<never>, topic: string, key: string): void;
  untrack(pid: Pid<never>, topic?: string, key?: string): void {
    if (topic !== undefined && key !== undefined) return this.#shardOf(topic).tracking.untrack(pid, topic, key);
    for (const shard of this.#shards) shard.tracking.untrackAll(pid);
  }

  /**
   * Replaces the meta of `pid` under `key` in `topic`.
   *
   * @param update The new meta, or a function that computes it from the current one.
   * @returns The reference of the new meta.
   * @throws {NotTrackedError} If `pid` is not tracked under this key in this topic.
   * @throws {RangeError} If topic, key and meta have more than 65,536 bytes as JSON.
   * @throws {TypeError} If the meta cannot be represented in JSON.
   */
  update(pid: Pid<never>, topic: string, key: string, update: MetaUpdate<M>): string {
    return this.#shardOf(topic).tracking.update(pid, topic, key, update);
  }

  /** Returns the entries of `topic`, on all nodes. */
  list(topic: string): Tracked<M>[] {
    return [...this.entries(topic)].flatMap(([, entries]) => Array.from(entries, toTracked));
  }

  /** Returns the metas of `key` in `topic`. */
  getByKey(topic: string, key: string): PresenceMeta<M>[] {
    return Array.from(this.#shardOf(topic).roster.entriesOf(topic, key), ({ meta }) => meta);
  }

  /** Returns the number of keys and metas in `topic`, in constant time. */
  count(topic: string): PresenceCount {
    return this.#shardOf(topic).roster.count(topic);
  }

  /** The topics that have entries, on all nodes. */
  *topics(): Iterable<string> {
    for (const { roster } of this.#shards) yield* roster.topics();
  }

  /** Returns a live view of the entries of `topic`, by key. It is not a copy. */
  entries(topic: string): ReadonlyMap<string, ReadonlySet<Tracked<M>>> {
    return this.#shardOf(topic).roster.keysOf(topic);
  }

  /**
   * Ends the tracker and makes the other nodes forget its entries, whatever `permdownOnShutdown` is. Use it for a node
   * that will not come back.
   */
  async gracefulPermdown(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.gracefulPermdown()));
  }

  /** Ends the tracker. The other nodes forget the entries of this node. */
  async stop(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.stop()));
  }

  /** The same as {@linkcode Tracker.prototype.stop | stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #shardOf(topic: string): TrackerShard<M> {
    return this.#shards.length === 1 ? this.#shards[0]! : this.#shards[hashText(String(topic)) % this.#shards.length]!;
  }
}

function toTracked<M extends object>({ key, meta }: Pick<Entry<PresenceMeta<M>>, "key" | "meta">): Tracked<M> {
  return { key, meta };
}
