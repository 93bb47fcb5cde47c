/**
 * The errors of `track` and `update` that callers may want to catch.
 *
 * @module
 */

/**
 * Thrown by `track` if the process already has this key in this topic. Use `update` instead.
 *
 * @category Presence
 */
export class AlreadyTrackedError extends Error {
  /** The topic. */
  readonly topic: string;
  /** The key. */
  readonly key: string;

  /** Creates the error. */
  constructor(topic: string, key: string) {
    super(`Cannot track "${key}" in "${topic}": its process is already tracked there under this key; use update`);
    this.name = "AlreadyTrackedError";
    this.topic = topic;
    this.key = key;
  }
}

/**
 * Thrown by `update` if the process does not have this key in this topic. Phoenix's `:nopresence`.
 *
 * @category Presence
 */
export class NotTrackedError extends Error {
  /** The topic. */
  readonly topic: string;
  /** The key. */
  readonly key: string;

  /** Creates the error. */
  constructor(topic: string, key: string) {
    super(`Cannot update "${key}" in "${topic}": its process is not tracked there under this key; use track`);
    this.name = "NotTrackedError";
    this.topic = topic;
    this.key = key;
  }
}
