/**
 * JetStream, which keeps messages at NATS.
 *
 * @module
 */

import { jetstream, type JetStreamClient, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { ApiCode, isApiError } from "./_api_error.ts";
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

/** Returns what JetStream knows of a stream; `undefined` if there is none of this name. */
export async function findStream({ streams }: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await streams.info(name);
  } catch (thrown) {
    if (isApiError(thrown, ApiCode.noStream)) return undefined;
    throw thrown;
  }
}
