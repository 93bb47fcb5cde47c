/**
 * The servers of keys on this node: starts, counts and forgets them.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import { oneLine } from "../base/printable.ts";
import type { ServerProcess } from "../otp/server/server_process.ts";
import { DynamicSupervisor, type DynamicSupervisorRef } from "../otp/supervisor/dynamic_supervisor.ts";
import { CallExitError, StartError } from "../otp/process/errors.ts";
import type { Name, ViaName } from "../otp/process/names.ts";
import type { StartOptions } from "../otp/server/start_server.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import { KeyedServersFullError } from "./errors.ts";
import { KeyedServer, type KeyedServerSettings, OWNERSHIP_LOST } from "./_keyed_server.ts";
import {
  type InitArgumentOf,
  type KeyedServerClass,
  type KeyedServerRef,
  startKeyedServer,
} from "./keyed_server_class.ts";
import type { OwnerStore } from "./owner_store.ts";
import { SavedState } from "./_saved_state.ts";
import { keyedServersFull } from "./telemetry.ts";

/** How the servers of a class are started. */
export interface LocalServersOptions<C extends KeyedServerClass> {
  /** The class. */
  readonly server: C;
  /** The name of the servers. */
  readonly name: string;
  /** Makes the argument of `init`. */
  readonly argument: (key: string, saved: JsonOrBytes | undefined) => InitArgumentOf<C>;
  /** Their supervisor, if it was given. */
  readonly supervisor: DynamicSupervisorRef | Name | undefined;
  /** How they are started. */
  readonly start: Pick<StartOptions, "mailbox" | "timeoutMs">;
  /** Settings shared by all keys. */
  readonly settings: KeyedServerSettings;
  /** Maximum number of keys. */
  readonly maxKeys: number;
  /** Where their states are kept, and how often they are saved, in milliseconds. */
  readonly saving: { readonly store: OwnerStore; readonly saveMs: number } | undefined;
  /** Returns where failures to save are logged. */
  readonly log: () => Log;
  /** Called with each process before its `init` runs. */
  readonly onStart: ((process: ServerProcess<unknown>) => void) | undefined;
}

/** The servers of one node. */
export class LocalServers<C extends KeyedServerClass> {
  /** The servers by key, including those that are starting or ending. */
  readonly servers: Map<string, KeyedServer<KeyedServerRef<C>>> = new Map();
  /** The supervisor that `KeyedServers.start` started. */
  ownSupervisor: DynamicSupervisorRef | undefined;
  /** Asks whether a key still belongs to the server that got this token. A node that runs alone owns all keys. */
  isStillOwner: (key: string, token: bigint) => Promise<boolean> = () => Promise.resolve(true);
  /** Called when a server has ended, or has failed to start. */
  onGone: ((server: KeyedServer<unknown>) => void) | undefined;
  readonly #options: LocalServersOptions<C>;
  readonly #prefix: string;

  /** Creates the servers of a class; none runs yet. */
  constructor(options: LocalServersOptions<C>) {
    this.#options = options;
    this.#prefix = `${encodeURIComponent(options.name.toWellFormed())}:`;
  }

  /** The name of the servers. */
  get name(): string {
    return this.#options.name;
  }

  /** The supervisor that was given, or its name. */
  get givenSupervisor(): DynamicSupervisorRef | Name | undefined {
    return this.#options.supervisor;
  }

  /** The supervisor, unless it was given by a name that another one may get when it has ended. */
  get onlySupervisor(): DynamicSupervisorRef | undefined {
    const { supervisor: given } = this.#options;
    if (given === undefined) return this.ownSupervisor;
    return typeof given !== "string" && !("register" in given) ? given : undefined;
  }

  /** Whether no more keys can get a server. */
  get isFull(): boolean {
    return this.servers.size >= this.#options.maxKeys;
  }

  /** Whether another key can get a server here: there is room, and the supervisor runs. */
  get accepts(): boolean {
    return !this.isFull && this.#findSupervisor()?.alive === true;
  }

  /** Returns the server of a key whose messages will be read. */
  open(key: string): KeyedServer<KeyedServerRef<C>> | undefined {
    const server = this.servers.get(key);
    return server?.isOpen ? server : undefined;
  }

  /**
   * Starts the server of a key that has no open one, once `previous` has ended.
   *
   * @param token The fencing token of the key.
   */
  start(
    key: string,
    token: bigint | number,
    previous?: KeyedServer<KeyedServerRef<C>>,
  ): Promise<KeyedServerRef<C>> {
    const server = new KeyedServer<KeyedServerRef<C>>(key, token, this.#options.settings);
    server.saved = this.#savedStateOf(server);
    this.servers.set(key, server);
    return server.started = this.#launch(server, previous);
  }

  /** Reports that there is no room for a key. */
  refuse(key: string): Promise<never> {
    const { name, maxKeys } = this.#options;
    keyedServersFull.emit({ name, key, maxKeys });
    return Promise.reject(new KeyedServersFullError(name, key, maxKeys));
  }

  /** Waits until the server of a key that is about to end is gone, or given up. Returns it, if there was one. */
  async ended(key: string): Promise<KeyedServer<KeyedServerRef<C>> | undefined> {
    const server = this.servers.get(key);
    if (server === undefined || server.isOpen) return undefined;
    await server.end("shutdown");
    return server;
  }

  /** Ends all servers in order, at the same time, and waits until they are gone. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.end("shutdown")));
  }

  /** Ends all servers at once, without `terminate`: this node does not own their keys any more. */
  loseAll(): void {
    for (const server of [...this.servers.values()]) server.lose(OWNERSHIP_LOST);
  }

  /** Describes the server of a key in errors and reports. */
  labelOf(key: string): string {
    return oneLine(`${this.name}:${key}`);
  }

  /** The key at engines and in stores, where the servers of all classes are together. */
  fullKeyOf(key: string): string {
    return this.#prefix + key;
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
      throw thrown instanceof CallExitError ? new StartError(this.labelOf(server.key), thrown.reason) : thrown;
    }
  }

  /** Asks the supervisor to start a server, and waits for its `init`. */
  async #startChild(server: KeyedServer<KeyedServerRef<C>>): Promise<KeyedServerRef<C>> {
    const { server: type, argument: argumentOf, settings: { shutdownMs }, start } = this.#options;
    const { promise, resolve } = Promise.withResolvers<KeyedServerRef<C>>();
    const name = this.#nameOf(server);
    const argument = argumentOf(server.key, server.saved && await this.#load(server, server.saved));
    if (server.lossReason !== undefined) throw new StartError(name.label, server.lossReason);
    const launched = this.#supervisor(name.label).startChild({
      id: name.label,
      restart: "temporary",
      shutdown: shutdownMs === Infinity ? "infinity" : shutdownMs,
      // The supervisor starts one child at a time; it gets the process before `init` has returned, and goes on.
      start: (link) => {
        resolve(startKeyedServer(type, argument, { ...start, name, link }));
        return server.process!;
      },
    });
    const [, running] = await Promise.all([launched, promise]);
    return running;
  }

  /** Loads the state of a server, as long as that may start. */
  async #load(server: KeyedServer<KeyedServerRef<C>>, saved: SavedState): Promise<JsonOrBytes | undefined> {
    const lost = Promise.withResolvers<never>();
    server.onLost = (reason) => lost.reject(new StartError(this.labelOf(server.key), reason));
    try {
      return await Promise.race([saved.load(), lost.promise]);
    } finally {
      server.onLost = undefined;
    }
  }

  /** A name that registers the process for its key, so that the process is known before its `init` has returned. */
  #nameOf(server: KeyedServer<KeyedServerRef<C>>): ViaName {
    return {
      label: this.labelOf(server.key),
      register: (pid) => {
        const process = pid as ServerProcess<unknown>; // as those of all GenServers and state machines
        server.process = process;
        process.keeper = server;
        if (server.saved) process.trapExit = true; // so that its state is saved when its supervisor ends it
        this.#options.onStart?.(process);
        process.onExit(() => {
          server.hasEnded();
          this.#forget(server);
        });
        if (server.lossReason !== undefined) process.end(server.lossReason);
      },
      whereis: () => server.process,
    };
  }

  #savedStateOf(server: KeyedServer<KeyedServerRef<C>>): SavedState | undefined {
    const { saving, log } = this.#options;
    if (!saving) return undefined;
    const { key, token } = server;
    const onRefused = () => server.lose(OWNERSHIP_LOST);
    // One that was given up while it was loaded owns nothing: the next one may have loaded already.
    const isStillOwner = async () => await this.isStillOwner(key, token) && server.lossReason === undefined;
    return new SavedState({
      ...saving,
      key: this.fullKeyOf(key),
      token,
      isStillOwner,
      label: this.labelOf(key),
      log,
      onRefused,
    });
  }

  #forget(server: KeyedServer<KeyedServerRef<C>>): void {
    if (this.servers.get(server.key) !== server) return;
    this.servers.delete(server.key);
    this.onGone?.(server);
  }

  #supervisor(label: string): DynamicSupervisorRef {
    const found = this.#findSupervisor();
    if (found) return found;
    if (this.#options.supervisor !== undefined) throw new StartError(label, "noproc");
    throw new TypeError(
      `Cannot start ${label}: put child() under a supervisor, call start(), or set the option "supervisor"`,
    );
  }

  #findSupervisor(): DynamicSupervisorRef | undefined {
    const { supervisor: given } = this.#options;
    return this.onlySupervisor ?? (given === undefined ? undefined : DynamicSupervisor.whereis(given as Name));
  }
}
