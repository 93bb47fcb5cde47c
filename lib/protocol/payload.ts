/**
 * Types of payloads, with which the compiler rejects values that cannot be sent.
 *
 * Only the payload itself is checked, not its contents, as at run time. A promise or a `Map` inside an object is sent
 * as `{}`.
 *
 * @module
 */

/**
 * An object that JSON carries as an object. Instances of classes and interfaces are fine; arrays, promises, functions,
 * iterators, collections, buffers and dates are not.
 *
 * The union has two members, since neither is enough: TypeScript does not assign an interface to an index signature,
 * nor an object literal to a type that shares no field with it.
 *
 * @category Channels
 */
export type JsonObject = { readonly [key: string]: unknown } | (object & SentAsObject);

/**
 * Fields that exclude objects which JSON does not carry as objects.
 *
 * @category Channels
 */
export interface SentAsObject {
  /** Excludes arrays, `Map`, `Set` and iterators. */
  readonly [Symbol.iterator]?: never;
  /** Excludes promises, buffers and other built-in classes, whose contents are not in their fields. */
  readonly [Symbol.toStringTag]?: never;
  /** Excludes functions and classes. */
  readonly [Symbol.hasInstance]?: never;
  /** Excludes dates and URLs, which become strings. */
  readonly toJSON?: () => object;
  /** Excludes everything that `await` waits for, such as a query that has not been run: its `then` is a function. */
  readonly then?: null | boolean | number | string | readonly unknown[] | { readonly [key: string]: unknown };
}

/**
 * The payload of a push or a broadcast: an object, or bytes, which are sent as a binary frame.
 *
 * A value of type `object` is accepted, since it may be a valid payload.
 *
 * @category Channels
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
 * The payload of a client's message or of a reply: any JSON value, or bytes.
 *
 * The type says nothing about the contents: validate what a client sends.
 *
 * @category Channels
 */
export type JsonOrBytes = null | boolean | number | string | Uint8Array | JsonObject | readonly unknown[];
