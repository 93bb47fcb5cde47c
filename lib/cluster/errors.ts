/**
 * What goes wrong with keyed servers, for callers who want to catch it.
 *
 * @module
 */

/** Thrown by `KeyedServers.ensure` where one key more would be too many. */
export class KeyedServersFullError extends Error {
  /** How many keys there may be. */
  readonly maxKeys: number;

  /** Creates the error for a `key` of the servers called `name`. */
  constructor(name: string, key: string, maxKeys: number) {
    super(`Cannot start server ${JSON.stringify(key)} of ${name}: there are "maxKeys" already, which is ${maxKeys}`);
    this.name = "KeyedServersFullError";
    this.maxKeys = maxKeys;
  }
}
