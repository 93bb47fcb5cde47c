/**
 * Errors of keyed servers, for callers that want to catch them.
 *
 * @module
 */

/**
 * Thrown by `KeyedServers.ensure` when there are already `maxKeys` keys.
 *
 * @category Servers by key
 */
export class KeyedServersFullError extends Error {
  /** The maximum number of keys. */
  readonly maxKeys: number;

  /** Creates the error for a `key` of the servers called `name`. */
  constructor(name: string, key: string, maxKeys: number) {
    super(`Cannot start server ${JSON.stringify(key)} of ${name}: there are "maxKeys" already, which is ${maxKeys}`);
    this.name = "KeyedServersFullError";
    this.maxKeys = maxKeys;
  }
}

/**
 * Thrown by `KeyOwner.save` when the server does not own its key any more: another one has it, on this or another node.
 * Nothing was saved, and the server ends. `KeyedServers.ensure` throws it when the store says so while the state is loaded.
 *
 * @category Servers by key
 */
export class OwnershipLostError extends Error {
  /** Creates the error for a server. */
  constructor(server: string) {
    super(`Cannot save the state of ${server}: it does not own its key any more`);
    this.name = "OwnershipLostError";
  }
}
