/**
 * The TCP connections of the client, whose errors cannot end the program.
 *
 * Client 3.4.0 removes all listeners from a socket before it destroys it. An error that is under way by then, such as
 * the reset that follows a wrong password, is an uncaught one: 2 of 100 attempts with a wrong password ended the
 * program.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  setTransportFactory,
} from "@nats-io/transport-node";
import { nodeResolveHost, NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

/** Does what `connect` of the client does, with sockets that keep a listener for errors. */
export function connectCalmly(options: ConnectionOptions): Promise<NatsConnection> {
  // One for the whole program, as the client has it: connections of other code lose nothing by it.
  setTransportFactory({ factory: () => new CalmTransport(), dnsResolveFn: nodeResolveHost });
  return NatsConnectionImpl.connect(options);
}

class CalmTransport extends NodeTransport {
  override async dial(to: { hostname: string; port: number }): Promise<Socket> {
    return calm(await super.dial(to));
  }

  override async startTLS(): Promise<TLSSocket> {
    return calm(await super.startTLS());
  }

  override async tlsFirst(to: { hostname: string; port: number }): Promise<TLSSocket> {
    return calm(await super.tlsFirst(to));
  }
}

/** Keeps a listener for errors on `socket`, whatever is removed. The client's own listeners get them as before. */
function calm<S extends Socket>(socket: S): S {
  const remove = socket.removeAllListeners.bind(socket);
  socket.removeAllListeners = (event) => {
    if (event === undefined) remove();
    else remove(event);
    return socket.on("error", ignore);
  };
  return socket.on("error", ignore);
}

function ignore(): void {}
