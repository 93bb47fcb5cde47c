/**
 * Draining: disconnects the clients of an endpoint in batches, so that they do not all reach the next server at once.
 *
 * Phoenix's drainer (`Phoenix.Socket.PoolDrainer`) closes channels. This one closes connections, including those
 * without a channel and long-poll sessions.
 *
 * @module
 */

import { monotonicMs } from "../base/clock.ts";
import { pause } from "../base/pause.ts";
import type { ProcessGroup } from "../otp/process/group.ts";
import { RestartNotice } from "../transport/restart_notice.ts";
import type { Transport } from "../transport/transport.ts";
import { endpointDrain } from "./telemetry.ts";

/**
 * Options for disconnecting the clients of an endpoint that shuts down.
 *
 * @category Endpoint
 */
export interface DrainerOptions {
  /**
   * The number of connections that are closed at once. The defaults close 5,000 a second, as many as Phoenix's, but in
   * small batches: phoenix.js reconnects 10 ms after the close, so a batch arrives at the next servers at once.
   *
   * @default {500}
   */
  readonly batchSize?: number;
  /**
   * How long to wait between two batches, in milliseconds.
   *
   * @default {100}
   */
  readonly batchIntervalMs?: number;
  /**
   * How long the shutdown may take, in milliseconds. After that, remaining connections are closed at once, and channels
   * that have not terminated are ended by force.
   *
   * @default {30000}
   */
  readonly shutdownMs?: number;
  /**
   * The maximum delay, in milliseconds, after which clients should reconnect. Each gets a random delay in the
   * text of its close frame. With 0, clients get no delay.
   *
   * `recover` and `spreadReconnects` of `@urvogel/realtime/client` make phoenix.js use the delay. By itself it
   * reconnects 10 ms after the close, and does without it. A page without them may have these lines; the option
   * `reconnectAfterMs` is no place for it, since it is called before the close is reported:
   *
   * ```js ignore
   * socket.onClose((event) => {
   *   const [, delayMs] = /^retry-after-ms=(\d+)$/.exec(event?.reason) ?? [];
   *   if (delayMs) socket.disconnect(() => setTimeout(() => socket.connect(), Number(delayMs)));
   * });
   * ```
   *
   * @default {1000}
   */
  readonly reconnectJitterMs?: number;
}

/** The maximum delay of a browser's `setTimeout`. */
const LONGEST_JITTER_MS = 2 ** 31 - 1;

/** Connections to close: those of a transport, or others. */
export type Drainable = Pick<Transport, "connections" | "end">;

/** Disconnects the clients of one endpoint. */
export class Drainer {
  /** The notice that clients get. */
  readonly notice: RestartNotice;
  readonly #batchSize: number;
  readonly #batchIntervalMs: number;
  readonly shutdownMs: number;

  /**
   * Creates a drainer.
   *
   * @throws {RangeError} If an option is out of range.
   */
  constructor(
    { batchSize = 500, batchIntervalMs = 100, shutdownMs = 30_000, reconnectJitterMs = 1_000 }: DrainerOptions,
  ) {
    this.#batchSize = checked("batchSize", batchSize, 1);
    this.#batchIntervalMs = checked("batchIntervalMs", batchIntervalMs);
    this.shutdownMs = checked("shutdownMs", shutdownMs);
    this.notice = new RestartNotice(checked("reconnectJitterMs", reconnectJitterMs, 0, LONGEST_JITTER_MS));
  }

  /** Closes all connections, and waits until they have ended and their channels have terminated. */
  async drain(transports: readonly Drainable[], channels: ProcessGroup): Promise<void> {
    const endsAt = monotonicMs() + this.shutdownMs;
    const restMs = () => Math.max(0, endsAt - monotonicMs());
    for (const { connections } of transports) connections.startDraining();
    await this.#closeAll(transports, restMs);
    await Promise.all(transports.map(({ connections }) => connections.emptied(restMs())));
    await Promise.all(transports.map((transport) => transport.end()));
    await channels.ended(restMs()); // each has a deadline of its own
  }

  async #closeAll(transports: readonly Drainable[], restMs: () => number): Promise<void> {
    const all = transports.flatMap(({ connections }) => [...connections]);
    const total = all.length;
    for (let batch = 1; all.length > 0; batch++) {
      const leaving = all.splice(0, this.#batchSize);
      for (const connection of leaving) this.notice.sendAway(connection);
      endpointDrain.emit({ count: leaving.length, total, batch });
      const waitMs = Math.min(this.#batchIntervalMs, restMs());
      if (all.length > 0 && waitMs > 0) await pause(waitMs);
    }
  }
}

function checked(name: keyof DrainerOptions, value: number, least = 0, most = Infinity): number {
  if (value >= least && value <= most) return value;
  const range = most === Infinity ? `>= ${least}` : `${least} to ${most}`;
  throw new RangeError(`Cannot drain connections: "${name}" must be ${range}, received ${value}`);
}
