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
