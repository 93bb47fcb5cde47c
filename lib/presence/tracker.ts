/**
 * Tracker: which keys are in which topics, on all nodes.
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

/** A key that is there, and its meta. */
export interface Tracked<M extends object> {
  /** The key. */
  readonly key: string;
  /** What was said about it, with its reference. */
  readonly meta: PresenceMeta<M>;
}

/** Who came to a topic and who left it. An update is both: the old meta left, the new one came. */
export interface TrackerDiff<M extends object> {
  /** Who came. */
  readonly joins: ReadonlySet<Tracked<M>>;
  /** Who left. */
  readonly leaves: ReadonlySet<Tracked<M>>;
}

/** Options for {@linkcode Tracker}. */
export interface TrackerOptions<M extends object> extends TrackerBaseOptions {
  /**
   * Told of each change on this node and of changes of other nodes, by topic, in order. Runs in the tracker's process.
   * What it throws is reported, and the tracker goes on.
   */
  readonly handleDiff?: (diff: ReadonlyMap<string, TrackerDiff<M>>) => void;
}

/**
 * Keeps track of keys with metas `M`.
 *
 * A process tracks itself, or is tracked by somebody, under a key in a topic, with a meta that says more. It is visible
 * on all nodes until it ends, is untracked, or its node is not heard of any more. {@linkcode Presence} is built on it and
 * is what channels want; use a tracker for other things that are somewhere and may vanish: workers, games, services.
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
 * **Not for** what has to be unique: two nodes may both track the same key, and both are right. Nor for data that is to
 * outlive its process.
 *
 * What this node tracks is visible here at once and elsewhere up to `broadcastPeriodMs` later. Nodes that cannot hear
 * each other do not see each other's entries once `downPeriodMs` is over, and see them again when they can.
 */
export class Tracker<M extends object = object> implements AsyncDisposable {
  /**
   * A tracker as a child of a supervisor of the program, in place of its PubSub's: for a tree in which other parts depend
   * on it. That supervisor starts and ends its processes from then on; the tracker itself stays the same object.
   *
   * @param tracker The tracker.
   * @param options How its supervisor deals with it, and how many restarts of its processes there may be.
   * @returns What `Supervisor.start` and `startChild` take.
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
   * @param options Its name, what connects it, and what it does when something changes.
   * @throws {RangeError} If an option makes no sense.
   * @throws {TypeError} If the node has a tracker of this name, or the PubSub has been stopped.
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
   * Tracks `pid` as `key` in `topic`, until it ends.
   *
   * @param pid A process of this node.
   * @param topic Where.
   * @param key As whom. Others may have the same key.
   * @param meta More about it: an object that JSON can carry. Copied.
   * @returns The reference of the meta, `phx_ref`.
   * @throws {AlreadyTrackedError} If `pid` is already tracked under this key in this topic.
   * @throws {TypeError} If `pid` has ended, or JSON cannot carry the meta.
   */
  track(pid: Pid<never>, topic: string, key: string, meta: M): string {
    return this.#shardOf(topic).tracking.track(pid, topic, key, meta);
  }

  /** Tracks `pid` no more, nowhere. */
  untrack(pid: Pid<never>): void;
  /** Tracks `pid` as `key` in `topic` no more. Does nothing if it was not tracked. */
  untrack(pid: Pid<never>, topic: string, key: string): void;
  untrack(pid: Pid<never>, topic?: string, key?: string): void {
    if (topic !== undefined && key !== undefined) return this.#shardOf(topic).tracking.untrack(pid, topic, key);
    for (const shard of this.#shards) shard.tracking.untrackAll(pid);
  }

  /**
   * Replaces the meta of what `pid` tracks.
   *
   * @param update The new meta, or a function that makes it out of the current one.
   * @returns The reference of the new meta.
   * @throws {NotTrackedError} If `pid` is not tracked under this key in this topic.
   * @throws {TypeError} If JSON cannot carry the meta.
   */
  update(pid: Pid<never>, topic: string, key: string, update: MetaUpdate<M>): string {
    return this.#shardOf(topic).tracking.update(pid, topic, key, update);
  }

  /** Everything that is in `topic`, on all nodes. */
  list(topic: string): Tracked<M>[] {
    return [...this.entries(topic)].flatMap(([, entries]) => Array.from(entries, toTracked));
  }

  /** The metas of `key` in `topic`. */
  getByKey(topic: string, key: string): PresenceMeta<M>[] {
    return Array.from(this.#shardOf(topic).roster.entriesOf(topic, key), ({ meta }) => meta);
  }

  /** How many there are in `topic`. Takes no longer for many than for few. */
  count(topic: string): PresenceCount {
    return this.#shardOf(topic).roster.count(topic);
  }

  /** What is in `topic` by key, as it is now and will be: a view, not a copy. */
  entries(topic: string): ReadonlyMap<string, ReadonlySet<Tracked<M>>> {
    return this.#shardOf(topic).roster.keysOf(topic);
  }

  /** Tells the other nodes to forget this one at once, and ends the tracker. For a node that will not come back. */
  async gracefulPermdown(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.gracefulPermdown()));
  }

  /** Ends the tracker. */
  async stop(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.stop()));
  }

  /** The same as {@linkcode stop}. */
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
