/**
 * The type of values that may be promises.
 *
 * @module
 */

/**
 * A value, or a promise of one: anything that `await` accepts.
 *
 * @category Results of callbacks
 */
export type MaybePromise<T> = T | PromiseLike<T>;
