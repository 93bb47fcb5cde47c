/**
 * Promises and other values with a method `then`.
 *
 * `await` waits not only for a `Promise` of this realm: query builders, the promises of other libraries and those of
 * another realm have a `then` too.
 *
 * @module
 */

/**
 * Returns whether `await` would wait for `value`. Never throws: a `then` that cannot be read does not count.
 *
 * It is called for each result of each callback, so it checks first whether the value is an object, and then whether it
 * is a `Promise`, before it reads `then`.
 *
 * @example Usage
 * ```ts
 * import { isThenable } from "./thenable.ts";
 * import { assert } from "@std/assert";
 *
 * assert(isThenable(Promise.resolve(1)));
 * assert(isThenable({ then: (done: (value: number) => void) => done(1) }));
 * assert(!isThenable({ then: 1 }));
 * ```
 *
 * @param value Anything.
 * @returns `true` for promises and everything else with a method `then`.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  try {
    return value instanceof Promise || typeof (value as { readonly then?: unknown }).then === "function";
  } catch {
    return false;
  }
}

/**
 * Calls `next` with `value`: at once if it is not a promise, since another promise would cost more than the call.
 *
 * @example Usage
 * ```ts
 * import { whenDone } from "./thenable.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(whenDone(1, (n) => n + 1), 2);
 * assertEquals(await whenDone(Promise.resolve(1), (n) => n + 1), 2);
 * ```
 *
 * @param value A value, or a promise of one.
 * @param next Receives the value.
 * @returns What `next` returned; a promise of it if `value` is a promise.
 */
export function whenDone<A, B>(value: A | PromiseLike<A>, next: (value: A) => B): B | Promise<Awaited<B>> {
  if (!isThenable(value)) return next(value as A);
  return Promise.resolve(value as PromiseLike<A>).then(next) as Promise<Awaited<B>>;
}

/**
 * Calls `start`, then `next` with what it returns, or `fail` with what it throws: at once, or when its promise settles.
 *
 * @example Usage
 * ```ts
 * import { whenSettled } from "./thenable.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const parsed = (json: string) => whenSettled(() => JSON.parse(json), (value) => [value], () => []);
 * assertEquals(parsed("1"), [1]);
 * assertEquals(parsed("?"), []);
 * assertEquals(await whenSettled(() => Promise.reject(new Error("no")), () => "ok", () => "failed"), "failed");
 * ```
 *
 * @param start Returns a value, or a promise of one.
 * @param next Receives the value. What it throws does not reach `fail`.
 * @param fail Receives what `start` throws, or why its promise is rejected.
 * @returns What `next` or `fail` returned; a promise of it if `start` returned a promise.
 */
export function whenSettled<A, B>(
  start: () => A | PromiseLike<A>,
  next: (value: A) => B,
  fail: (thrown: unknown) => B,
): B | Promise<B> {
  let started: A | PromiseLike<A>;
  try {
    started = start();
  } catch (thrown) {
    return fail(thrown);
  }
  return isThenable(started) ? Promise.resolve(started as PromiseLike<A>).then(next, fail) : next(started);
}
