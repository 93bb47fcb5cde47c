/**
 * Reports clients that connect: to telemetry, and to the log.
 *
 * @module
 */

import type { Described, Log, LogSetting, Report } from "../base/log.ts";
import { millisecondsSince } from "../base/milliseconds_since.ts";
import type { Ok, Refuse } from "../otp/server/result.ts";
import type { Redactor } from "../security/redact.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Params } from "../transport/request/params.ts";
import type { AcceptedSocket, SocketDriver } from "../transport/socket_driver.ts";
import { socketConnected, type SocketConnectedEvent } from "../transport/telemetry.ts";

type Decision = Ok<AcceptedSocket> | Refuse;

/** What is reported of whom. */
export interface DriverReports {
  /** What the driver is called. */
  readonly name: string;
  readonly setting: LogSetting<SocketConnectedEvent>;
  /** Hides secrets in parameters. */
  readonly redact: Redactor;
  /** Receives the reports. */
  readonly log: Log;
}

/** A driver whose decisions are reported. */
export class ReportedDriver implements SocketDriver {
  readonly #driver: SocketDriver;
  readonly #reports: DriverReports;

  /** Creates the driver in front of another. */
  constructor(driver: SocketDriver, reports: DriverReports) {
    this.#driver = driver;
    this.#reports = reports;
  }

  /** Asks the driver. */
  connect(params: Params, info: ConnectInfo): ReturnType<SocketDriver["connect"]> {
    const { log, setting } = this.#reports;
    if (socketConnected.hasListeners || log.wants(setting)) return this.#watch(params, info);
    return this.#driver.connect(params, info);
  }

  async #watch(params: Params, info: ConnectInfo): Promise<Decision> {
    const startedAt = performance.now();
    let decision: Decision | undefined;
    try {
      return decision = await this.#driver.connect(params, info);
    } finally {
      this.#report(decision, params, info, millisecondsSince(startedAt));
    }
  }

  #report(decision: Decision | undefined, params: Params, info: ConnectInfo, durationMs: number): void {
    const { name, setting, redact, log } = this.#reports;
    const event: SocketConnectedEvent = {
      socket: name,
      result: decision === undefined ? "failed" : decision.next === "ok" ? "ok" : "refused",
      socketId: decision?.next === "ok" ? decision.value.id ?? undefined : undefined,
      durationMs,
      transport: info.transport,
      vsn: params.vsn,
      peer: info.peerData,
      get traceContextHeaders() {
        return info.traceContextHeaders;
      },
      get params() {
        return redact(params);
      },
      get reason() {
        return decision?.next === "refuse" ? redact(decision.reason) : undefined;
      },
    };
    socketConnected.emit(event);
    log.write(setting, event, CONNECTED);
  }
}

const VERBS: Readonly<Record<SocketConnectedEvent["result"], string>> = {
  ok: "connected a client",
  refused: "refused a client",
  failed: "failed to connect a client",
};

const CONNECTED: Report<SocketConnectedEvent> = { kind: "connected", describe };

function describe(event: SocketConnectedEvent): Described {
  const { socket, result, socketId, peer, transport, vsn, params, reason, durationMs } = event;
  return {
    message: `${socket} ${VERBS[result]}`,
    fields: {
      ...(socketId !== undefined && { socketId }),
      ...(peer && { address: peer.hostname }),
      transport,
      vsn,
      params,
      ...(reason !== undefined && { reason }),
      durationMs,
    },
  };
}
