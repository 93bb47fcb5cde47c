/**
 * What a registry holds, and what it tells of it.
 *
 * @module
 */

import type { Pid } from "../process/pid.ts";
import type { Registry } from "./registry.ts";

/** One registration: a process under a key, with a value. Never changes: a new value makes a new entry. */
export interface RegistryEntry<K, V, P extends Pid<never> = Pid<never>> {
  /** The key, as it was given. */
  readonly key: K;
  /** The process. */
  readonly pid: P;
  /** What was registered along with it. */
  readonly value: V;
}

/** What listeners of a registry are sent. OTP's `{:register, …}` and `{:unregister, …}`. */
export interface RegistryEvent<K, V, P extends Pid<never> = Pid<never>> extends RegistryEntry<K, V, P> {
  /** What happened; `"unregister"` also where the process or the registry ended. */
  readonly event: "register" | "unregister";
  /** Where. */
  readonly registry: Registry<K, V, P>;
}
