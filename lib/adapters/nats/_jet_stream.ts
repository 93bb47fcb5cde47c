/**
 * JetStream, which keeps messages at NATS.
 *
 * @module
 */

import {
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { ApiCode, isApiError } from "./_api_error.ts";
import type { Session } from "./_session.ts";

const TIMEOUT_MS = 5000;
/** How often, and how soon again, a stream is looked at that is being created. */
const LOOKS = 40;
const LOOK_AGAIN_MS = 25;

/** The settings of a stream. */
export type NamedConfig = Partial<StreamConfig> & { readonly name: string };

/** JetStream, on one connection. */
export interface JetStream {
  readonly client: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: () => Promise<JetStreamManager>;
  /** Waits, but not for longer than the connection lasts. Rejects if that is over. */
  readonly pause: (delayMs: number) => Promise<void>;
}

/** Returns the JetStream of a connection. Nothing is sent yet. */
export function jetStreamOf(session: Session): JetStream {
  const { client } = session;
  const js = jetstream(client, { timeout: TIMEOUT_MS });
  let manager: ReturnType<JetStream["manager"]> | undefined;
  return {
    client,
    js,
    manager: () => manager ??= js.jetstreamManager(false),
    pause: (delayMs) => session.pause(delayMs),
  };
}

/**
 * Returns what JetStream knows of a stream; `undefined` if there is none of this name. One that is being created is
 * waited for: nats-server before 2.9.16 ends with a panic when a message of such a stream is asked for.
 *
 * @throws {Error} If it is not there within a second, or the connection ends meanwhile.
 */
export async function findStream(jetStream: JetStream, name: string): Promise<StreamInfo | undefined> {
  const { streams } = await jetStream.manager();
  try {
    for (let look = 1; look <= LOOKS; look++) {
      const info = await streams.info(name);
      if (isComplete(info)) return info;
      await jetStream.pause(LOOK_AGAIN_MS);
    }
  } catch (thrown) {
    if (isApiError(thrown, ApiCode.noStream)) return undefined;
    throw thrown;
  }
  throw new Error(`the stream ${name} is still being created`);
}

/**
 * Creates a stream. If another node has just created it with the same settings, it is that one.
 *
 * @throws {JetStreamApiError} If there is one of this name with other settings.
 */
export async function createStream(jetStream: JetStream, config: NamedConfig): Promise<StreamInfo> {
  const { streams } = await jetStream.manager();
  const info = await streams.add(config);
  return isComplete(info) ? info : await findStream(jetStream, config.name) ?? await createStream(jetStream, config);
}

/** A stream gets its time when it can be used. */
function isComplete({ created }: StreamInfo): boolean {
  return Date.parse(created) > 0;
}
