/**
 * Values that do harm when they are looked at.
 *
 * @module
 */

import fc from "fast-check";

const fail = (): never => {
  throw new Error("do not look");
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function nested(levels: number, inner: unknown): unknown {
  let value = inner;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

function circle(): object {
  const one: Record<string, unknown> = {};
  one.two = { one, list: [one] };
  return one;
}

/** Makes each of them anew. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "a revoked proxy": () => revoked({}),
  "a revoked proxy of a list": () => revoked([]),
  "a revoked proxy of an error": () => revoked(new Error("boom")),
  "a proxy whose traps all throw": () =>
    new Proxy({}, { get: fail, getPrototypeOf: fail, ownKeys: fail, has: fail, getOwnPropertyDescriptor: fail }),
  "a proxy without a prototype that it would tell": () => new Proxy(new Error("boom"), { getPrototypeOf: fail }),
  "an error behind a proxy whose fields throw": () => new Proxy(new Error("boom"), { get: fail }),
  "an object without a prototype": () => Object.create(null),
  "a getter that throws": () => ({
    before: 1,
    get field() {
      return fail();
    },
    after: 2,
  }),
  "a toString that throws": () => ({ toString: fail }),
  "a toString that is none": () => ({ toString: 1, valueOf: 1 }),
  "a Symbol.toPrimitive that throws": () => ({ [Symbol.toPrimitive]: fail }),
  "a Symbol.toPrimitive that returns an object": () => ({ [Symbol.toPrimitive]: () => ({}) }),
  "a toJSON that throws": () => ({ toJSON: fail }),
  "a toJSON that returns itself": () => ({
    toJSON() {
      return this;
    },
  }),
  "an inspector that throws": () => ({ [Symbol.for("Deno.customInspect")]: fail }),
  "an error whose message throws": () => Object.defineProperty(new Error(), "message", { get: fail }),
  "an error whose stack throws": () => Object.defineProperty(new Error(), "stack", { get: fail }),
  "an error whose name is an object": () => Object.assign(new Error(), { name: Object.create(null) }),
  "an error that is its own cause": () => {
    const error = new Error("boom");
    error.cause = error;
    return error;
  },
  "an error of many errors": () => new AggregateError(Array(100_000).fill(new Error("boom"))),
  "a class without a name": () => new (class {})(),
  "a class whose name throws": () =>
    new (class {
      static get name(): string {
        return fail();
      }
    } as unknown as new () => object)(),
  "an invalid date": () => new Date(NaN),
  "a bigint": () => 12n,
  "a symbol": () => Symbol("s"),
  "a function": () => fail,
  "a cycle": circle,
  "a list deeper than the stack": () => nested(100_000, 1),
  "a list deeper than the stack, with an index as a key": () => nested(100_000, { 0: 0 }),
  "a list that branches at each level": () => {
    let value: unknown = 1;
    for (let i = 0; i < 64; i++) value = [value, value];
    return value;
  },
  "a long list": () => Array(1_000_000).fill(1),
  "a list of holes": () => new Array(4_000_000_000),
  "a long text": () => "\u001b\n".repeat(1_000_000),
  "a large map": () => new Map(Array.from({ length: 100_000 }, (_, n) => [{ n }, n])),
  "a set of itself": () => {
    const set = new Set<unknown>();
    return set.add(set);
  },
  "a list that never ends": () =>
    Object.assign([1], {
      *[Symbol.iterator]() {
        while (true) yield "again";
      },
    }),
};

/**
 * Makes one of them, anywhere in a JSON value, or any value that fast-check knows of. Makers and not values, for fast-check
 * itself looks at values.
 */
export const hostileMaker: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true })
    .map((value) => () => value),
  fc.tuple(fc.constantFrom(...Object.values(HOSTILE)), fc.nat(3), fc.jsonValue()).map(([make, levels, other]) => () => {
    let value = make();
    for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { other, value } : [other, value];
    return value;
  }),
);
