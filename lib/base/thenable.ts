/**
 * Values that come later.
 *
 * Not only a `Promise` of this realm is one: query builders, the promises of other libraries and those of another realm
 * have a `then` too, and `await` takes all of them.
 *
 * @module
 */

/**
 * Whether `await` would wait for `value`. Never throws: a `then` that cannot be read is none.
 *
 * Asked for each result of each callback, so what is no object is told first, and a `Promise` before its `then` is read.
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
 * Goes on with `value`: at once where there is nothing to wait for, since a promise would cost more than the rest.
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
 * @param value A value, now or later.
 * @param next What to do with it.
 * @returns What `next` returned, later if `value` comes later.
 */
export function whenDone<A, B>(value: A | PromiseLike<A>, next: (value: A) => B): B | Promise<Awaited<B>> {
  if (!isThenable(value)) return next(value as A);
  return Promise.resolve(value as PromiseLike<A>).then(next) as Promise<Awaited<B>>;
}
