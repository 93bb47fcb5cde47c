/**
 * Checks whether a client may connect, for all transports.
 *
 * @module
 */

import { isInstance } from "../base/foreign.ts";
import type { Log } from "../base/log.ts";
import type { LogFields } from "../base/log_record.ts";
import { isThenable } from "../base/thenable.ts";
import { withinTime } from "../base/within_time.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Ok, Refuse } from "../otp/server/result.ts";
import { AddressLimit } from "../limits/address_limit.ts";
import { bothSeats, type Seat, SeatLimit, UNCOUNTED } from "../limits/seat.ts";
import type { OriginCheck } from "../security/check_origin.ts";
import { type AddressOf, type ConnectInfo, hostnameOf, peerData, type ServeInfo } from "./request/connect_info.ts";
import { requestIdOf } from "./request/request_id.ts";
import { MalformedParamsError, type Params } from "./request/params.ts";
import { RefusedOrigins } from "./_refused_origins.ts";
import type { AcceptedSocket, TimedDriver } from "./socket_driver.ts";
import { limitHit } from "../limits/telemetry.ts";
import { driverFailed } from "./telemetry.ts";
import type { RenderError } from "./transport.ts";

/** The result of a client's request to connect. */
export type Admitted =
  /** It may connect, and its seat must be released when it disconnects. */
  | { readonly next: "ok"; readonly value: AcceptedSocket; readonly seat: Seat }
  | Refuse
  | Full
  | { readonly next: "failed"; readonly error: Error };

/** A connection limit is reached: that of the client's address, of its id, or of all clients together. */
export interface Full {
  /** Distinguishes it from the other results. */
  readonly next: "full";
  /** The HTTP status: 503 if another server may have room, 429 if the client itself has used up the limit. */
  readonly status: 429 | 503;
  /** The explanation for the client. */
  readonly reason: string;
}

/** Reason for refusing a client for which its driver has no seat. */
export const TOO_MANY_OF_ID = "too many connections with this id";

const FULL: Full = { next: "full", status: 503, reason: "too many connections" };
const ADDRESS_FULL: Full = { next: "full", status: 429, reason: "too many connections from this address" };
const ID_FULL: Full = { next: "full", status: 429, reason: TOO_MANY_OF_ID };

/** Limit for the connections of one address. */
export interface AddressRule {
  /** The maximum number of connections of an address, on all mounts together. */
  readonly limit: AddressLimit;
  /** Returns the address of a client. */
  readonly addressOf: AddressOf;
}

/** What a driver decides about a client. */
type Decision = Ok<AcceptedSocket> | Refuse;

/** Something that a client waits for. */
interface Wait {
  readonly what: string;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
  /** Called when it took too long. */
  readonly onLate?: () => void;
}

/** The key for all connections in the limit of their total. */
const ALL = "";
const NO_LIMIT = new SeatLimit("maxConnections", Infinity);
const NO_RULE: AddressRule = { limit: new AddressLimit(Infinity), addressOf: hostnameOf };

/** The rules that apply besides the driver's decision. */
export interface AdmissionRules {
  /** How long the driver may take, and an asynchronous check of origins, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Which pages may connect. */
  readonly origins: OriginCheck;
  /** Log for refused pages and failures. */
  readonly log?: Log | undefined;
  /** Limit for the total number of connections; none by default. */
  readonly total?: SeatLimit | undefined;
  /** Limit for the connections of one address; none by default. */
  readonly addresses?: AddressRule | undefined;
  /** Creates the response for errors. */
  readonly renderError: RenderError;
}

/** Admits clients to one driver. */
export class Admission {
  /**
   * Returns the address of a client.
   *
   * @throws {TypeError} If the option `addressOf` returned something else.
   */
  readonly addressOf: AddressOf;
  readonly #driver: TimedDriver;
  readonly #rules: AdmissionRules;
  readonly #total: SeatLimit;
  readonly #addresses: AddressLimit;
  readonly #refusedOrigins: RefusedOrigins;

  /** Creates the admission of `driver`. */
  constructor(driver: TimedDriver, rules: AdmissionRules) {
    this.#driver = driver;
    this.#rules = rules;
    this.#total = rules.total ?? NO_LIMIT;
    const { limit, addressOf } = rules.addresses ?? NO_RULE;
    this.#addresses = limit;
    this.addressOf = (info) => {
      const address: unknown = addressOf(info);
      assertAddress(address);
      return address;
    };
    this.#refusedOrigins = new RefusedOrigins(rules.log);
  }

  /**
   * Calls `answer`, and reports and renders what it throws, such as errors of the application's options. Malformed
   * parameters are the client's fault: status 400, without a report.
   */
  async answer(info: ServeInfo | undefined, answer: () => Promise<Response>): Promise<Response> {
    try {
      return await answer();
    } catch (thrown) {
      if (isInstance(thrown, MalformedParamsError)) return new Response(null, { status: 400 });
      return this.#rules.renderError(driverFailed(thrown, { log: this.#rules.log, fields: addressFields(info) }));
    }
  }

  /**
   * Returns whether the page that sent `request` may connect. A refused page is logged the first time, and published as
   * telemetry each time.
   */
  async allowsOrigin(request: Request, info: ServeInfo | undefined): Promise<boolean> {
    const { origins } = this.#rules;
    const decision = origins.allows(request);
    if (decision === true) return true;
    // Read before an `await`, since the request may be closed afterwards.
    const origin = request.headers.get("origin") ?? "";
    const host = origins.expected(request);
    const address = peerData(info?.remoteAddr)?.hostname;
    if (await this.#inTime(decision, { what: "checkOrigin", address })) return true;
    limitHit("checkOrigin", { address, origin, host });
    this.#refusedOrigins.report(origin, host);
    return false;
  }

  /** Asks the driver about one client. Never throws: an error of the driver is reported, and part of the result. */
  async ask(params: Params, info: ConnectInfo): Promise<Admitted> {
    let seat: Seat = UNCOUNTED;
    try {
      const taken = this.#takeSeat(info);
      if ("next" in taken) return taken;
      seat = taken;
      const decision = this.#driver.connect(params, info);
      const result = isThenable(decision) ? await this.#decided(decision, info) : decision;
      const admitted = result.next === "ok" ? this.#admit(result.value, seat) : result;
      if (admitted.next !== "ok") seat.release();
      return admitted;
    } catch (thrown) {
      seat.release();
      return { next: "failed", error: driverFailed(thrown, { log: this.#rules.log, fields: clientFields(info) }) };
    }
  }

  /** Takes a seat. Done before the driver is asked, since that may take time and may be what an attacker aims at. */
  #takeSeat({ address }: ConnectInfo): Seat | Full { // may throw: before a seat is taken that would not be given back
    const limit = this.#addresses;
    const seat = takeSeatOf(this.#total, address);
    if (!seat) return FULL;
    const own = limit.take(address);
    if (own) return bothSeats(seat, own);
    seat.release();
    limitHit("maxConnectionsPerAddress", { max: limit.max, found: limit.max + 1, address });
    return ADDRESS_FULL;
  }

  /** Takes the client's seat under its id, which is only known after the driver's decision. */
  #admit(value: AcceptedSocket, seat: Seat): Admitted {
    const own = value.takeSeat ? value.takeSeat() : UNCOUNTED;
    return own ? { next: "ok", value, seat: bothSeats(seat, own) } : ID_FULL;
  }

  /** Waits for the driver's decision. */
  async #decided(decision: PromiseLike<Decision>, info: ConnectInfo): Promise<Decision> {
    const { address } = info;
    return await this.#inTime(decision, { what: "connect", address, onLate: () => this.#driver.onLate?.(info) });
  }

  /** Waits for `result`, for at most `connectTimeoutMs`. */
  async #inTime<T>(result: MaybePromise<T>, { what, address, onLate }: Wait): Promise<T> {
    if (!isThenable(result)) return result;
    const timeoutMs = this.#rules.connectTimeoutMs;
    return await withinTime(result, timeoutMs, () => {
      limitHit("connectTimeoutMs", { max: timeoutMs, address });
      onLate?.();
      return new Error(
        `Cannot connect socket: "${what}" took longer than ${timeoutMs} ms, which is "connectTimeoutMs"`,
      );
    });
  }
}

/** Returns log fields that identify a client that connects. */
export function clientFields(info: ConnectInfo, id?: string | null): LogFields {
  const { transport, address } = info;
  const requestId = requestIdOf(info);
  return {
    ...(typeof id === "string" && { socketId: id }),
    ...(address !== undefined && { address }),
    ...(requestId !== undefined && { requestId }),
    transport,
  };
}

/** Returns the client's address for logs, if the host still provides it: the request may be closed by now. */
function addressFields(info: ServeInfo | undefined): LogFields {
  try {
    const peer = peerData(info?.remoteAddr);
    return peer ? { address: peer.hostname } : {};
  } catch {
    return {};
  }
}

/** Checks what `addressOf` returned: an untyped function may return anything. */
function assertAddress(address: unknown): asserts address is string | undefined {
  if (address === undefined || typeof address === "string") return;
  const found = address === null ? "null" : typeof address;
  throw new TypeError(`Cannot count connections: "addressOf" must return text or undefined, received ${found}`);
}

/** Takes a seat under the endpoint's connection limit. Returns `undefined` if none is left. */
export function takeSeatOf(total: SeatLimit, address?: string): Seat | undefined {
  const seat = total.take(ALL);
  if (!seat) limitHit("maxConnections", { max: total.max, found: total.max + 1, address });
  return seat;
}
