/**
 * Reports clients that connect to telemetry and the log.
 *
 * @module
 */

import type { Described, Log, LogSetting, Report } from "../base/log.ts";
import { millisecondsSince } from "../base/milliseconds_since.ts";
import { type ConnectWork, handlerTracing } from "../channel/handler_tracing.ts";
import { type Ok, ok, type Refuse, refuse } from "../otp/server/result.ts";
import type { Redactor } from "../base/redact.ts";
import { TOO_MANY_OF_ID } from "../transport/admission.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import { requestIdOf } from "../transport/request/request_id.ts";
import type { Params } from "../transport/request/params.ts";
import type { AcceptedSocket, SocketDriver, TimedDriver } from "../transport/socket_driver.ts";
import { socketConnected, type SocketConnectedEvent } from "../transport/telemetry.ts";

type Decision = Ok<AcceptedSocket> | Refuse;

/** The outcome of a client's request to connect. */
interface Outcome {
  /** What the driver decided; `undefined` if it threw or was late. */
  readonly decision: Decision | undefined;
  /** The id of the connection, or the id it would have had. */
  readonly id: string | null | undefined;
  /** How long the decision took. */
  readonly durationMs: number;
}

type ReportDecision = (decision: Decision | undefined, id?: string | null) => void;

/** The name in reports, and where they go. */
export interface DriverReports {
  /** The name of the driver. */
  readonly name: string;
  readonly setting: LogSetting<SocketConnectedEvent>;
  /** Hides secrets in parameters. */
  readonly redact: Redactor;
  /** Receives the reports. */
  readonly log: Log;
}

/** A driver whose decisions are reported. */
export class ReportedDriver implements TimedDriver {
  readonly #driver: SocketDriver;
  readonly #reports: DriverReports;
  /** The reports of clients about whom nothing is decided yet. */
  readonly #undecided = new WeakMap<ConnectInfo, ReportDecision>();

  /** Wraps a driver. */
  constructor(driver: SocketDriver, reports: DriverReports) {
    this.#driver = driver;
    this.#reports = reports;
  }

  /** Asks the driver, and reports its decision. */
  connect(params: Params, info: ConnectInfo): ReturnType<SocketDriver["connect"]> {
    const { log, setting } = this.#reports;
    if (socketConnected.hasListeners || log.wants(setting)) return this.#watch(params, info);
    return this.#driver.connect(params, info);
  }

  /** Reports that the decision about a client came too late, which is a failure whatever it will be. */
  onLate(info: ConnectInfo): void {
    this.#undecided.get(info)?.(undefined);
  }

  async #watch(params: Params, info: ConnectInfo): Promise<Decision> {
    const startedAt = performance.now();
    const span = handlerTracing.begin(() => this.#traced(params, info));
    let isReported = false;
    const report: ReportDecision = (decision, id = idOf(decision)) => {
      if (isReported) return; // it was late
      isReported = true;
      this.#undecided.delete(info);
      span?.end(resultOf(decision));
      this.#report({ decision, id, durationMs: millisecondsSince(startedAt) }, params, info);
    };
    this.#undecided.set(info, report);
    const connect = () => this.#driver.connect(params, info);
    let decision: Decision | undefined;
    try {
      decision = await (span ? span.run(connect) : connect());
    } finally {
      if (!isUndecided(decision)) report(decision);
    }
    return isUndecided(decision) ? ok(reportedSeat(decision.value, report)) : decision;
  }

  #traced({ vsn }: Params, { transport, address, peerData: peer, traceContextHeaders }: ConnectInfo): ConnectWork {
    return { callback: "connect", socket: this.#reports.name, transport, vsn, address, peer, traceContextHeaders };
  }

  #report({ decision, id, durationMs }: Outcome, params: Params, info: ConnectInfo): void {
    const { name, setting, redact, log } = this.#reports;
    const event: SocketConnectedEvent = {
      socket: name,
      result: resultOf(decision),
      socketId: id ?? undefined,
      durationMs,
      transport: info.transport,
      vsn: params.vsn,
      address: info.address,
      peer: info.peerData,
      requestId: requestIdOf(info),
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

/** A client that the driver accepts if there is a seat for it. */
type Undecided = Ok<AcceptedSocket & Required<Pick<AcceptedSocket, "takeSeat">>>;

function idOf(decision: Decision | undefined): string | null | undefined {
  return decision?.next === "ok" ? decision.value.id : undefined;
}

function resultOf(decision: Decision | undefined): SocketConnectedEvent["result"] {
  if (decision === undefined) return "failed";
  return decision.next === "ok" ? "ok" : "refused";
}

function isUndecided(decision: Decision | undefined): decision is Undecided {
  return decision?.next === "ok" && decision.value.takeSeat !== undefined;
}

/** Returns the same client, which is reported once it has a seat or was refused one. */
function reportedSeat(accepted: Undecided["value"], report: ReportDecision): AcceptedSocket {
  return {
    id: accepted.id ?? null,
    takesBatches: accepted.takesBatches ?? false,
    takeSeat() {
      const seat = accepted.takeSeat();
      report(seat ? ok(accepted) : refuse(TOO_MANY_OF_ID), accepted.id);
      return seat;
    },
    open: (connection) => accepted.open(connection),
  };
}

const VERBS: Readonly<Record<SocketConnectedEvent["result"], string>> = {
  ok: "connected a client",
  refused: "refused a client",
  failed: "failed to connect a client",
};

const CONNECTED: Report<SocketConnectedEvent> = { kind: "connected", describe };

function describe(event: SocketConnectedEvent): Described {
  const { socket, result, socketId, address, requestId, transport, vsn, params, reason, durationMs } = event;
  return {
    message: `${socket} ${VERBS[result]}`,
    fields: {
      ...(socketId !== undefined && { socketId }),
      ...(address !== undefined && { address }),
      ...(requestId !== undefined && { requestId }),
      transport,
      ...(vsn !== undefined && { vsn }),
      params,
      ...(reason !== undefined && { reason }),
      durationMs,
    },
  };
}
