/**
 * One server for each key, found or started on demand.
 *
 * The guide is at {@linkcode KeyedServers}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { oneLine } from "../base/printable.ts";
import type { ServerProcess } from "../otp/server/server_process.ts";
import { childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../otp/process/child_spec.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { DynamicSupervisor, type DynamicSupervisorRef } from "../otp/supervisor/dynamic_supervisor.ts";
import { AlreadyStartedError, CallExitError, StartError } from "../otp/process/errors.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { MailboxOptions } from "../otp/process/mailbox.ts";
import { type Name, nameLabel, type ViaName } from "../otp/process/names.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { StartOptions } from "../otp/server/start_server.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { KeyedServersFullError } from "./errors.ts";
import { KeyedServer, type KeyedServerSettings } from "./_keyed_server.ts";
import {
  assertKeyedServerClass,
  type Complete,
  type InitArgumentOf,
  type KeyedServerClass,
  type KeyedServerRef,
  startKeyedServer,
} from "./keyed_server_class.ts";
import { keyedServersFull } from "./telemetry.ts";

/**
 * How a server gets the argument of its `init`. Not needed if that is the key, or if `init` takes none.
 *
 * @category Servers by key
 */
export type KeyedServerArgument<A> = string extends A ? {
    /**
     * Makes the argument of `init` for a key.
     *
     * @default {(key) => key}
     */
    readonly arg?: (key: string) => A;
  }
  : {
    /** Makes the argument of `init` for a key. */
    readonly arg: (key: string) => A;
  };

/**
 * Options for {@linkcode KeyedServers}, except the argument of `init`.
 *
 * @category Servers by key
 */
export interface KeyedServersLimits {
  /** The program's PubSub. Its adapter, if it has one, determines which nodes form the cluster. */
  readonly pubsub: PubSub;
  /**
   * The supervisor of the servers, or its name. Without one, {@linkcode KeyedServers.start} and
   * {@linkcode KeyedServers.child} make one.
   */
  readonly supervisor?: DynamicSupervisorRef | Name;
  /**
   * The name of the servers in labels and errors. It must differ for each `KeyedServers` of a PubSub.
   *
   * @default {the name of the class}
   */
  readonly name?: string;
  /**
   * Maximum number of keys that have a server at the same time, including servers that are starting or ending. At least
   * 1.
   *
   * @default {100_000}
   */
  readonly maxKeys?: number;
  /**
   * A server is ended after this long without calls, casts and `ensure`, in milliseconds. It ends at most a quarter of
   * that time later. More than 0.
   *
   * @default {Infinity}
   */
  readonly idleMs?: number;
  /**
   * Called before a server is ended because of `idleMs`: return `true` to keep it. It is called again after another
   * `idleMs` without use. If it throws, the server is kept.
   *
   * @default {() => false}
   */
  readonly keepWhile?: (key: string) => boolean;
  /**
   * How long `init` may take, in milliseconds.
   *
   * @default {Infinity}
   */
  readonly startTimeoutMs?: number;
  /**
   * How long a server may take to end, in milliseconds, before it is killed. At least 0.
   *
   * @default {5000}
   */
  readonly shutdownMs?: number;
  /** Limits how many messages may wait for one server, and sets what happens to further messages. */
  readonly mailbox?: MailboxOptions;
}

/**
 * Options for {@linkcode KeyedServers}.
 *
 * @category Servers by key
 */
export type KeyedServersOptions<C extends KeyedServerClass> =
  & KeyedServersLimits
  & KeyedServerArgument<InitArgumentOf<C>>;

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
 *   uses up the supervisor's restarts, which would end all other servers. A server that must always run belongs in a
 *   {@linkcode Supervisor} instead.
 * - **Shutdown:** when the supervisor ends, all servers end with it, at the same time.
 *
 * The state is lost when its server ends, as in OTP. Save it in `terminate`; state that must survive a crash has to be
 * saved while the server runs.
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
 * Today each node has its own servers, whatever adapter the PubSub has. Code that uses keys, `call` and `cast` will not
 * have to change when a key gets one server in the whole cluster. `keys`, `size`, iteration and all other operations on
 * a process refer to this node only.
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
  readonly #server: C;
  readonly #argument: (key: string) => InitArgumentOf<C>;
  readonly #given: DynamicSupervisorRef | Name | undefined;
  readonly #options: Pick<StartOptions, "mailbox" | "timeoutMs">;
  readonly #settings: KeyedServerSettings;
  readonly #maxKeys: number;
  readonly #servers = new Map<string, KeyedServer<KeyedServerRef<C>>>();
  #own: DynamicSupervisorRef | undefined;

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
    const { maxKeys = 100_000, idleMs = Infinity, startTimeoutMs = Infinity, shutdownMs = 5000 } = options;
    assertLimit("maxKeys", maxKeys, maxKeys >= 1, ">= 1");
    assertLimit("idleMs", idleMs, idleMs > 0, "> 0");
    assertLimit("startTimeoutMs", startTimeoutMs, startTimeoutMs >= 0, ">= 0");
    assertLimit("shutdownMs", shutdownMs, shutdownMs >= 0, ">= 0");
    this.name = name;
    this.pubsub = pubsub;
    this.#server = server;
    this.#argument = arg as (key: string) => InitArgumentOf<C>; // the options' type says when it may be left out
    this.#given = supervisor;
    this.#options = { mailbox, timeoutMs: startTimeoutMs };
    this.#settings = { idleMs, shutdownMs, keeps: keeperOf(options.keepWhile) };
    this.#maxKeys = maxKeys;
  }

  /** Number of keys that have a server on this node, including servers that are starting or ending. */
  get size(): number {
    return this.#servers.size;
  }

  /**
   * Returns the server of a key, and starts it if it does not run.
   *
   * @param key The key.
   * @returns The server, once its `init` has returned.
   * @throws {StartError} If it could not be started: `init` threw, stopped, ignored or took longer than
   * `startTimeoutMs`, or the supervisor does not run (`"noproc"`).
   * @throws {KeyedServersFullError} If there are already `maxKeys` keys.
   * @throws {ChildError} If the supervisor already has `maxChildren` children.
   * @throws {TypeError} If `key` is not a string, or there is no supervisor.
   * @throws What the option `arg` throws.
   */
  ensure(key: string): Promise<KeyedServerRef<C>> {
    const server = this.#servers.get(key);
    if (server === undefined || !server.isOpen) return this.#begin(key, server);
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
   * Ends the server of a key and waits until it is gone. The server handles the messages in its mailbox first; it is
   * killed if it takes longer than `shutdownMs`. Does nothing if there is none.
   *
   * @param key The key.
   */
  async stop(key: string): Promise<void> {
    await this.#servers.get(key)?.end("shutdown");
  }

  /** Ends all servers, at the same time, and waits until they are gone. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.end("shutdown")));
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
   * Starts a supervisor for these servers, if the option `supervisor` was not given. Use {@linkcode child} within a
   * supervision tree.
   *
   * @param options A process to link to, a name.
   * @returns The supervisor.
   * @throws {AlreadyStartedError} If it is already running, or another process has the name.
   * @throws {TypeError} If the option `supervisor` was given.
   */
  async start(options: Pick<StartOptions, "link" | "name"> = {}): Promise<DynamicSupervisorRef> {
    if (this.#given !== undefined) {
      throw new TypeError(`Cannot start ${this.name}: the option "supervisor" says who supervises the servers`);
    }
    if (this.#own?.alive) throw new AlreadyStartedError(this.name, this.#own);
    const { name, link } = options;
    const label = name === undefined ? this.name : nameLabel(name);
    return this.#own = await DynamicSupervisor.start({ ...(name !== undefined && { name }), label, link });
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

  /** Ends all servers, and the supervisor that {@linkcode start} started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAll();
    await this.#own?.stop("shutdown");
  }

  /** Starts the server of a key, after the previous one has ended. */
  #begin(
    key: string,
    previous: KeyedServer<KeyedServerRef<C>> | undefined,
  ): Promise<KeyedServerRef<C>> {
    if (typeof key !== "string") {
      return Promise.reject(
        new TypeError(`Cannot start server of ${this.name}: "key" must be a string, received ${typeof key}`),
      );
    }
    if (previous === undefined && this.#servers.size >= this.#maxKeys) return this.#refuse(key);
    const server = new KeyedServer<KeyedServerRef<C>>(key, this.#settings);
    this.#servers.set(key, server);
    return server.started = this.#launch(server, previous);
  }

  #refuse(key: string): Promise<never> {
    const { name } = this;
    keyedServersFull.emit({ name, key, maxKeys: this.#maxKeys });
    return Promise.reject(new KeyedServersFullError(name, key, this.#maxKeys));
  }

  async #launch(
    server: KeyedServer<KeyedServerRef<C>>,
    previous: KeyedServer<KeyedServerRef<C>> | undefined,
  ): Promise<KeyedServerRef<C>> {
    try {
      await previous?.end("shutdown");
      const running = await this.#startChild(server);
      server.runs(running);
      return running;
    } catch (thrown) {
      this.#forget(server);
      // The supervisor has ended. Errors of the server itself are StartErrors already.
      throw thrown instanceof CallExitError ? new StartError(this.#labelOf(server.key), thrown.reason) : thrown;
    }
  }

  /** Asks the supervisor to start a server, and waits for its `init`. */
  async #startChild(server: KeyedServer<KeyedServerRef<C>>): Promise<KeyedServerRef<C>> {
    const { promise, resolve } = Promise.withResolvers<KeyedServerRef<C>>();
    const name = this.#nameOf(server);
    const argument = this.#argument(server.key);
    const launched = this.#supervisor(name.label).startChild({
      id: name.label,
      restart: "temporary",
      shutdown: this.#settings.shutdownMs === Infinity ? "infinity" : this.#settings.shutdownMs,
      // The supervisor starts one child at a time; it gets the process before `init` has returned, and goes on.
      start: (link) => {
        resolve(startKeyedServer(this.#server, argument, { ...this.#options, name, link }));
        return server.process!;
      },
    });
    const [, running] = await Promise.all([launched, promise]);
    return running;
  }

  /** A name that registers the process for its key, so that the process is known before its `init` has returned. */
  #nameOf(server: KeyedServer<KeyedServerRef<C>>): ViaName {
    return {
      label: this.#labelOf(server.key),
      register: (pid) => {
        const process = pid as ServerProcess<unknown>; // as those of all GenServers and state machines
        server.process = process;
        process.onExit(() => {
          server.hasEnded();
          this.#forget(server);
        });
      },
      whereis: () => server.process,
    };
  }

  #labelOf(key: string): string {
    return oneLine(`${this.name}:${key}`);
  }

  #forget(server: KeyedServer<KeyedServerRef<C>>): void {
    if (this.#servers.get(server.key) === server) this.#servers.delete(server.key);
  }

  #supervisor(label: string): DynamicSupervisorRef {
    const given = this.#given;
    if (given === undefined) {
      if (this.#own === undefined) {
        throw new TypeError(`Cannot start ${label}: there is neither an option "supervisor" nor a started one`);
      }
      return this.#own;
    }
    if (typeof given !== "string" && !("register" in given)) return given;
    const found = DynamicSupervisor.whereis(given);
    if (!found) throw new StartError(label, "noproc");
    return found;
  }
}

function assertLimit(option: string, value: number, isFine: boolean, bounds: string): void {
  if (isFine) return;
  throw new RangeError(`Cannot create keyed servers: "${option}" must be ${bounds}, received ${value}`);
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
