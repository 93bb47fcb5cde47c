/**
 * The WebSocket transport: turns requests into open connections.
 *
 * @module
 */

import { checkPositive } from "../../base/check_number.ts";
import { originCheck } from "../../security/check_origin.ts";
import { LIMITS, type MountLimits, withDefaults } from "../../limits/limit_set.ts";
import { Admission } from "../admission.ts";
import type { ServeInfo } from "../request/connect_info.ts";
import { ConnectionSet } from "../connection_set.ts";
import { DrainSweep } from "../drain_sweep.ts";
import { IdleSweep } from "../idle_sweep.ts";
import { sessionFinder } from "../request/session_finder.ts";
import type { SocketDriver } from "../socket_driver.ts";
import type { Transport, TransportDefaults } from "../transport.ts";
import { type Decision, type Entrant, WebSocketGate } from "./_gate.ts";
import { NativeHost } from "./_native_host.ts";
import type { WebSocketHost } from "../request/websocket_host.ts";
import { type ConnectionLimits, WebSocketConnection } from "./_connection.ts";
import type { WebSocketOptions } from "./options.ts";

/** Turns requests into connections of one driver. */
export class WebSocketTransport implements Transport {
  readonly #admission: Admission;
  readonly #gate: WebSocketGate;
  readonly #defaults: TransportDefaults;
  readonly #native: NativeHost;
  readonly #limits: ConnectionLimits;
  /** The same limits, for sockets that report signs of life and room to send. */
  readonly #attentive: ConnectionLimits;

  /**
   * Creates a transport without connections.
   *
   * @throws {RangeError} If a limit is out of range.
   * @throws {TypeError} If `checkOrigin` holds something that is not an origin, or is `false` as `checkCsrf` is.
   */
  constructor(driver: SocketDriver, options: WebSocketOptions, defaults: TransportDefaults) {
    const { checkOrigin = true } = options;
    const limits = withDefaults<MountLimits>(options, defaults.limits ?? LIMITS.standard.mount);
    const connectTimeoutMs = positive("connectTimeoutMs", limits.connectTimeoutMs);
    const origins = originCheck(checkOrigin, defaults.host);
    this.#admission = new Admission(driver, { ...defaults, connectTimeoutMs, origins });
    const findSession = sessionFinder(options, checkOrigin);
    this.#gate = new WebSocketGate({
      admission: this.#admission,
      options,
      findSession,
      renderError: defaults.renderError,
    });
    this.#defaults = defaults;
    const maxBatchBytes = positive("maxBatchBytes", options.maxBatchBytes ?? MAX_BATCH_BYTES);
    this.#native = new NativeHost(defaults.log, maxBatchBytes);
    this.#limits = {
      maxFrameBytes: positive("maxFrameBytes", limits.maxFrameBytes),
      connectTimeoutMs,
      closeTimeoutMs: positive("closeTimeoutMs", limits.closeTimeoutMs),
      maxBufferedBytes: positive("maxBufferedBytes", limits.maxBufferedBytes),
      slowReaderTimeoutMs: positive("slowReaderTimeoutMs", limits.slowReaderTimeoutMs),
      drain: new DrainSweep(),
      idle: new IdleSweep(limits.timeoutMs),
      open: new ConnectionSet(defaults.notice, defaults.onOccupied),
      log: defaults.log,
    };
    this.#attentive = {
      ...this.#limits,
      drain: new DrainSweep({ polls: false }),
      idle: new IdleSweep(limits.timeoutMs, { seesPings: true }),
    };
  }

  /** Its connections. */
  get connections(): ConnectionSet {
    return this.#limits.open;
  }

  /** Does nothing, since nothing is left of closed connections. */
  end(): void {}

  /**
   * Handles a request for a WebSocket.
   *
   * @param request The request.
   * @param info What the host passes along with it.
   * @param pathParams The parameters of the path.
   * @returns The response, which must be passed to the host unchanged.
   */
  async handle(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    if (this.connections.draining) return this.#defaults.notice.response();
    return await this.#admission.answer(info, async () => {
      const decision = await this.#gate.decide(request, info, pathParams);
      return this.#carryOut(decision, request, info?.webSockets ?? this.#native);
    });
  }

  #carryOut(decision: Decision, request: Request, host: WebSocketHost): Response {
    if (decision.kind === "respond") return decision.response;
    if (!this.connections.draining) return this.#upgrade(request, host, decision);
    decision.seat.release(); // the mount has begun to drain since the driver was asked
    return this.#defaults.notice.response();
  }

  #upgrade(
    request: Request,
    host: WebSocketHost,
    { accepted, protocol, seat, fields }: Entrant,
  ): Response {
    const limits = host.isAttentive ? this.#attentive : this.#limits;
    try {
      const { maxFrameBytes } = limits;
      const { takesBatches = false } = accepted;
      const { socket, response, listen } = host.upgrade(request, { protocol, maxFrameBytes, takesBatches });
      listen(new WebSocketConnection(socket, accepted, limits, seat, fields));
      return response;
    } catch (error) {
      seat.release();
      throw error;
    }
  }
}

/** Small enough for proxies and clients that limit a message, with room for hundreds of short ones. */
const MAX_BATCH_BYTES = 65_536;

function positive(name: string, value: number): number {
  return checkPositive("accept WebSockets", name, value);
}
