/**
 * The WebSocket transport: from a request to an open connection.
 *
 * @module
 */

import type { Report } from "../../base/log.ts";
import { originCheck } from "../../security/check_origin.ts";
import { LIMITS, type MountLimits, withDefaults } from "../../limits/limit_set.ts";
import type { Seat } from "../../limits/seat.ts";
import { Admission } from "../admission.ts";
import { offeredProtocols } from "../request/auth_token.ts";
import { RequestInfo, type ServeInfo } from "../request/connect_info.ts";
import { ConnectionSet } from "../connection_set.ts";
import { DrainSweep } from "../drain_sweep.ts";
import { handshakeFault } from "./handshake.ts";
import { IdleSweep } from "../idle_sweep.ts";
import { parseParams } from "../request/params.ts";
import { RequestSnapshot } from "../request/snapshot.ts";
import { type SessionFinder, sessionFinder } from "../request/session_finder.ts";
import type { AcceptedSocket, SocketDriver } from "../socket_driver.ts";
import type { Transport, TransportDefaults } from "../transport.ts";
import { type ConnectionLimits, WebSocketConnection } from "./connection.ts";
import type { WebSocketOptions } from "./options.ts";

/** Turns requests into connections of one driver. */
export class WebSocketTransport implements Transport {
  readonly #admission: Admission;
  readonly #options: WebSocketOptions;
  readonly #defaults: TransportDefaults;
  readonly #findSession: SessionFinder | undefined;
  readonly #limits: ConnectionLimits;
  #warned = false;

  /**
   * Creates a transport without connections.
   *
   * @throws {RangeError} If a limit makes no sense.
   * @throws {TypeError} If `checkOrigin` holds something that is not an origin, or is `false` as `checkCsrf` is.
   */
  constructor(driver: SocketDriver, options: WebSocketOptions, defaults: TransportDefaults) {
    const { checkOrigin = true } = options;
    const limits = withDefaults<MountLimits>(options, defaults.limits ?? LIMITS.standard.mount);
    const connectTimeoutMs = positive("connectTimeoutMs", limits.connectTimeoutMs);
    const origins = originCheck(checkOrigin, defaults.host);
    this.#admission = new Admission(driver, { ...defaults, connectTimeoutMs, origins });
    this.#options = options;
    this.#defaults = defaults;
    this.#findSession = sessionFinder(options, checkOrigin);
    this.#limits = {
      maxFrameBytes: positive("maxFrameBytes", limits.maxFrameBytes),
      connectTimeoutMs,
      closeTimeoutMs: positive("closeTimeoutMs", limits.closeTimeoutMs),
      maxBufferedBytes: positive("maxBufferedBytes", limits.maxBufferedBytes),
      slowReaderTimeoutMs: positive("slowReaderTimeoutMs", limits.slowReaderTimeoutMs),
      drain: new DrainSweep(),
      idle: new IdleSweep(limits.timeoutMs),
      open: new ConnectionSet(defaults.notice),
    };
  }

  /** Its connections. */
  get connections(): ConnectionSet {
    return this.#limits.open;
  }

  /** Does nothing: what was closed is gone. */
  end(): void {}

  /**
   * Answers a request for a WebSocket.
   *
   * @param request The request.
   * @param info What the host knows of it.
   * @param pathParams What the path held.
   * @returns The response, which must reach the host as it is.
   */
  async handle(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    if (this.connections.draining) return this.#defaults.notice.response();
    const fault = request.method === "GET" ? handshakeFault(request) : "";
    if (fault !== undefined) return new Response(fault, { status: 400 });
    return await this.#admission.answer(() => this.#decide(request, info, pathParams));
  }

  async #decide(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    // Everything is read before the first wait and the upgrade: afterwards the request may be closed.
    const snapshot = new RequestSnapshot(request);
    const offer = offeredProtocols(request.headers.get("sec-websocket-protocol"), this.#options.authToken ?? false);
    if (!await this.#admission.allowsOrigin(request, info)) return forbidden();
    const protocol = this.#chooseProtocol(offer.protocols);
    if (protocol === "none") return forbidden();
    const params = parseParams(new URL(snapshot.url).search, pathParams);
    const session = this.#findSession && await this.#findSession(snapshot.headers, params);
    const details = new RequestInfo(snapshot, info, "websocket", offer.authToken, session);
    const result = await this.#admission.ask(params, details);
    switch (result.next) {
      case "failed":
        return this.#defaults.renderError(result.error);
      case "refuse":
        return await this.#refuse(result.reason, snapshot);
      case "full":
        return new Response(result.reason, { status: result.status, headers: { "retry-after": "1" } });
      case "ok":
        if (!this.connections.draining) return this.#upgrade(request, result.value, protocol, result.seat);
        result.seat.release(); // the mount has begun to drain since the driver was asked
        return this.#defaults.notice.response();
    }
  }

  #upgrade(request: Request, accepted: AcceptedSocket, protocol: string | undefined, seat: Seat): Response {
    // idleTimeout 0: Deno would ping each client by timers of its own. IdleSweep has one for all.
    const options: Deno.UpgradeWebSocketOptions = { idleTimeout: 0, ...(protocol !== undefined && { protocol }) };
    try {
      const { socket, response } = Deno.upgradeWebSocket(request, options);
      new WebSocketConnection(socket, accepted, this.#limits, seat);
      if (request.bodyUsed === false) this.#warnOfCopy();
      return response;
    } catch (error) {
      seat.release();
      throw error;
    }
  }

  /** Deno upgrades a copy without complaint, but the client gets no WebSocket. It leaves the original closed, a copy not. */
  #warnOfCopy(): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#defaults.log?.write("error", undefined, COPIED_REQUEST);
  }

  #refuse(reason: unknown, request: RequestSnapshot): Response | Promise<Response> {
    return this.#options.errorHandler?.(reason, request) ?? forbidden();
  }

  #chooseProtocol(offered: readonly string[]): string | undefined {
    const { subprotocols = [], authToken = false } = this.#options;
    const spoken = authToken ? [...subprotocols, "phoenix"] : subprotocols;
    if (offered.length === 0 || spoken.length === 0) return undefined;
    return spoken.find((name) => offered.includes(name)) ?? "none";
  }
}

const COPIED_REQUEST: Report<undefined> = {
  kind: "copied request",
  describe: () => ({
    message: "a request for a WebSocket is a copy (request.clone(), new Request(...)), so no client can connect: " +
      "pass on the request that Deno.serve gave, such as context.req.raw",
  }),
};

function forbidden(): Response {
  return new Response(null, { status: 403 });
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Cannot accept WebSockets: "${name}" must be > 0, received ${value}`);
}
