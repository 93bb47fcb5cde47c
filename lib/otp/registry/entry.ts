/**
 * The entries of a registry, and the events about them.
 *
 * @module
 */

import type { Pid } from "../process/pid.ts";
import type { Registry } from "./registry.ts";

/**
 * One registration: a process under a key, with a value. It never changes; a new value creates a new entry.
 *
 * @category Registry
 */
export interface RegistryEntry<K, V, P extends Pid<never> = Pid<never>> {
  /** The key, as it was passed to `register`. */
  readonly key: K;
  /** The process. */
  readonly pid: P;
  /** The value that was registered with the process. */
  readonly value: V;
}

/**
 * The message that listeners of a registry receive. OTP's `{:register, …}` and `{:unregister, …}`.
 *
 * @category Registry
 */
export interface RegistryEvent<K, V, P extends Pid<never> = Pid<never>> extends RegistryEntry<K, V, P> {
  /** Whether the entry was added or removed; `"unregister"` also if the process or the registry ended. */
  readonly event: "register" | "unregister";
  /** The registry of the entry. */
  readonly registry: Registry<K, V, P>;
}
