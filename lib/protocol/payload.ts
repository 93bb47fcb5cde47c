/**
 * Payloads as types: what may go into a message, so that the compiler refuses what could not.
 *
 * Only the payload itself is looked at, not what is in it, as at run time. A promise or a `Map` inside an object has the
 * text `{}`.
 *
 * @module
 */

/**
 * An object that JSON carries as an object. Instances of classes and interfaces are fine; arrays, promises, functions,
 * iterators, collections, buffers and dates are not.
 *
 * Two members, since neither is enough: TypeScript takes an interface for no index signature, and an object literal for
 * none of a type that has no such fields.
 */
export type JsonObject = { readonly [key: string]: unknown } | (object & SentAsObject);

/** Fields that only those objects have which JSON does not carry as they are. */
export interface SentAsObject {
  /** Arrays, `Map`, `Set` and iterators have it. */
  readonly [Symbol.iterator]?: never;
  /** Promises, buffers and other classes of the language have it, which keep what they hold out of their fields. */
  readonly [Symbol.toStringTag]?: never;
  /** Functions and classes have it. */
  readonly [Symbol.hasInstance]?: never;
  /** Dates and URLs become strings. */
  readonly toJSON?: () => object;
  /** Everything that `await` takes has a function here, such as a query that has not been run. */
  readonly then?: null | boolean | number | string | readonly unknown[] | { readonly [key: string]: unknown };
}

/**
 * The payload of a push or a broadcast: an object, or bytes, which travel as a binary frame.
 *
 * A value of type `object` is accepted, since it may be one.
 *
 * @example Usage
 * ```ts
 * import type { Payload } from "@urvogel/realtime";
 *
 * interface Said {
 *   readonly from: string;
 *   readonly text: string;
 * }
 *
 * const said: Said = { from: "ann", text: "hello" };
 * const payloads: Payload[] = [said, { at: 1 }, Uint8Array.of(1, 2)];
 * // These do not compile: [said], "hello", Promise.resolve(said), new Map([["text", "hello"]])
 * ```
 */
export type Payload = Uint8Array | JsonObject;

/**
 * What clients send and replies carry: any JSON value, or bytes.
 *
 * It says which types there are, nothing of what is in them: look before you believe what a client sends.
 */
export type JsonOrBytes = null | boolean | number | string | Uint8Array | JsonObject | readonly unknown[];
