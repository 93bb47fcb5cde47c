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
 * A {@linkcode Registry} with any number of processes under each key, for sending to many. A process may be registered
 * several times under the same key.
 *
 * @category Registry
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
   * Creates an empty registry. It works without being started; see
   * {@linkcode Registry.prototype.start | Registry.start}.
   *
   * @param options A name, how keys are compared, listeners, metadata.
   */
  constructor(options: RegistryOptions<K, V, P> = {}) {
    const index = new DuplicateIndex<RegistryEntry<K, V, P>>();
    super(index, options);
    this.#index = index;
  }

  /**
   * Registers a process under a key, in addition to other entries, including its own.
   *
   * @param key The key.
   * @param pid The process. It usually registers itself, or is registered by the code that started it.
   * @param value The value of the entry.
   * @throws {TypeError} If the process or the registry has ended.
   */
  register(key: K, pid: P, ...[value]: RegistryValue<V>): void {
    this.add({ key, pid, value: value as V });
  }

  /**
   * Returns the entries of a key.
   *
   * @param key The key.
   * @returns The entries of live processes, oldest first. The list never changes; call `lookup` again for a current
   * one.
   */
  lookup(key: K): readonly RegistryEntry<K, V, P>[] {
    return this.#index.under(this.identify(key));
  }
}
