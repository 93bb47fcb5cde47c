/**
 * Presence: tracks who is in a topic, on all nodes, and reports it to the members. It uses Phoenix's format, so the
 * `Presence` class of phoenix.js and other clients work with it.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { whenDone } from "../base/thenable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { Membership } from "../cluster/membership.ts";
import type { Schema } from "../contract/schema.ts";
import type { ChildOptions, ChildSpec } from "../otp/process/child_spec.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { RestartLimits } from "../otp/supervisor/restart_intensity.ts";
import { Supervisor } from "../otp/supervisor/supervisor.ts";
import type { Carried } from "../pubsub/carried.ts";
import { PRESENCE_STATE } from "../protocol/events.ts";
import type { Payload } from "../protocol/payload.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { checkedMeta, checkedUpdate } from "./_checked_meta.ts";
import type { MetaUpdate } from "./meta.ts";
import { type PresenceCallbacks, PresenceServer } from "./_presence_server.ts";
import { type MetasByKey, type PresenceDiff, type Presences, presencesOf } from "./presences.ts";
import { CountPublisher, DiffPublisher } from "./_publisher.ts";
import type { PresenceCount } from "./roster.ts";
import { type Tracked, Tracker } from "./tracker.ts";
import type { ReplicationOptions } from "./tracker_options.ts";

/**
 * A process in a topic: the socket of a channel, or anything of that shape.
 *
 * @category Presence
 */
export interface PresenceMember {
  /** The process. */
  readonly self: Pid<never>;
  /** The topic. */
  readonly topic: string;
  /** The PubSub of the topic's members. If given, it must be the one of the presence. */
  readonly pubsub?: PubSub;
}

/**
 * A member that can be pushed to: the socket of a channel.
 *
 * @category Presence
 */
export interface PresenceSocket extends PresenceMember {
  /** Sends an event to the client. */
  push(event: string, payload: Payload): void;
}

/**
 * A topic, given by its name or by a channel's socket.
 *
 * @category Presence
 */
export type PresenceTopic = string | Pick<PresenceMember, "topic" | "pubsub">;

/**
 * The value of one key in the result of `list`, or `undefined`. A promise, if `list` returns one.
 *
 * @category Presence
 */
export type PresenceValue<R> = R extends Promise<infer P> ? Promise<P[keyof P] | undefined> : R[keyof R] | undefined;

/**
 * Options for {@linkcode Presence}.
 *
 * @category Presence
 */
export interface PresenceOptions<M extends object = object> extends ReplicationOptions {
  /** The endpoint's PubSub, which reaches the members of the topics and the other nodes. */
  readonly pubsub: PubSub;
  /**
   * The name, the same on all nodes and unique among the presences of a node.
   *
   * @default {the name of the class}
   */
  readonly name?: string;
  /**
   * Validates each meta before it is tracked: `track` and `update` throw a `TypeError` if it does not fit. What the
   * schema returns is tracked, such as an object without the fields that it does not know. It may be of any library
   * that implements Standard Schema, but not asynchronous, and must not change the type.
   *
   * ```ts
   * import { Presence, PubSub, spawn } from "@urvogel/realtime";
   * import { assertThrows } from "@std/assert";
   * import * as z from "zod";
   *
   * const presence = new Presence({ pubsub: new PubSub(), meta: z.object({ status: z.enum(["here", "away"]) }) });
   * const member = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
   * presence.track(member, "room:1", "ann", { status: "here" });
   * const fromClient = JSON.parse(`{ "status": "hacked" }`);
   * assertThrows(() => presence.update(member, "room:1", "ann", fromClient), TypeError);
   * await presence.stop();
   * member.exit("shutdown");
   * ```
   *
   * @default {any object}
   */
  readonly meta?: Schema<M>;
  /**
   * How long a change waits for others of its topic, in milliseconds. They are reported as one diff, which omits keys
   * that joined and left meanwhile.
   *
   * @default {0}
   */
  readonly coalesceMs?: number;
  /**
   * What is reported to the members of a topic: who joined and left (`presence_diff`), or only the number of members
   * (`presence_count` with `{ keys, metas }`).
   *
   * @default {"diffs"}
   */
  readonly report?: "diffs" | "counts";
}

/**
 * Tracks who is in a topic, on all nodes, and reports changes to the members. `M` is the type of the metas, `R` the
 * result of `fetch` and `list`, `S` the state of `handleMetas`.
 *
 * After the join, a channel tracks its client and pushes the current members. From then on, members get a
 * `presence_diff` whenever a member joins, leaves or is updated:
 *
 * ```ts
 * import { Channel, Endpoint, ok, type Params, Presence, PubSub, Socket } from "@urvogel/realtime";
 *
 * interface User { name: string }
 *
 * const pubsub = new PubSub();
 * const presence = new Presence<{ since: number }>({ pubsub });
 *
 * class RoomChannel extends Channel<User> {
 *   override join() {
 *     return ok();
 *   }
 *   override afterJoin() {
 *     presence.track(this.socket, this.socket.assigns.name, { since: Date.now() });
 *     presence.pushState(this.socket);
 *   }
 * }
 *
 * class UserSocket extends Socket<User> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect({ name }: Params) {
 *     return ok({ name: String(name) });
 *   }
 * }
 *
 * export default new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
 * ```
 *
 * A user who leaves, crashes or loses the connection is removed when the channel's process ends; no cleanup is needed.
 * A busy channel first handles its waiting messages, for at most `Channel.shutdownMs` (5 s). A user with three tabs is
 * one key with three metas.
 *
 * **To add data to each key**, override `fetch`. It runs once for a list, and for a diff once for the joins and once
 * for the leaves, so one query serves all keys. `list` returns what `fetch` returns: with an async `fetch`, a promise.
 *
 * ```ts
 * import { Presence, type Presences, PubSub, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * interface Meta { tab: number }
 * const users = new Map([["7", { name: "Ann" }]]);
 *
 * class UserPresence extends Presence<Meta, Promise<Presences<Meta, { user: { name: string } | undefined }>>> {
 *   override async fetch(_topic: string, presences: Presences<Meta>) {
 *     const entries = Object.entries(presences).map(([id, { metas }]) => [id, { metas, user: users.get(id) }]);
 *     return await Promise.resolve(Object.fromEntries(entries));
 *   }
 * }
 *
 * const presence = new UserPresence({ pubsub: new PubSub() });
 * const member = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
 * presence.track(member, "room:1", "7", { tab: 1 });
 * const { "7": ann } = await presence.list("room:1");
 * assertEquals(ann?.user?.name, "Ann");
 * await presence.stop();
 * ```
 *
 * **On the server**, `handleMetas` receives each diff and the topic after it, and can keep a state of its own:
 * {@linkcode Presence.prototype.handleMetas | Presence.handleMetas}.
 *
 * **Its processes are supervised** by its PubSub: one that ends or is killed is restarted, and no member is lost or
 * reported twice. `track` and `list` work meanwhile. {@linkcode Presence.child} moves them to one of the program's own
 * supervisors.
 *
 * **In large rooms** every join is a message to every member, and every list is as long as the room: if ten thousand
 * members join one by one, that is fifty million messages. `coalesceMs` combines them into one diff per topic and
 * interval, and `report: "counts"` reports only the number of members.
 *
 * **On several nodes** each node shows the members of all, and is good for about 100 nodes. In a partition both sides
 * show their own members, until they meet again. A node that loses its bus keeps showing the members of the others for
 * `graceMs` of the PubSub; a node that is silent is hidden after `downMs`.
 *
 * **Not for** state that must be consistent on all nodes at once: a node learns about another node's members up to
 * `broadcastPeriodMs` later, and about its failure after `downMs`. Nor for storing data: metas are sent to all members,
 * so keep them small and public.
 *
 * @category Presence
 */
export class Presence<M extends object = object, R extends MaybePromise<object> = Presences<M>, S = undefined>
  implements AsyncDisposable {
  /**
   * Returns a presence as a child of one of the program's supervisors, instead of its PubSub's. Use it if other parts
   * of a supervision tree depend on the presence. That supervisor starts and ends its processes from then on; the
   * presence itself stays the same object.
   *
   * @example Usage
   * ```ts
   * import { Presence, PubSub, Supervisor } from "@urvogel/realtime";
   *
   * const presence = new Presence({ pubsub: new PubSub(), name: "people" });
   * const supervisor = await Supervisor.start([Presence.child(presence)], { strategy: "restForOne" });
   * await presence.stop();
   * await supervisor.stop();
   * ```
   *
   * @param presence The presence.
   * @param options The child options for its supervisor, and the restart limits of its processes.
   * @returns A child specification for `Supervisor.start` and `startChild`.
   */
  static child<M extends object, R extends MaybePromise<object>, S>(
    presence: Presence<M, R, S>,
    options: ChildOptions & RestartLimits = {},
  ): ChildSpec {
    const label = presence.#carried.id;
    const children = async () => [await presence.#carried.handOver(), Tracker.child(presence.#tracker)];
    return Supervisor.child(children, { id: label, label, ...options });
  }

  static readonly #all = new WeakMap<PubSub, Set<Presence>>();

  /**
   * Returns the presences of a PubSub that have not been stopped, for `debug`.
   *
   * @internal
   */
  static on(pubsub: PubSub): ReadonlySet<Presence> {
    return Presence.#all.get(pubsub) ?? new Set();
  }

  /** Its name, which is the same on all nodes. */
  readonly name: string;
  readonly #pubsub: PubSub;
  readonly #schema: Schema<M> | undefined;
  readonly #tracker: Tracker<M>;
  readonly #carried: Carried;

  /**
   * Starts a presence. Its processes are supervised by its PubSub.
   *
   * @param options The PubSub, the name, and what is reported.
   * @throws {RangeError} If an option is out of range.
   * @throws {TypeError} If the node has a presence of this name, or the PubSub has been stopped.
   */
  constructor(options: PresenceOptions<M>) {
    const { name = new.target.name, coalesceMs = 0, report = "diffs", pubsub, meta, ...rest } = options;
    if (!(coalesceMs >= 0 && coalesceMs < Infinity)) {
      throw new RangeError(`Cannot create presence: "coalesceMs" must be finite and >= 0, received ${coalesceMs}`);
    }
    const publisher = report === "diffs"
      ? new DiffPublisher<Awaited<R>>(pubsub)
      : new CountPublisher(pubsub, (topic) => this.#tracker.count(topic));
    Membership.of(pubsub); // the first to start, so that it is the last to end
    const onFailed = () => {
      this.#unlist();
      void this.#tracker.stop();
    };
    const server = new PresenceServer({ callbacks: this.#callbacks(), publisher, coalesceMs, onFailed });
    const carried = pubsub.tree.add(`presence ${name}`, server); // before its tracker, so that the tracker ends first
    try {
      this.#tracker = new Tracker<M>({ ...rest, pubsub, name, handleDiff: (diff) => server.handleDiff(diff) });
    } catch (error) {
      pubsub.tree.forget(carried);
      throw error;
    }
    this.name = name;
    this.#pubsub = pubsub;
    this.#schema = meta;
    this.#carried = carried;
    this.#list();
  }

  /**
   * Adds data to each key, such as a user's name from a database. Called once for all keys of a list, and of the joins
   * and of the leaves of a diff. By default it adds nothing.
   *
   * It may be async; then `list` is too. Diffs are reported in order, so a slow `fetch` delays the later ones: give it
   * a time limit. If it fails for a diff, the error is reported and the diff is sent without the data. If it fails for
   * a list, `list` fails.
   *
   * @param _topic The topic.
   * @param presences The metas by key, possibly empty. Do not change them.
   * @returns The same keys with the added data.
   */
  fetch(_topic: string, presences: Presences<M>): R {
    return presences as unknown as R; // a class with another `R` overrides this
  }

  /**
   * Creates the initial state for {@linkcode Presence.prototype.handleMetas | handleMetas}, also when its process is
   * restarted. May be async.
   */
  init(): MaybePromise<S> {
    return undefined as S;
  }

  /**
   * Called with each diff after it was reported to the members, in the presence's own process, one diff at a time. By
   * default it does nothing. If it throws, the error is reported and the state is kept.
   *
   * It runs on every node, for the changes of all nodes.
   *
   * @example Usage
   * ```ts
   * import { type MetasByKey, Presence, type PresenceDiff, type Presences, PubSub, spawn } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * interface Meta { tab: number }
   * const log: string[] = [];
   *
   * class LoggedPresence extends Presence<Meta, Presences<Meta>, number> {
   *   override init() {
   *     return 0; // the most that were ever in a room
   *   }
   *   override handleMetas(
   *     most: number,
   *     topic: string,
   *     diff: PresenceDiff<Presences<Meta>>,
   *     presences: MetasByKey<Meta>,
   *   ) {
   *     for (const key of Object.keys(diff.joins)) log.push(`${key} in ${topic}`);
   *     return Math.max(most, presences.size);
   *   }
   * }
   *
   * const presence = new LoggedPresence({ pubsub: new PubSub() });
   * const member = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
   * presence.track(member, "room:1", "ann", { tab: 1 });
   * await presence.stop();
   * assertEquals(log, ["ann in room:1"]);
   * member.exit("shutdown");
   * ```
   *
   * @param state The state that `init` or the last call returned. It is the first parameter, as in all callbacks with a
   * state.
   * @param _topic The topic.
   * @param _diff Who joined and who left, as `fetch` returned them.
   * @param _presences Who is in the topic after the diff. It changes with the next diff: copy what you keep.
   * @returns The next state.
   */
  handleMetas(
    state: S,
    _topic: string,
    _diff: PresenceDiff<Awaited<R>>,
    _presences: MetasByKey<M>,
  ): MaybePromise<S> {
    return state;
  }

  /**
   * Tracks a process under a key until it ends.
   *
   * @param member The socket of a channel, or `{ self, topic }`.
   * @param key The key, such as a user id. Other processes may have the same key.
   * @param meta Data about the member, visible to all members: an object that can be represented in JSON. It is copied.
   * @returns The meta's `phx_ref`.
   * @throws {AlreadyTrackedError} If the process is already tracked under this key in this topic.
   * @throws {RangeError} If topic, key and meta have more than 65,536 bytes as JSON.
   * @throws {TypeError} If the process has ended, the meta cannot be represented in JSON or is nested deeper than 64
   * levels, or the channel's endpoint has another PubSub: its members would never get a diff. Also if the meta does not
   * fit `PresenceOptions.meta`.
   */
  track(member: PresenceMember, key: string, meta: M): string;
  /** As above, for any process and topic. */
  track(pid: Pid<never>, topic: string, key: string, meta: M): string;
  track(...args: [PresenceMember, string, M] | [Pid<never>, string, string, M]): string {
    if (args.length === 4) {
      const [pid, topic, key, meta] = args;
      return this.#tracker.track(pid, topic, key, checkedMeta(this.#schema, meta));
    }
    const [member, key, meta] = args;
    return this.#tracker.track(member.self, this.#topicOf("track", member), key, checkedMeta(this.#schema, meta));
  }

  /** Stops tracking a process, under all keys and topics. */
  untrack(pid: Pid<never>): void;
  /** Stops tracking a process under this key. Does nothing if it was not tracked. */
  untrack(member: PresenceMember, key: string): void;
  /** As above, for any process and topic. */
  untrack(pid: Pid<never>, topic: string, key: string): void;
  untrack(...args: [Pid<never>] | [PresenceMember, string] | [Pid<never>, string, string]): void {
    if (args.length === 1) return this.#tracker.untrack(args[0]);
    if (args.length === 3) return this.#tracker.untrack(...args);
    const [{ self, topic }, key] = args;
    this.#tracker.untrack(self, topic, key);
  }

  /**
   * Replaces the meta of a process.
   *
   * @param member The socket of a channel, or `{ self, topic }`.
   * @param key The key under which it is tracked.
   * @param update The new meta, or a function that computes it from the current one.
   * @returns The new `phx_ref`.
   * @throws {NotTrackedError} If the process is not tracked under this key in this topic.
   * @throws {RangeError} If topic, key and meta have more than 65,536 bytes as JSON.
   * @throws {TypeError} If the meta cannot be represented in JSON or is nested deeper than 64 levels, or the channel's
   * endpoint has another PubSub.
   */
  update(member: PresenceMember, key: string, update: MetaUpdate<M>): string;
  /** As above, for any process and topic. */
  update(pid: Pid<never>, topic: string, key: string, update: MetaUpdate<M>): string;
  update(...args: [PresenceMember, string, MetaUpdate<M>] | [Pid<never>, string, string, MetaUpdate<M>]): string {
    if (args.length === 4) {
      const [pid, topic, key, update] = args;
      return this.#tracker.update(pid, topic, key, checkedUpdate(this.#schema, update));
    }
    const [member, key, update] = args;
    const topic = this.#topicOf("update", member);
    return this.#tracker.update(member.self, topic, key, checkedUpdate(this.#schema, update));
  }

  /**
   * Pushes the members of a channel's topic, on all nodes, to the channel's client, as the `presence_state` that
   * Phoenix's clients expect. Clients then apply the diffs, so calling it once after the join is enough. Does nothing
   * after the channel has ended.
   *
   * @param socket The socket of the channel.
   * @returns Nothing, or a promise if {@linkcode Presence.prototype.fetch | fetch} is async. Return it from
   * `afterJoin`, so that a failure is handled as one of the channel.
   * @throws {TypeError} If the channel's endpoint has another PubSub.
   */
  pushState(socket: PresenceSocket): R extends PromiseLike<unknown> ? Promise<void> : void {
    return whenDone(this.list(socket) as MaybePromise<object>, (presences) => {
      if (socket.self.alive) socket.push(PRESENCE_STATE, presences);
    }) as never; // TypeScript does not know what `R` is
  }

  /**
   * Returns who is in a topic, on all nodes. {@linkcode Presence.prototype.pushState | pushState} sends it to a client.
   *
   * @param topic The topic, or the socket of a channel.
   * @returns The result of `fetch` for the metas by key: a promise, if it is async.
   * @throws {TypeError} If the channel's endpoint has another PubSub.
   */
  list(topic: PresenceTopic): R {
    const name = this.#topicOf("list", topic);
    return this.fetch(name, presencesOf(this.#tracker.entries(name)));
  }

  /**
   * Returns the presence of one key.
   *
   * @param topic The topic, or the socket of a channel.
   * @param key The key.
   * @returns The value that `list` has for this key; `undefined` if there is none.
   * @throws {TypeError} If the channel's endpoint has another PubSub.
   */
  getByKey(topic: PresenceTopic, key: string): PresenceValue<R> {
    const name = this.#topicOf("list", topic);
    const metas = this.#tracker.getByKey(name, key);
    const presences: Presences<M> = metas.length > 0 ? Object.fromEntries([[key, { metas }]]) : {};
    const fetched = this.fetch(name, presences);
    const pick = (found: object) => Object.hasOwn(found, key) ? found[key as keyof typeof found] : undefined;
    return whenDone(fetched, pick) as PresenceValue<R>;
  }

  /**
   * Returns the number of members of a topic, on all nodes. With `report: "counts"`, push it after the join. It takes
   * constant time.
   *
   * @throws {TypeError} If the channel's endpoint has another PubSub.
   */
  count(topic: PresenceTopic): PresenceCount {
    return this.#tracker.count(this.#topicOf("count", topic));
  }

  /** The topics that have members, on all nodes. */
  topics(): Iterable<string> {
    return this.#tracker.topics();
  }

  /**
   * Returns a live view of the metas of a topic by key, without what `fetch` adds, for `debug`.
   *
   * @internal
   */
  entries(topic: string): ReadonlyMap<string, Iterable<Tracked<M>>> {
    return this.#tracker.entries(topic);
  }

  /**
   * Makes the other nodes forget this one at once, and ends the presence. Use it for a node that will not come back.
   */
  async gracefulPermdown(): Promise<void> {
    this.#unlist();
    await this.#tracker.gracefulPermdown();
    await this.#carried.stop();
  }

  /** Ends the presence after its pending diffs were reported, or after five seconds. */
  async stop(): Promise<void> {
    this.#unlist();
    await this.#tracker.stop();
    await this.#carried.stop();
  }

  /** The same as {@linkcode Presence.prototype.stop | stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #list(): void {
    const others = Presence.#all.get(this.#pubsub);
    const self = this as unknown as Presence;
    if (others) others.add(self);
    else Presence.#all.set(this.#pubsub, new Set([self]));
  }

  #unlist(): void {
    Presence.#all.get(this.#pubsub)?.delete(this as unknown as Presence);
  }

  /**
   * Returns the name of a topic. Throws if a channel's endpoint has another PubSub, which would not reach the members.
   */
  #topicOf(what: string, topic: PresenceTopic): string {
    if (typeof topic === "string") return topic;
    const { topic: name, pubsub = this.#pubsub } = topic;
    if (pubsub === this.#pubsub) return name;
    throw new TypeError(
      `Cannot ${what} in ${
        quoted(name)
      }: this Presence is on another PubSub than the endpoint's; pass the same "pubsub" to both, and let tests ` +
        "connect to the endpoint, not to the class of the socket",
    );
  }

  /** Looks the callbacks up at each call, since the fields of a subclass are set later. */
  #callbacks(): PresenceCallbacks<M, Awaited<R>, S> {
    const handlesMetas = () => this.handleMetas !== Presence.prototype.handleMetas as unknown;
    return {
      init: () => this.init(),
      fetch: (topic, presences) => this.fetch(topic, presences) as MaybePromise<Awaited<R>>,
      handleMetas: (state, topic, diff, presences) => this.handleMetas(state, topic, diff, presences),
      get handlesMetas() {
        return handlesMetas();
      },
    };
  }
}
