/**
 * What may take time, and need not.
 *
 * @module
 */

/** A value, now or later: whatever `await` takes. */
export type MaybePromise<T> = T | PromiseLike<T>;
