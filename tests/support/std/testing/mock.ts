// The part of std's mocks that the tests use.
import { AssertionError } from "../assert/assertion_error.ts";
import { equal } from "../assert/equal.ts";

/** Thrown when a spy cannot be made or restored. */
export class MockError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MockError";
  }
}

/** What a spy saw of one call. */
export interface SpyCall<Self = unknown, Args extends unknown[] = unknown[], Return = unknown> {
  args: Args;
  returned?: Return;
  error?: Error;
  self?: Self;
}

/** A function that remembers its calls. */
export interface Spy<Self = unknown, Args extends unknown[] = unknown[], Return = unknown> {
  (this: Self, ...args: Args): Return;
  original: (this: Self, ...args: Args) => Return;
  calls: SpyCall<Self, Args, Return>[];
  restored: boolean;
  restore(): void;
  [Symbol.dispose](): void;
}

/** A spy that stands in for a method. */
export type MethodSpy<Self, Args extends unknown[] = unknown[], Return = unknown> = Spy<
  Self,
  Args,
  Return
>;
/** A method replaced by another function. */
export interface Stub<Self, Args extends unknown[] = unknown[], Return = unknown> extends Spy<Self, Args, Return> {
  fake: (this: Self, ...args: Args) => Return;
}

type Method<T, K extends keyof T> = T[K] extends (this: infer S, ...args: infer A) => infer R
  ? { self: S; args: A; returned: R }
  : never;

function record<Self, Args extends unknown[], Return>(
  func: (this: Self, ...args: Args) => Return,
  putBack?: () => void,
): Spy<Self, Args, Return> {
  const calls: SpyCall<Self, Args, Return>[] = [];
  function called(this: Self, ...args: Args): Return {
    const call: SpyCall<Self, Args, Return> = { args, self: this };
    calls.push(call);
    try {
      return call.returned = func.apply(this, args);
    } catch (error) {
      call.error = error as Error;
      throw error;
    }
  }
  const made = Object.assign(called, {
    original: func,
    calls,
    restored: false,
    restore(): void {
      if (!putBack) throw new MockError("Cannot restore: function cannot be restored");
      if (made.restored) throw new MockError("Cannot restore: instance method already restored");
      putBack();
      made.restored = true;
    },
    [Symbol.dispose](): void {
      if (putBack && !made.restored) made.restore();
    },
  });
  return made;
}

function replace<T extends object>(
  object: T,
  name: keyof T,
  func: (this: T, ...args: unknown[]) => unknown,
): Spy<T> {
  const original = object[name];
  if (typeof original !== "function") {
    throw new MockError("Cannot spy: property is not an instance method");
  }
  const own = Object.getOwnPropertyDescriptor(object, name);
  const made = record<T, unknown[], unknown>(func, () => {
    if (own) Object.defineProperty(object, name, own);
    else delete object[name];
  });
  const hidden = { configurable: true, enumerable: own?.enumerable ?? false, writable: true };
  Object.defineProperty(object, name, { ...hidden, value: made });
  made.original = original as typeof made.original;
  return made;
}

/** Makes a function, or a method, that remembers its calls. */
export function spy(): Spy<unknown, unknown[], undefined>;
export function spy<Self, Args extends unknown[], Return>(
  func: (this: Self, ...args: Args) => Return,
): Spy<Self, Args, Return>;
export function spy<T extends object, K extends keyof T>(
  object: T,
  name: K,
): MethodSpy<T, Method<T, K>["args"], Method<T, K>["returned"]>;
export function spy(target?: unknown, name?: PropertyKey): unknown {
  if (name === undefined) {
    return record((target ?? (() => undefined)) as (...args: unknown[]) => unknown);
  }
  const object = target as Record<PropertyKey, (...args: unknown[]) => unknown>;
  return replace(object, name, object[name] ?? (() => undefined));
}

/** Replaces a method by `func`, and remembers its calls. */
export function stub<T extends object, K extends keyof T>(
  object: T,
  name: K,
  func?: (this: T, ...args: Method<T, K>["args"]) => Method<T, K>["returned"],
): Stub<T, Method<T, K>["args"], Method<T, K>["returned"]>;
export function stub<T extends object>(
  object: T,
  name: keyof T,
  func: (this: T, ...args: unknown[]) => unknown = () => undefined,
): unknown {
  return Object.assign(replace(object, name, func), { fake: func });
}

/** Fails unless the spy was called `expected` times. */
export function assertSpyCalls<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  expected: number,
): void {
  const { length } = spy.calls;
  if (length === expected) return;
  const how = length < expected ? "Spy not called as much as expected" : "Spy called more often";
  throw new AssertionError(`${how}: ${length} calls, expected ${expected}`);
}

/** What a call is expected to have been. */
export interface ExpectedSpyCall<
  Self = unknown,
  Args extends unknown[] = unknown[],
  Return = unknown,
> {
  args?: [...Args, ...unknown[]];
  returned?: Return;
  self?: Self;
}

/** Fails unless the spy's call number `callIndex`, from 0, is as expected. */
export function assertSpyCall<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  callIndex: number,
  expected?: ExpectedSpyCall<Self, Args, Return>,
): void {
  const call = spy.calls[callIndex];
  if (!call) throw new AssertionError(`Spy not called as much as expected: no call ${callIndex}`);
  for (const key of ["args", "returned", "self"] as const) {
    if (!expected || !(key in expected) || equal(call[key], expected[key])) continue;
    throw new AssertionError(`Spy call ${callIndex} not as expected: "${key}" differs`);
  }
}

/** Fails unless the spy's call number `callIndex` had the arguments `expected`. */
export function assertSpyCallArgs<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  callIndex: number,
  expected: unknown[],
): void {
  const args = spy.calls[callIndex]?.args;
  if (!equal(args, expected)) {
    throw new AssertionError(`Spy call ${callIndex} not as expected: "args" differs`);
  }
}
