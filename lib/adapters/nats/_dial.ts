/**
 * Makes connections with NATS, one attempt at a time.
 *
 * @module
 */

import { abortable } from "@std/async/abortable";
import type { Authenticator, NatsConnection } from "@nats-io/transport-node";
import { authenticatorOf } from "./_credentials.ts";
import type { NatsConnect, NatsServers } from "./options.ts";
import { probe } from "./_probe.ts";
import { readServers, type Server } from "./_server.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { connectError } from "./_setup_error.ts";
import { guardTls } from "./_tls_guard.ts";
import { connectCalmly } from "./_transport.ts";

/** A new connection. */
export interface Dialed {
  /** The client. */
  readonly client: NatsConnection;
  /** The server, for errors. */
  readonly engine: string;
  /** Whether the adapter made it, and closes it. */
  readonly isOwn: boolean;
}

/**
 * Makes one attempt to connect.
 *
 * @param signal Ends the attempt.
 * @throws {BusSetupError} If no retry will help.
 * @throws {Error} If one may help. No error has credentials.
 */
export type Dial = (signal: AbortSignal) => Promise<Dialed>;

/** What the client says of this node. */
interface Identity {
  readonly name: string;
  readonly inboxPrefix: string;
}

/** A silent server is noticed after three intervals at the latest: a ping, another one, and then no more patience. */
const PING_INTERVAL_MS = 1500;
const MAX_PINGS_OUT = 2;
const HANDSHAKE_MS = 4000;

/**
 * Returns a function that connects as `options` say.
 *
 * @param options Where to, and how.
 * @param name The name of the connection in NATS's own monitoring.
 * @param inboxPrefix The start of the subjects on which replies arrive.
 * @throws {TypeError} If the options make no sense.
 */
export function dialOf(options: NatsServers | NatsConnect, name: string, inboxPrefix: string): Dial {
  if (options.connect === undefined) return dialServers(readServers(options), { name, inboxPrefix });
  const { connect, servers, credentials, tls } = options;
  if (servers !== undefined || credentials !== undefined || tls !== undefined) {
    throw new TypeError('Cannot create NATS adapter: "connect" replaces servers, credentials and tls; remove these');
  }
  return async (signal) => {
    // A program may wait for its connection as long as it likes; an adapter that is stopped does not.
    const client = await abortable(Promise.resolve(connect()), signal) as NatsConnection;
    return { client, engine: "NATS", isOwn: false };
  };
}

/** Tries each server once, beginning with any: nodes spread over a cluster. */
function dialServers(servers: readonly Server[], identity: Identity): Dial {
  const logins = servers.map(({ credentials }) => authenticatorOf(credentials));
  return async (signal) => {
    const failures: Error[] = [];
    const first = Math.floor(Math.random() * servers.length);
    for (let i = 0; i < servers.length; i++) {
      const index = (first + i) % servers.length;
      try {
        return await dialServer(servers[index]!, logins[index]!, identity, signal);
      } catch (thrown) {
        failures.push(exitReasonOf(thrown));
      }
    }
    throw failures.find((error) => error instanceof BusSetupError) ?? failures.at(-1);
  };
}

async function dialServer(
  server: Server,
  authenticator: Authenticator,
  { name, inboxPrefix }: Identity,
  signal: AbortSignal,
): Promise<Dialed> {
  try {
    await probe(server, signal);
    const client = await connectCalmly({
      servers: [`${server.host.includes(":") ? `[${server.host}]` : server.host}:${server.port}`],
      ...guardTls(server, authenticator),
      name,
      inboxPrefix,
      noEcho: true,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: MAX_PINGS_OUT,
      timeout: HANDSHAKE_MS,
      reconnect: false, // by ourselves: a new client has nothing in its buffers that is older than the outage
      ignoreClusterUpdates: true,
      noAsyncTraces: true,
    });
    return { client, engine: server.name, isOwn: true };
  } catch (thrown) {
    throw connectError(server, thrown);
  }
}
