/**
 * What a connection knows of its client, from the handshake until it ends.
 *
 * @module
 */

import type { Serializer } from "../protocol/serializer.ts";
import type { ClientOrigin } from "./_client_origin.ts";
import type { Identity } from "./_identity.ts";

/** What is told of a client, whatever its socket assigns. */
export interface KnownClient {
  /** Who it is. */
  readonly identity: { readonly id: string | null };
  /** Where it connected from. */
  readonly origin: ClientOrigin;
}

/** The client of one connection. */
export interface ClientContext<A extends object> extends KnownClient {
  /** Who it is, and for how long. */
  readonly identity: Identity<A>;
  /** The format that it speaks. */
  readonly serializer: Serializer;
}
