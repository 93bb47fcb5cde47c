/**
 * What becomes of values on the wire, as types: JSON has no dates and no maps, and phoenix.js has an `ArrayBuffer` where
 * the server has a `Uint8Array`.
 *
 * @module
 */

import type { Payload } from "../protocol/payload.ts";

/** A value that JSON carries as it is. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A value that JSON leaves out of objects. */
export type LeftOut = undefined | symbol | ((...args: never[]) => unknown);

/**
 * What arrives where a `T` was sent: what JSON makes of it, such as a text of a `Date`; an `ArrayBuffer` of bytes.
 * Nothing is known of what may be anything.
 */
export type Arriving<T> = [Payload] extends [T] ? unknown : T extends Uint8Array ? ArrayBuffer : FromJson<T>;

/** What arrives where JSON carries a `T`. */
export type FromJson<T> = unknown extends T ? T
  : T extends Json ? T
  : T extends { readonly toJSON: () => infer J } ? FromJson<J>
  : T extends readonly unknown[] ? { [K in keyof T]: FromJson<Exclude<T[K], LeftOut>> | NullFor<T[K]> }
  : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> ? Record<never, never>
  : T extends object ? ObjectFromJson<T>
  : never;

/** What a list has where JSON has no value. */
export type NullFor<T> = Extract<T, LeftOut> extends never ? never : null;

/** What arrives where JSON carries an object: fields that may have no value may be missing. */
export type ObjectFromJson<T> = Flat<
  & { [K in keyof T as K extends OmittedKey<T, K> ? never : KeptKey<T, K>]: FromJson<T[K]> }
  & { [K in keyof T as OmittedKey<T, K>]?: FromJson<Exclude<T[K], LeftOut>> }
>;

/** `K`, if JSON has a field of this name. */
export type KeptKey<T, K extends keyof T> = K extends symbol ? never
  : [Exclude<T[K], LeftOut>] extends [never] ? never
  : K;

/** `K`, if JSON has no field of this name for some values. */
export type OmittedKey<T, K extends keyof T> = [Extract<T[K], LeftOut>] extends [never] ? never : KeptKey<T, K>;

/** The fields of an intersection in one object. */
export type Flat<T> = { [K in keyof T]: T[K] };

/**
 * What may be sent so that a `T` arrives: a `T`, but an `ArrayBuffer` for bytes. `never` for what JSON cannot carry,
 * such as a `Date`: a schema that expects one refuses everything that a client can send.
 */
export type Sendable<T> = [Payload] extends [T] ? unknown : T extends Uint8Array ? ArrayBuffer : ToJson<T>;

/** What JSON has to carry so that a `T` arrives. */
export type ToJson<T> = unknown extends T ? T
  : T extends Json | undefined ? T
  : T extends LeftOut | bigint | Uint8Array | Uncarried ? never
  : T extends object ? { [K in keyof T]: ToJson<T[K]> }
  : never;

/** Objects that JSON carries as something else. */
export type Uncarried =
  | { readonly toJSON: (...args: never[]) => unknown }
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>;
