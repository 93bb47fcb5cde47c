/**
 * One server for each key, found or started on demand.
 *
 * The guide is at {@linkcode KeyedServers}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { checkAtLeast, checkPositive } from "../base/check_number.ts";
import { Turnstile } from "../base/turnstile.ts";
import { callCheckOf } from "./checked_calls.ts";
import { childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../otp/process/child_spec.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { DynamicSupervisor, type DynamicSupervisorRef } from "../otp/supervisor/dynamic_supervisor.ts";
import { AlreadyStartedError } from "../otp/process/errors.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { nameLabel } from "../otp/process/names.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { StartOptions } from "../otp/server/start_server.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { KeyedCluster } from "./_keyed_cluster.ts";
import type { KeyedServer, KeyedServerSettings } from "./_keyed_server.ts";
import {
  assertKeyedServerClass,
  type Complete,
  type InitArgumentOf,
  type KeyedServerCalls,
  type KeyedServerClass,
  type KeyedServerRef,
} from "./keyed_server_class.ts";
import type { KeyedServersLimits, KeyedServersOptions, KeyedServersScope } from "./keyed_servers_options.ts";
import { LocalServers } from "./_local_servers.ts";
import { OwnerTokens } from "./memory_owners.ts";
import { StandingKeys } from "./_standing_keys.ts";
import { OwnedKeys } from "./_owned_keys.ts";

/**
 * One server for each key, found or started on demand: a room for each topic, a game for each id. The servers are
 * GenServers or state machines of one class, supervised, and can end when they are idle.
 *
 * ```ts
 * import { DynamicSupervisor, GenServer, KeyedServers, PubSub, reply } from "@urvogel/realtime";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * class RoomServer extends GenServer<string[], { calls: { say(line: string): number } }> {
 *   override init({ topic }: { topic: string }) {
 *     return [`welcome to ${topic}`];
 *   }
 *   override handleCall = this.calls({
 *     say: (lines, line) => reply(lines.length + 1, [...lines, line]),
 *   });
 * }
 *
 * const supervisor = await DynamicSupervisor.start();
 * const rooms = new KeyedServers(RoomServer, {
 *   supervisor,
 *   pubsub: new PubSub(),
 *   arg: (key) => ({ topic: key }),
 *   idleMs: 600_000,
 * });
 *
 * const lobby = await rooms.ensure("room:lobby"); // found, or started
 * assertEquals(await lobby.call("say", "hello"), 2);
 * assertStrictEquals(rooms.whereis("room:lobby"), lobby); // only found
 * assertEquals(rooms.whereis("room:other"), undefined);
 * await supervisor.stop();
 * ```
 *
 * ## Find it each time
 *
 * Keep the key, not the server: `ensure` is as cheap as a lookup in a `Map` while the server runs, and starts another
 * one if it has ended in the meantime. **A call right after `ensure` is never lost, even if the server becomes idle or
 * is stopped at the same time:** a server that is asked to end handles the messages in its mailbox and refuses later
 * ones, and `ensure` waits until it is gone before it starts the next one. So there are never two servers of one key,
 * and the data that `terminate` saved is there when `init` loads it. When a server crashes, is killed, or has a handler
 * that returns `stop`, the calls that wait for it fail, as with any server.
 *
 * All callers that ask for a key while its server starts wait for that one start. If it fails, it fails for all of
 * them, and the next `ensure` tries again. Servers of different keys start at the same time, so `init` may take time,
 * for example to load data. It must not `ensure` its own key: it would wait for itself.
 *
 * ## Ends
 *
 * - **Idle:** with `idleMs`, a server that was not called, cast to or requested by `ensure` for that long ends with
 *   reason `{ shutdown: "idle" }`. Other messages, such as its own timers and broadcasts, do not count as use. A server
 *   that is working or still owes a reply is not idle. `keepWhile` can keep it.
 * - **Crash:** the supervisor does not start it again; the next `ensure` does. So a key that fails repeatedly never
 *   uses up the supervisor's restarts, which would end all other servers. A server that must always run belongs in the
 *   option `always`, or on each node in a {@linkcode Supervisor}.
 * - **Shutdown:** when the supervisor ends, all servers end with it, at the same time.
 *
 * The state is lost when its server ends, as in OTP, unless there is an option `store`:
 *
 * ```ts
 * import { DynamicSupervisor, GenServer, KeyedServers, MemoryStore, ownershipOf, PubSub, reply } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter extends GenServer<number, { calls: { add(by: number): number } }> {
 *   override init(start: number) {
 *     return start;
 *   }
 *   override handleCall = this.calls({
 *     add: async (count, by) => {
 *       await ownershipOf(this.self)?.save(count + by); // what is acknowledged is not lost
 *       return reply(count + by, count + by);
 *     },
 *   });
 * }
 *
 * const supervisor = await DynamicSupervisor.start();
 * const counters = new KeyedServers(Counter, {
 *   supervisor,
 *   pubsub: new PubSub(),
 *   store: new MemoryStore(), // a program uses one that outlives it
 *   arg: (_key, saved) => typeof saved === "number" ? saved : 0,
 * });
 * await (await counters.ensure("visits")).call("add", 2);
 * counters.whereis("visits")?.exit("kill");
 * assertEquals(await (await counters.ensure("visits")).call("add", 1), 3);
 * await supervisor.stop();
 * ```
 *
 * ## In a supervision tree
 *
 * Like a {@linkcode Registry}, `KeyedServers` is an object that works as soon as it is created with a supervisor.
 * Without one, `child()` adds a supervisor to the tree, and the object keeps working when that supervisor is restarted:
 *
 * ```ts
 * import { GenServer, KeyedServers, PubSub, Supervisor } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class Game extends GenServer<string> {
 *   override init(id: string) {
 *     return id;
 *   }
 * }
 *
 * const games = new KeyedServers(Game, { pubsub: new PubSub(), name: "games" }); // `init` takes the key
 * const tree = await Supervisor.start([games.child()]);
 * await games.ensure("7");
 * assertEquals([...games.keys()], ["7"]);
 * await tree.stop();
 * ```
 *
 * ## More than one node
 *
 * With an adapter that has an owner engine, a key has one server in the whole cluster. The program stays the same:
 * `ensure` returns the server of a key wherever it runs, and `call` and `cast` work alike. {@linkcode isLocal} returns
 * whether it runs in this thread, where everything else can be done with it, too. `whereis`, `keys`, `size` and
 * iteration refer to this node only.
 *
 * ```ts
 * import { DynamicSupervisor, isLocal, KeyedServers, MemoryOwners, PubSub } from "@urvogel/realtime";
 * import { GenServer, type PubSubAdapter, reply } from "@urvogel/realtime";
 *
 * class Room extends GenServer<string, { calls: { topic(): string } }> {
 *   override init(topic: string) {
 *     return topic;
 *   }
 *   override handleCall = this.calls({ topic: (state) => reply(state, state) });
 * }
 *
 * // In a file that is run on several nodes, with an adapter such as natsAdapter():
 * export async function topicOf(key: string, adapter: PubSubAdapter): Promise<string> {
 *   const supervisor = await DynamicSupervisor.start();
 *   const rooms = new KeyedServers(Room, { supervisor, pubsub: new PubSub({ adapter }), scope: "cluster" });
 *   const room = await rooms.ensure(key); // started here, if it runs nowhere
 *   console.log(isLocal(room) ? "here" : "on another node");
 *   return await room.call("topic");
 * }
 * ```
 *
 * - **Requests and replies to other nodes are JSON and bytes**, also bytes within objects. Anything else is refused
 *   with a `TypeError` where it is sent. With `scope: "cluster"` the compiler checks it, with `checkCalls`, which the
 *   test kit switches on, calls within a node do.
 * - **A call is handled at most once.** A timeout says nothing about whether it was handled. When the server's node
 *   goes down, its open calls reject with a {@linkcode NodeDownError}. Errors cross as name and message, without a
 *   stack.
 * - **Only calls and casts that have a handler** are accepted from other nodes, and `schemas` can guard them.
 * - **When the node of a server dies**, `ensure` waits until the node's session with the engine has ended, at most
 *   `ownerTtlMs` of the PubSub, and starts the server on the asking node. Its state is lost with it.
 * - **When a node cannot reach the engine**, it ends its servers after two thirds of that time, at once and without
 *   `terminate`, with the reason `{ shutdown: "ownership lost" }`: another node may start them soon.
 * - **When a PubSub stops**, its servers end in order first, and their keys are free at once.
 * - A running server is never moved.
 *
 * **What is not guaranteed:** a node that was paused for longer than its session may run a moment longer before it
 * notices, while another node has started the server. Where that must do no harm, give the token of
 * {@linkcode ownershipOf} to what the server writes to, and let it refuse lower tokens.
 *
 * **Not for** work that can run concurrently: one server handles one message after the other. Not for plain values
 * without behaviour either: a `Map` is enough.
 *
 * @category Servers by key
 */
export class KeyedServers<C extends KeyedServerClass> implements AsyncDisposable {
  /** The name of the servers. */
  readonly name: string;
  /** The program's PubSub. */
  readonly pubsub: PubSub;
  readonly #local: LocalServers<C>;
  readonly #servers: LocalServers<C>["servers"]; // those of `#local`
  readonly #cluster: KeyedCluster<C> | undefined;
  readonly #standing: StandingKeys | undefined;
  readonly #tokens = new OwnerTokens();
  readonly #starts = new Turnstile(1);

  /**
   * Creates keyed servers; none runs yet.
   *
   * @param server The class.
   * @param options Their PubSub and supervisor, the argument of `init`, limits.
   * @throws {RangeError} If a limit is out of range.
   * @throws {TypeError} If the class is neither a GenServer nor a state machine.
   */
  constructor(server: C & Complete<C>, options: KeyedServersOptions<C>) {
    assertKeyedServerClass(server);
    const { arg = (key: string) => key, name = server.name, pubsub, supervisor, mailbox } = options;
    const { store, saveMs = 5000 } = options;
    const { maxKeys = 100_000, idleMs = Infinity, startTimeoutMs = Infinity, shutdownMs = 5000 } = options;
    checkAtLeast(TASK, "maxKeys", maxKeys, 1);
    checkPositive(TASK, "idleMs", idleMs);
    checkAtLeast(TASK, "startTimeoutMs", startTimeoutMs, 0);
    checkPositive(TASK, "saveMs", saveMs);
    checkAtLeast(TASK, "shutdownMs", shutdownMs, 0);
    this.name = name;
    this.pubsub = pubsub;
    this.#local = new LocalServers({
      server,
      name,
      argument: arg as (key: string, saved: JsonOrBytes | undefined) => InitArgumentOf<C>, // the options' type says when it may be left out
      supervisor,
      start: { mailbox, timeoutMs: startTimeoutMs },
      settings: { idleMs, shutdownMs, keeps: keeperOf(options.keepWhile) },
      maxKeys,
      saving: store && { store, saveMs },
      log: () => pubsub.tree.log,
      onStart: callCheckOf(options),
    });
    this.#servers = this.#local.servers;
    this.#cluster = clusterOf(this.#local, options, shutdownMs);
    this.#standing = this.#standingKeys(options.always ?? []);
    this.#local.onGone = this.#cluster || this.#standing ? (server) => this.#ended(server) : undefined;
    if (supervisor !== undefined) this.#standing?.begin(this.#local.onlySupervisor);
  }

  /** Number of keys that have a server on this node, including servers that are starting or ending. */
  get size(): number {
    return this.#servers.size;
  }

  /**
   * Returns the server of a key, and starts it if it does not run.
   *
   * @param key The key.
   * @returns The server, once its `init` has returned. It may run on another node.
   * @throws {StartError} If it could not be started: `init` threw, stopped, ignored or took longer than
   * `startTimeoutMs`, or the supervisor does not run (`"noproc"`).
   * @throws {KeyedServersFullError} If there are already `maxKeys` keys.
   * @throws {ChildError} If the supervisor already has `maxChildren` children.
   * @throws {TypeError} If `key` is not a string, or there is no supervisor.
   * @throws {NodeDownError} If the key belongs to a node that did not reply for `ownerTtlMs` and a second.
   * @throws {OwnershipLostError} If the option `store` has seen a later owner of the key than this node.
   * @throws {RemoteError} If the server's node could not start it for another reason.
   * @throws What the option `arg` throws, and what the owner engine throws that cannot be reached.
   */
  ensure(key: string): Promise<KeyedServerCalls<C>> {
    const server = this.#servers.get(key);
    if (server === undefined || !server.isOpen) return this.#begin(key, server);
    if (this.#cluster !== undefined && !this.#cluster.isReliable) return this.#begin(key, server);
    server.touch();
    return server.started;
  }

  /**
   * Returns the server of a key, if it runs.
   *
   * @param key The key.
   * @returns The server, or `undefined` if there is none, or it is starting or ending.
   */
  whereis(key: string): KeyedServerRef<C> | undefined {
    return this.#servers.get(key)?.running;
  }

  /**
   * Ends the server of a key, on any node, and waits until it is gone. The server handles the messages in its
   * mailbox first; it is killed if it takes longer than `shutdownMs`. Does nothing if there is none.
   *
   * @param key The key.
   * @throws {NodeDownError} If the server's node goes down before it replies.
   * @throws {NodeTimeoutError} If that node does not reply within `shutdownMs` and a second.
   * @throws {BusDownError} If the bus of this node is down.
   * @throws What the owner engine throws that cannot be reached.
   */
  async stop(key: string): Promise<void> {
    const server = this.#servers.get(key);
    await (server ? server.end("shutdown") : this.#cluster?.stop(key));
  }

  /** Ends all servers of this node, at the same time, and waits until they are gone. */
  async stopAll(): Promise<void> {
    await this.#local.stopAll();
  }

  /**
   * Returns the keys that have a server on this node, including servers that are starting or ending.
   *
   * @returns The keys, oldest server first.
   */
  keys(): IterableIterator<string> {
    return this.#servers.keys();
  }

  /**
   * Iterates over the servers that run on this node, with their keys.
   *
   * @returns Pairs of key and server, oldest server first.
   */
  *[Symbol.iterator](): IterableIterator<[key: string, server: KeyedServerRef<C>]> {
    for (const { key, running } of this.#servers.values()) if (running) yield [key, running];
  }

  /**
   * Starts a supervisor for these servers, if the option `supervisor` was not given. Use
   * {@linkcode KeyedServers.prototype.child | child} within a supervision tree.
   *
   * @param options A process to link to, a name.
   * @returns The supervisor.
   * @throws {AlreadyStartedError} If it is already running, or being started, or another process has the name.
   * @throws {TypeError} If the option `supervisor` was given.
   */
  async start(options: Pick<StartOptions, "link" | "name"> = {}): Promise<DynamicSupervisorRef> {
    return await this.#starts.run(() => this.#start(options));
  }

  /**
   * Returns the child specification of a supervisor for these servers. After a restart it has no children, and `ensure`
   * works as before.
   *
   * @param options A name, and how its parent supervises it. Its id is the name of these servers.
   * @returns The specification, for `Supervisor.start` and `startChild`.
   */
  child(options: ChildOptions & Pick<StartOptions, "name"> = {}): ChildSpec<DynamicSupervisorRef> {
    return {
      ...policyOf(options),
      id: childIdOf(options, this.name),
      type: "supervisor",
      shutdown: options.shutdown,
      start: (link) => this.start({ ...options, link }),
    };
  }

  /**
   * Ends all servers of this node, and the supervisor that {@linkcode KeyedServers.prototype.start | start} started.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#standing?.end();
    await (this.#cluster ? this.#cluster.close() : this.stopAll());
    await this.#local.ownSupervisor?.stop("shutdown");
  }

  async #start({ name, link }: Pick<StartOptions, "link" | "name">): Promise<DynamicSupervisorRef> {
    if (this.#local.givenSupervisor !== undefined) {
      throw new TypeError(
        `Cannot start ${this.name}: the option "supervisor" is set, so start that supervisor instead`,
      );
    }
    const { ownSupervisor } = this.#local;
    if (ownSupervisor?.alive) throw new AlreadyStartedError(this.name, ownSupervisor);
    const label = name === undefined ? this.name : nameLabel(name);
    this.#local.ownSupervisor = await DynamicSupervisor.start({
      ...(name !== undefined && { name }),
      label,
      link,
    });
    this.#standing?.begin(this.#local.onlySupervisor);
    return this.#local.ownSupervisor;
  }

  #ended({ key, claimToken }: KeyedServer<unknown>): void {
    this.#cluster?.ended(key, BigInt(claimToken));
    this.#standing?.ended(key);
  }

  #standingKeys(keys: readonly string[]): StandingKeys | undefined {
    if (keys.length === 0) return undefined;
    const checkMs = this.#cluster?.checkMs ?? ALONE_CHECK_MS;
    const ensure = (key: string) => this.ensure(key);
    const log = () => this.pubsub.tree.log;
    const standing = new StandingKeys({ keys, name: this.name, checkMs, ensure, log });
    this.#cluster?.onNodeLost(() => standing.checkAll());
    this.#cluster?.onDrain(() => standing.end());
    return standing;
  }

  /** Starts the server of a key, or finds it on another node. */
  #begin(key: string, previous: KeyedServer<KeyedServerRef<C>> | undefined): Promise<KeyedServerCalls<C>> {
    if (typeof key !== "string") {
      return Promise.reject(
        new TypeError(`Cannot start server of ${this.name}: "key" must be a string, received ${typeof key}`),
      );
    }
    if (this.#cluster) return this.#cluster.ensure(key) as Promise<unknown> as Promise<KeyedServerCalls<C>>;
    if (previous === undefined && this.#local.isFull) return this.#local.refuse(key);
    return this.#local.start(key, this.#tokens.next(), previous);
  }
}

/** How often a node that runs alone looks at the keys that should always have a server. It notices when one ends. */
const ALONE_CHECK_MS = 5000;
const TASK = "create keyed servers";

/** Connects servers with those of other nodes, if there may be any. */
function clusterOf<C extends KeyedServerClass>(
  local: LocalServers<C>,
  options: KeyedServersLimits & KeyedServersScope<C>,
  shutdownMs: number,
): KeyedCluster<C> | undefined {
  const { pubsub, scope, placement = "here", schemas = {} } = options;
  const owned = scope === "node" ? undefined : OwnedKeys.of(pubsub);
  if (owned) return new KeyedCluster(pubsub, owned, local, { placement, schemas, shutdownMs });
  if (scope === undefined || scope === "node" || pubsub.isLocal) return undefined;
  throw new TypeError(`Cannot ${TASK}: with "scope" "cluster" the adapter must have "owners"`);
}

/** Wraps `keepWhile`: an error it throws is reported, and the server is kept. */
function keeperOf(keepWhile: (key: string) => boolean = () => false): KeyedServerSettings["keeps"] {
  return ({ key, process }) => {
    try {
      return keepWhile(key);
    } catch (thrown) {
      const pid: Pid<never> = process!;
      reportCrash({ pid, during: "keepWhile", error: exitReasonOf(thrown), ancestors: process!.ancestors });
      return true;
    }
  };
}
