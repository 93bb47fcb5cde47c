/**
 * Encryption that a server cannot refuse.
 *
 * Client 3.4.0 with `tls: {}` sends the password unencrypted to a server that announces `"tls_available": 1`: it only
 * begins TLS for `true`. And it does not compare the certificate with the server's address if that is an IP address.
 * So the name is passed to TLS as an option, and the authenticator, which is called last, refuses to log in unless TLS
 * has begun on this connection.
 *
 * @module
 */

import type { Authenticator, TlsOptions } from "@nats-io/transport-node";
import { BusSetupError } from "../../pubsub/errors.ts";
import type { Server } from "./_server.ts";

/** Options of the client that depend on each other. */
export interface Guarded {
  /** Encryption; `null` for none. */
  readonly tls?: TlsOptions | null;
  /** Logs in. */
  readonly authenticator: Authenticator;
}

/** Returns the options for a connection with `server`, to be used for one connection at a time. */
export function guardTls({ tls, host, name }: Server, authenticator: Authenticator): Guarded {
  if (tls === false) return { tls: null, authenticator };
  if (tls === undefined) return { authenticator };
  const { handshakeFirst = false, ...rest } = tls;
  let hasBegun = false;
  const watched = {
    ...rest,
    host,
    get ca() { // read when TLS begins
      hasBegun = true;
      return tls.ca;
    },
  };
  Object.defineProperty(watched, "handshakeFirst", { // read when a connection begins, and by its name
    get() {
      hasBegun = false;
      return handshakeFirst;
    },
  });
  return {
    tls: watched as TlsOptions,
    authenticator: (nonce) => {
      if (hasBegun) return authenticator(nonce);
      throw new BusSetupError(name, "it does not begin TLS");
    },
  };
}
