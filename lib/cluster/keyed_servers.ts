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

/** How a server gets what its `init` takes. Not needed where that is the key, or nothing. */
export type KeyedServerArgument<A> = string extends A ? {
    /**
     * Makes what `init` gets.
     *
     * @default {(key) => key}
     */
    readonly arg?: (key: string) => A;
  }
  : {
    /** Makes what `init` gets. */
    readonly arg: (key: string) => A;
  };

/** Options for {@linkcode KeyedServers}, but for the argument of `init`. */
export interface KeyedServersLimits {
  /** The program's PubSub. With an adapter it says which nodes belong together. */
  readonly pubsub: PubSub;
  /**
   * The supervisor of the servers, or its name. Without one, {@linkcode KeyedServers.start} and
   * {@linkcode KeyedServers.child} make one.
   */
  readonly supervisor?: DynamicSupervisorRef | Name;
  /**
   * What the servers are called, in labels and errors. Another one for each `KeyedServers` of a PubSub.
   *
   * @default {the name of the class}
   */
  readonly name?: string;
  /**
   * How many keys may have a server at once, those that start or end included. At least 1.
   *
   * @default {100_000}
   */
  readonly maxKeys?: number;
  /**
   * How long a server may be without calls, casts and `ensure` before it is ended, in milliseconds. It ends at the latest
   * a quarter of that time later. More than 0.
   *
   * @default {Infinity}
   */
  readonly idleMs?: number;
  /**
   * Asked before a server is ended because of `idleMs`: one that is kept is asked about again when it was not used for
   * another `idleMs`. If it throws, the server is kept.
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
  /** How many messages may wait for one server, and what happens to more. */
  readonly mailbox?: MailboxOptions;
}

/** Options for {@linkcode KeyedServers}. */
export type KeyedServersOptions<C extends KeyedServerClass> =
  & KeyedServersLimits
  & KeyedServerArgument<InitArgumentOf<C>>;

/**
 * One server for each key, found or started on demand: a room for each topic, a game for each id. The servers are
 * GenServers or state machines of one class, supervised, and may end when nobody uses them.
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
 * Hold on to the key, not to the server: `ensure` is as cheap as a lookup in a `Map` while the server runs, and starts
 * another one if it has ended meanwhile. **A call right after `ensure` is never lost to an end for idleness or by `stop`
 * that happens at the same time:** a server that is asked to end handles what waits and refuses what comes later, and
 * `ensure` waits until it is gone before it starts the next one. So there are never two servers of one key, and what
 * `terminate` has saved is there when `init` loads it. A server that crashes, is killed, or has a handler that returns
 * `stop` fails the calls that wait for it at that moment, as any server does.
 *
 * All who ask for a key while its server starts wait for that one start. If it fails, it fails for all of them, and the
 * next `ensure` tries again. Servers of different keys start at the same time, so `init` may load something. It must not
 * `ensure` its own key: it would wait for itself.
 *
 * ## Ends
 *
 * - **Idle:** with `idleMs`, a server ends that was not called, cast to or asked for by `ensure` for so long, with reason
 *   `{ shutdown: "idle" }`. Other messages, such as its own timers and broadcasts, do not count, and one that works or
 *   still owes a reply is not idle. `keepWhile` may keep it.
 * - **Crash:** the supervisor does not start it again; the next `ensure` does. So a key that fails time and again never
 *   uses up the supervisor's restarts, which would end all others. A server that has to run without being asked is a
 *   child of a {@linkcode Supervisor} instead.
 * - **Shutdown:** when the supervisor ends, all servers end with it, at the same time.
 *
 * State is lost with its server, as in OTP: save in `terminate`, and while it works, what must not be lost in a crash.
 *
 * ## In a supervision tree
 *
 * Like a {@linkcode Registry}, `KeyedServers` is an object that works as soon as it is made, given a supervisor. Without
 * one, it brings its own into the tree, and survives its restarts:
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
 * Each node has servers of its own today, whatever adapter the PubSub has. What is written with keys and with `call` and
 * `cast` will not have to change when a key has one server in the whole cluster; `keys`, `size` and iteration are about
 * this node, and so is all else that can be done with a process.
 *
 * **Not for** what everybody may do at the same time: one server handles one message after the other. Nor for values
 * without behaviour: a `Map` is enough.
 */
export class KeyedServers<C extends KeyedServerClass> implements AsyncDisposable {
  /** What the servers are called. */
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
   * Creates keyed servers, of which none runs.
   *
   * @param server The class.
   * @param options Their supervisor, what `init` gets, when they end.
   * @throws {RangeError} If a limit makes no sense.
   * @throws {TypeError} If the class is not one of GenServers or of state machines.
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

  /** How many keys have a server on this node, those that start or end included. */
  get size(): number {
    return this.#servers.size;
  }

  /**
   * Finds the server of a key, or starts it.
   *
   * @param key The key.
   * @returns The server, when its `init` is through.
   * @throws {StartError} If it could not be started: `init` threw, stopped, ignored or took longer than
   * `startTimeoutMs`, or the supervisor does not run (`"noproc"`).
   * @throws {KeyedServersFullError} If there are `maxKeys` already.
   * @throws {ChildError} If the supervisor has `maxChildren` already.
   * @throws {TypeError} If `key` is no string, or there is no supervisor.
   * @throws What the option `arg` throws.
   */
  ensure(key: string): Promise<KeyedServerRef<C>> {
    const server = this.#servers.get(key);
    if (server === undefined || !server.isOpen) return this.#begin(key, server);
    server.touch();
    return server.started;
  }

  /**
   * Finds the server of a key.
   *
   * @param key The key.
   * @returns The server, or `undefined` if none runs that can still be used.
   */
  whereis(key: string): KeyedServerRef<C> | undefined {
    return this.#servers.get(key)?.running;
  }

  /**
   * Ends the server of a key in order, once it has dealt with what waits for it, and waits until it is gone. Fine if there
   * is none. One that takes longer than `shutdownMs` is killed.
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
   * The keys that have a server on this node, those that start or end included.
   *
   * @returns The keys, oldest server first.
   */
  keys(): IterableIterator<string> {
    return this.#servers.keys();
  }

  /**
   * The servers that run on this node, with their keys.
   *
   * @returns Pairs of key and server, oldest server first.
   */
  *[Symbol.iterator](): IterableIterator<[key: string, server: KeyedServerRef<C>]> {
    for (const { key, running } of this.#servers.values()) if (running) yield [key, running];
  }

  /**
   * Starts a supervisor for these servers: for those that were not given one. Use {@linkcode child} within a tree.
   *
   * @param options A process to link to, a name.
   * @returns The supervisor.
   * @throws {AlreadyStartedError} If it runs already, or another process has the name.
   * @throws {TypeError} If they were given a supervisor.
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
   * A supervisor for these servers as a child of another supervisor. After a restart it is empty, and these servers work
   * as before.
   *
   * @param options A name, and how its own supervisor deals with it. Its id is the name of these servers.
   * @returns What `Supervisor.start` and `startChild` take.
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

  /** Ends all servers, and the supervisor that {@linkcode start} has started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAll();
    await this.#own?.stop("shutdown");
  }

  /** Starts the server of a key, after the end of the one before it. */
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
      // The supervisor has ended. What comes from the server itself is a StartError already.
      throw thrown instanceof CallExitError ? new StartError(this.#labelOf(server.key), thrown.reason) : thrown;
    }
  }

  /** Lets the supervisor start a server, and waits for its `init`. */
  async #startChild(server: KeyedServer<KeyedServerRef<C>>): Promise<KeyedServerRef<C>> {
    const { promise, resolve } = Promise.withResolvers<KeyedServerRef<C>>();
    const name = this.#nameOf(server);
    const argument = this.#argument(server.key);
    const launched = this.#supervisor(name.label).startChild({
      id: name.label,
      restart: "temporary",
      shutdown: this.#settings.shutdownMs === Infinity ? "infinity" : this.#settings.shutdownMs,
      // The supervisor gets the process before `init` is through: it starts one child at a time, and goes on to the next.
      start: (link) => {
        resolve(startKeyedServer(this.#server, argument, { ...this.#options, name, link }));
        return server.process!;
      },
    });
    const [, running] = await Promise.all([launched, promise]);
    return running;
  }

  /** Names a process for a key: so its process is known before its `init` is through. */
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

/** `keepWhile`, which belongs to the program: what it throws is reported, and the server is kept. */
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
