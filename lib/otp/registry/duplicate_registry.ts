/**
 * Registries with any number of processes under each key.
 *
 * @module
 */

import type { Pid } from "../process/pid.ts";
import { DuplicateIndex } from "./_entry_index.ts";
import type { RegistryEntry } from "./entry.ts";
import { Registry, type RegistryOptions, type RegistryValue } from "./registry.ts";

/**
 * Any number of processes under each key, also the same one several times: a {@linkcode Registry} to send to many.
 *
 * @example Usage
 * ```ts
 * import { DuplicateRegistry, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const jobs = new DuplicateRegistry<string, number>();
 * const worker = () =>
 *   spawn(async (mailbox) => {
 *     for await (const _ of mailbox);
 *   });
 * const [slow, fast] = [worker(), worker()];
 * jobs.register("resize", slow, 1);
 * jobs.register("resize", fast, 9);
 *
 * assertEquals(jobs.lookup("resize").map(({ pid }) => pid), [slow, fast]);
 * assertEquals(jobs.match("resize", (speed) => speed > 5).map(({ pid }) => pid), [fast]);
 * ```
 */
export class DuplicateRegistry<K, V = undefined, P extends Pid<never> = Pid<never>> extends Registry<K, V, P> {
  readonly #index: DuplicateIndex<RegistryEntry<K, V, P>>;

  /**
   * Creates an empty registry. There is nothing to start: see {@linkcode Registry.start}.
   *
   * @param options A name, what tells keys apart, listeners, metadata.
   */
  constructor(options: RegistryOptions<K, V, P> = {}) {
    const index = new DuplicateIndex<RegistryEntry<K, V, P>>();
    super(index, options);
    this.#index = index;
  }

  /**
   * Registers a process under a key, beside others and beside itself.
   *
   * @param key The key.
   * @param pid The process; its own wish, or its starter's.
   * @param value What is registered along with it.
   * @throws {TypeError} If the process or the registry has ended.
   */
  register(key: K, pid: P, ...[value]: RegistryValue<V>): void {
    this.add({ key, pid, value: value as V });
  }

  /**
   * Finds the entries of a key.
   *
   * @param key The key.
   * @returns The entries of live processes, oldest first. The list does not change; ask again for a new one.
   */
  lookup(key: K): readonly RegistryEntry<K, V, P>[] {
    return this.#index.under(this.identify(key));
  }
}
