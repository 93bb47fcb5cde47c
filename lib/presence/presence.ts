/**
 * Presence: who is in a topic, on all nodes, told to all of its members. Phoenix's, so that the `Presence` class of
 * phoenix.js and its like understand it.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { whenDone } from "../base/thenable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { ChildOptions, ChildSpec } from "../otp/process/child_spec.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { RestartLimits } from "../otp/supervisor/restart_intensity.ts";
import { Supervisor } from "../otp/supervisor/supervisor.ts";
import type { Carried } from "../pubsub/carried.ts";
import { PRESENCE_STATE } from "../protocol/events.ts";
import type { Payload } from "../protocol/payload.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { MetaUpdate } from "./meta.ts";
import { type PresenceCallbacks, PresenceServer } from "./_presence_server.ts";
import { type MetasByKey, type PresenceDiff, type Presences, presencesOf } from "./presences.ts";
import { CountPublisher, DiffPublisher } from "./_publisher.ts";
import type { PresenceCount } from "./roster.ts";
import { Tracker } from "./tracker.ts";
import type { ReplicationOptions } from "./tracker_options.ts";

/** A process in a topic: the socket of a channel, or anything of that shape. */
export interface PresenceMember {
  /** The process. */
  readonly self: Pid<never>;
  /** The topic. */
  readonly topic: string;
  /** Who the topic's members are known to: if it is here, it has to be the presence's. */
  readonly pubsub?: PubSub;
}

/** A member that can be pushed to: the socket of a channel. */
export interface PresenceSocket extends PresenceMember {
  /** Sends an event to the client. */
  push(event: string, payload: Payload): void;
}

/** A topic, by its name or that of a channel's socket. */
export type PresenceTopic = string | Pick<PresenceMember, "topic" | "pubsub">;

/** What is known of one key, if it is there: of the kind that `list` returns. */
export type PresenceValue<R> = R extends Promise<infer P> ? Promise<P[keyof P] | undefined> : R[keyof R] | undefined;

/** Options for {@linkcode Presence}. */
export interface PresenceOptions extends ReplicationOptions {
  /** The endpoint's: it has the topics' members, and connects the nodes. */
  readonly pubsub: PubSub;
  /**
   * The same on all nodes, and another for each presence of a node.
   *
   * @default {the name of the class}
   */
  readonly name?: string;
  /**
   * How long a change waits for others of its topic, in milliseconds. They are told as one, and who came and went
   * meanwhile is not mentioned.
   *
   * @default {0}
   */
  readonly coalesceMs?: number;
  /**
   * What the members of a topic are told: who came and went (`presence_diff`), or only how many there are
   * (`presence_count` with `{ keys, metas }`).
   *
   * @default {"diffs"}
   */
  readonly report?: "diffs" | "counts";
}

/**
 * Presences with metas `M`. `R` is what `fetch` and `list` return, `S` the state of `handleMetas`.
 *
 * A channel tracks its client when it has joined and pushes who is there; from then on the members get a
 * `presence_diff` whenever somebody comes, goes or changes:
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
 * A user who leaves, crashes or loses the connection is gone with the channel's process; there is nothing to undo. A
 * channel that is busy then first deals with what waits for it, for at most `Channel.shutdownMs` (5 s). A user with three
 * tabs is one key with three metas.
 *
 * **More about each key** comes from `fetch`: run once for a list, and once for the joins and once for the leaves of a
 * diff, so one query serves all keys. What it returns decides what `list` returns: with an async `fetch`, a promise.
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
 * **On the server**, `handleMetas` sees each diff and what the topic is after it, and may keep a state of its own:
 * {@linkcode Presence.handleMetas}.
 *
 * **Its processes are supervised** by its PubSub: one that ends is started again, also where it was killed, and no member
 * is lost or reported twice. `track` and `list` work meanwhile. {@linkcode Presence.child} leaves them to a supervisor of
 * the program.
 *
 * **In large rooms** every join is a message to every member, and every list is as long as the room: ten thousand that
 * join one by one are fifty million messages. `coalesceMs` makes it one diff per topic and stretch of time, and
 * `report: "counts"` tells only how many there are.
 *
 * **Not for** what must be true of everybody at once: a node learns of another's members up to `broadcastPeriodMs`
 * later, and of its death after `downPeriodMs`. Nor for data: metas are sent to everybody, so keep them small and public.
 */
export class Presence<M extends object = object, R extends MaybePromise<object> = Presences<M>, S = undefined>
  implements AsyncDisposable {
  /**
   * A presence as a child of a supervisor of the program, in place of its PubSub's: for a tree in which other parts depend
   * on it. That supervisor starts and ends its processes from then on; the presence itself stays the same object.
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
   * @param options How its supervisor deals with it, and how many restarts of its processes there may be.
   * @returns What `Supervisor.start` and `startChild` take.
   */
  static child<M extends object, R extends MaybePromise<object>, S>(
    presence: Presence<M, R, S>,
    options: ChildOptions & RestartLimits = {},
  ): ChildSpec {
    const label = presence.#carried.id;
    const children = async () => [await presence.#carried.handOver(), Tracker.child(presence.#tracker)];
    return Supervisor.child(children, { id: label, label, ...options });
  }

  readonly #pubsub: PubSub;
  readonly #tracker: Tracker<M>;
  readonly #carried: Carried;

  /**
   * Starts a presence. Its processes are supervised by its PubSub.
   *
   * @param options What connects it, and how much it tells.
   * @throws {RangeError} If an option makes no sense.
   * @throws {TypeError} If the node has a presence of this name, or the PubSub has been stopped.
   */
  constructor(options: PresenceOptions) {
    const { name = new.target.name, coalesceMs = 0, report = "diffs", pubsub, ...rest } = options;
    if (!(coalesceMs >= 0 && coalesceMs < Infinity)) {
      throw new RangeError(`Cannot create presence: "coalesceMs" must be finite and >= 0, received ${coalesceMs}`);
    }
    const publisher = report === "diffs"
      ? new DiffPublisher<Awaited<R>>(pubsub)
      : new CountPublisher(pubsub, (topic) => this.#tracker.count(topic));
    const onFailed = () => void this.#tracker.stop();
    const server = new PresenceServer({ callbacks: this.#callbacks(), publisher, coalesceMs, onFailed });
    const carried = pubsub.tree.add(`presence ${name}`, server); // before its tracker, which then ends before it
    try {
      this.#tracker = new Tracker<M>({ ...rest, pubsub, name, handleDiff: (diff) => server.handleDiff(diff) });
    } catch (error) {
      pubsub.tree.forget(carried);
      throw error;
    }
    this.#pubsub = pubsub;
    this.#carried = carried;
  }

  /**
   * Adds to what is known of each key, such as a user's name from a database: for all keys of a list, of the joins or
   * of the leaves of a diff at once. By default adds nothing.
   *
   * May be async: then so is `list`. Diffs are told in order, so one that takes long holds up those after it; give it a
   * time limit. If it fails for a diff, that is reported and the diff goes out without; if it fails for a list, `list`
   * does.
   *
   * @param _topic The topic.
   * @param presences The metas by key, maybe none. Not to be changed.
   * @returns The same keys, with more.
   */
  fetch(_topic: string, presences: Presences<M>): R {
    return presences as unknown as R; // who wants another `R` overrides this
  }

  /** Makes the first state for {@linkcode handleMetas}, also when its process is started again. May be async. */
  init(): MaybePromise<S> {
    return undefined as S;
  }

  /**
   * Looks at a diff after the members were told, in the presence's own process, one diff at a time. By default does
   * nothing. What it throws is reported, and the state stays.
   *
   * Runs on all nodes, for changes on all nodes.
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
   *   override handleMetas(most: number, topic: string, diff: PresenceDiff<Presences<Meta>>, presences: MetasByKey<Meta>) {
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
   * @param state What `init` or the last call returned. It comes first, as in all callbacks with a state.
   * @param _topic The topic.
   * @param _diff Who came and who left, as `fetch` returned them.
   * @param _presences Who is in the topic after it. Changes with the next diff: copy what you keep.
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
   * Tracks a process, until it ends.
   *
   * @param member The socket of a channel, or `{ self, topic }`.
   * @param key As whom. Others may have the same key.
   * @param meta More about it, for everybody to see: an object that JSON can carry. Copied.
   * @returns The meta's `phx_ref`.
   * @throws {AlreadyTrackedError} If the process is already tracked under this key in this topic.
   * @throws {TypeError} If the process has ended, JSON cannot carry the meta, it is nested deeper than 64 levels, or the
   * channel's endpoint has another PubSub: its members would never get a diff.
   */
  track(member: PresenceMember, key: string, meta: M): string;
  /** As above, for any process and topic. */
  track(pid: Pid<never>, topic: string, key: string, meta: M): string;
  track(...args: [PresenceMember, string, M] | [Pid<never>, string, string, M]): string {
    if (args.length === 4) return this.#tracker.track(...args);
    const [member, key, meta] = args;
    return this.#tracker.track(member.self, this.#topicOf("track", member), key, meta);
  }

  /** Tracks a process no more, nowhere. */
  untrack(pid: Pid<never>): void;
  /** Tracks a process under this key no more. Does nothing if it was not tracked. */
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
   * @param update The new meta, or a function that makes it out of the current one.
   * @returns The new `phx_ref`.
   * @throws {NotTrackedError} If the process is not tracked under this key in this topic.
   * @throws {TypeError} If JSON cannot carry the meta, it is nested deeper than 64 levels, or the channel's endpoint has
   * another PubSub.
   */
  update(member: PresenceMember, key: string, update: MetaUpdate<M>): string;
  /** As above, for any process and topic. */
  update(pid: Pid<never>, topic: string, key: string, update: MetaUpdate<M>): string;
  update(...args: [PresenceMember, string, MetaUpdate<M>] | [Pid<never>, string, string, MetaUpdate<M>]): string {
    if (args.length === 4) return this.#tracker.update(...args);
    const [member, key, update] = args;
    return this.#tracker.update(member.self, this.#topicOf("update", member), key, update);
  }

  /**
   * Pushes who is in a channel's topic, on all nodes, to the channel's client, as the `presence_state` that Phoenix's
   * clients expect. From then on they apply the diffs, so once after the join is enough. Does nothing once the channel has
   * ended.
   *
   * @param socket The socket of the channel.
   * @returns Nothing; with an async {@linkcode fetch} a promise, for `afterJoin` to return, so that a failure is the
   * channel's.
   * @throws {TypeError} If the channel's endpoint has another PubSub.
   */
  pushState(socket: PresenceSocket): R extends PromiseLike<unknown> ? Promise<void> : void {
    return whenDone(this.list(socket) as MaybePromise<object>, (presences) => {
      if (socket.self.alive) socket.push(PRESENCE_STATE, presences);
    }) as never; // TypeScript does not know what `R` is
  }

  /**
   * Returns who is in a topic, on all nodes. {@linkcode pushState} sends it to a client.
   *
   * @param topic The topic, or the socket of a channel.
   * @returns What `fetch` makes of the metas by key: a promise, if that is async.
   * @throws {TypeError} If the channel's endpoint has another PubSub.
   */
  list(topic: PresenceTopic): R {
    const name = this.#topicOf("list", topic);
    return this.fetch(name, presencesOf(this.#tracker.entries(name)));
  }

  /**
   * What is known of one key.
   *
   * @param topic The topic, or the socket of a channel.
   * @param key The key.
   * @returns What `list` has under this key; `undefined` if nobody is there.
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
   * How many are in a topic, on all nodes: what to push first where `report` is `"counts"`. Costs the same in any room.
   *
   * @throws {TypeError} If the channel's endpoint has another PubSub.
   */
  count(topic: PresenceTopic): PresenceCount {
    return this.#tracker.count(this.#topicOf("count", topic));
  }

  /** Tells the other nodes to forget this one at once, and ends the presence. For a node that will not come back. */
  async gracefulPermdown(): Promise<void> {
    await this.#tracker.gracefulPermdown();
    await this.#carried.stop();
  }

  /** Ends the presence, after what waits has been told, or five seconds. */
  async stop(): Promise<void> {
    await this.#tracker.stop();
    await this.#carried.stop();
  }

  /** The same as {@linkcode stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Checks the wiring where it can be seen: a channel's members are reached by the PubSub of its endpoint. */
  #topicOf(what: string, topic: PresenceTopic): string {
    if (typeof topic === "string") return topic;
    const { topic: name, pubsub = this.#pubsub } = topic;
    if (pubsub === this.#pubsub) return name;
    throw new TypeError(
      `Cannot ${what} in ${
        quoted(name)
      }: this Presence is on another PubSub than the endpoint's; pass the same \`pubsub\` to both`,
    );
  }

  /** Looked up whenever they are called: the fields of a class that extends this one come later. */
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
