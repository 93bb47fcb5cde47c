/**
 * The contract of channels that declare none.
 *
 * @module
 */

import type { JsonOrBytes, Payload } from "../protocol/payload.ts";
import type { Contract } from "./contract.ts";
import type { Schema } from "./schema.ts";

/**
 * The contract of a channel that declares none: any event, with any payload that can be sent.
 *
 * @category Contracts
 */
export interface Untyped extends Contract {
  /** Any parameters, any response. */
  readonly join: { readonly params: Schema<JsonOrBytes>; readonly reply: Schema<JsonOrBytes | undefined> };
  /** Any event of a client. */
  readonly in: {
    /** Any payload, any reply. */
    readonly [event: string]: {
      readonly payload: Schema<JsonOrBytes>;
      readonly reply: Schema<JsonOrBytes | undefined>;
    };
  };
  /** Any event for clients. */
  readonly out: {
    /** Any payload that can be sent. */
    readonly [event: string]: { readonly payload: Schema<Payload> };
  };
}
