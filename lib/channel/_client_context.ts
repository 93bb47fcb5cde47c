/**
 * The information about a connection's client, from the handshake until it ends.
 *
 * @module
 */

import type { LogFields } from "../base/log_record.ts";
import type { Serializer } from "../protocol/serializer.ts";
import type { ClientOrigin } from "./_client_origin.ts";
import type { Identity } from "./_identity.ts";

/** The information about a client that does not depend on the type of its assigns. */
export interface KnownClient {
  /** The client's identity. */
  readonly identity: { readonly id: string | null; readonly isRefreshing: boolean };
  /** Where it connected from. */
  readonly origin: ClientOrigin;
}

/** Returns the log fields that identify a client. */
export function clientLogFields({ identity: { id }, origin: { address, requestId } }: KnownClient): LogFields {
  return {
    ...(id !== null && { socketId: id }),
    ...(address !== undefined && { address }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** The client of one connection. */
export interface ClientContext<A extends object> extends KnownClient {
  /** The client's identity, with its assigns and expiry. */
  readonly identity: Identity<A>;
  /** The message format that it uses. */
  readonly serializer: Serializer;
}
