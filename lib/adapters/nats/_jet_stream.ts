/**
 * JetStream, which keeps messages at NATS.
 *
 * @module
 */

import { jetstream, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Session } from "./_session.ts";

const TIMEOUT_MS = 5000;

/** JetStream, on one connection. */
export interface JetStream {
  readonly client: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: () => Promise<JetStreamManager>;
}

/** Returns the JetStream of a connection. Nothing is sent yet. */
export function jetStreamOf({ client }: Session): JetStream {
  const js = jetstream(client, { timeout: TIMEOUT_MS });
  let manager: ReturnType<JetStream["manager"]> | undefined;
  return { client, js, manager: () => manager ??= js.jetstreamManager(false) };
}
