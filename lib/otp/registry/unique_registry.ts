/**
 * Registries with one process for each key.
 *
 * @module
 */

import { AlreadyStartedError } from "../process/errors.ts";
import type { ViaName } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import { UniqueIndex } from "./_entry_index.ts";
import type { RegistryEntry } from "./entry.ts";
import { Registry, type RegistryOptions, type RegistryValue } from "./registry.ts";

/**
 * A {@linkcode Registry} with one process for each key. Its keys can be used as process names.
 *
 * @category Registry
 * @example Usage
 * ```ts
 * import { spawn, UniqueRegistry } from "@urvogel/realtime";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * const players = new UniqueRegistry<number, string>();
 * const pid = spawn(async (mailbox) => {
 *   for await (const _ of mailbox);
 * }, { name: players.via(7, "Ada") });
 *
 * assertStrictEquals(players.whereis(7), pid);
 * assertEquals(players.lookup(7)?.value, "Ada");
 * players.updateValue(7, pid, (name) => name.toUpperCase());
 * assertEquals(players.lookup(7)?.value, "ADA");
 * ```
 */
export class UniqueRegistry<K, V = undefined, P extends Pid<never> = Pid<never>> extends Registry<K, V, P> {
  readonly #index: UniqueIndex<RegistryEntry<K, V, P>>;

  /**
   * Creates an empty registry. It works without being started; see
   * {@linkcode Registry.prototype.start | Registry.start}.
   *
   * @param options A name, how keys are compared, listeners, metadata.
   */
  constructor(options: RegistryOptions<K, V, P> = {}) {
    const index = new UniqueIndex<RegistryEntry<K, V, P>>();
    super(index, options);
    this.#index = index;
  }

  /**
   * Registers a process under a key, like the function `register` for global names.
   *
   * @param key The key.
   * @param pid The process. It usually registers itself, or is registered by the code that started it.
   * @param value The value of the entry.
   * @throws {AlreadyStartedError} If a live process has the key, this one included. Its field `pid` is that process.
   * @throws {TypeError} If the process or the registry has ended.
   */
  register(key: K, pid: P, ...[value]: RegistryValue<V>): void {
    const holder = this.#index.get(this.identify(key))?.pid;
    if (holder?.alive) throw new AlreadyStartedError(this.nameOf(key), holder);
    if (holder) this.forget(holder); // it has ended, but its end has not been reported yet
    this.add({ key, pid, value: value as V });
  }

  /**
   * Returns the entry of a key.
   *
   * @param key The key.
   * @returns The entry, or `undefined` if no live process has the key.
   */
  lookup(key: K): RegistryEntry<K, V, P> | undefined {
    return this.#living(this.identify(key));
  }

  /**
   * Returns the process of a key.
   *
   * @param key The key.
   * @returns The process, or `undefined` if no live process has the key.
   */
  whereis(key: K): P | undefined {
    return this.lookup(key)?.pid;
  }

  /**
   * Updates the value of an entry.
   *
   * @param key The key.
   * @param pid The process of the entry.
   * @param update Returns the new value for the old one.
   * @returns The new and the previous value, or `undefined` if the process does not have the key.
   */
  updateValue(key: K, pid: P, update: (value: V) => V): { readonly value: V; readonly previous: V } | undefined {
    const id = this.identify(key);
    const entry = this.#living(id);
    if (entry?.pid !== pid) return undefined;
    const value = update(entry.value);
    if (this.#living(id) !== entry) return undefined; // gone while it was updated
    this.replace(id, entry, { ...entry, value });
    return { value, previous: entry.value };
  }

  /**
   * Returns a name that registers a process under `key`. Pass it to `start` or `spawn` as the name, or to `whereis`.
   * OTP's `{:via, Registry, {registry, key, value}}`.
   *
   * That the process which gets the name is a `P` is not checked.
   *
   * @param key The key.
   * @param value The value of the entry.
   * @returns The name.
   */
  via(key: K, ...value: RegistryValue<V>): ViaName {
    return {
      label: this.nameOf(key),
      register: (pid) => this.register(key, pid as P, ...value),
      whereis: () => this.whereis(key),
    };
  }

  #living(id: unknown): RegistryEntry<K, V, P> | undefined {
    const entry = this.#index.get(id);
    return entry !== undefined && entry.pid.alive ? entry : undefined;
  }
}
