/**
 * Tells of clients that connect: to those who listen, and to the log.
 *
 * @module
 */

import { formatDuration, type Log, type LogSetting } from "../base/log.ts";
import { quoted } from "../base/printable.ts";
import type { Ok, Refuse } from "../otp/result.ts";
import type { Redactor } from "../security/redact.ts";
import type { ConnectInfo } from "../transport/connect_info.ts";
import type { Params } from "../transport/params.ts";
import type { AcceptedSocket, SocketDriver } from "../transport/socket_driver.ts";
import { socketConnected, type SocketConnectedEvent } from "../transport/telemetry.ts";

/** What is told of whom. */
export interface DriverReports {
  /** What the driver is called. */
  readonly name: string;
  /** See `Socket`. */
  readonly setting: LogSetting<SocketConnectedEvent>;
  /** Hides secrets in parameters. */
  readonly redact: Redactor;
  /** Where lines go. */
  readonly log: Log;
}

type Outcome = Pick<SocketConnectedEvent, "result" | "reason">;

/** A driver whose decisions are told. */
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

  async #watch(params: Params, info: ConnectInfo): Promise<Ok<AcceptedSocket> | Refuse> {
    const startedAt = performance.now();
    let outcome: Outcome = { result: "failed", reason: undefined };
    try {
      const decision = await this.#driver.connect(params, info);
      outcome = decision.next === "ok"
        ? { result: "ok", reason: undefined }
        : { result: "refused", reason: decision.reason };
      return decision;
    } finally {
      this.#report(outcome, params, info, performance.now() - startedAt);
    }
  }

  #report(outcome: Outcome, params: Params, info: ConnectInfo, durationMs: number): void {
    const { name, setting, redact, log } = this.#reports;
    const event: SocketConnectedEvent = {
      socket: name,
      ...outcome,
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
    };
    socketConnected.emit(event);
    log.write(setting, event, describe);
  }
}

const VERBS: Readonly<Record<SocketConnectedEvent["result"], string>> = {
  ok: "connected a client",
  refused: "refused a client",
  failed: "failed to connect a client",
};

function describe({ socket, result, reason, durationMs, transport, vsn, params }: SocketConnectedEvent): string {
  const why = reason === undefined ? "" : `reason ${quoted(reason)}, `;
  const how = `${why}${transport}, vsn ${quoted(vsn)}, params ${quoted(params)}`;
  return `${socket} ${VERBS[result]} in ${formatDuration(durationMs)}: ${how}`;
}
