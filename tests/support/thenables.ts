/**
 * Promises that are no `Promise`.
 *
 * @module
 */

import { runInNewContext } from "node:vm";

/** A value that comes later, as a query builder or another library's promise would have it. */
export function later<T>(value: T): PromiseLike<T> {
  return { then: (done, failed) => Promise.resolve(value).then(done, failed) };
}

/** A failure that comes later. */
export function laterFails(error: Error): PromiseLike<never> {
  return { then: (done, failed) => Promise.reject(error).then(done, failed) };
}

/** A promise of another realm: no instance of this one's `Promise`. */
export function foreignPromise<T>(value: T): Promise<T> {
  return runInNewContext("(value) => Promise.resolve(value)")(value);
}
