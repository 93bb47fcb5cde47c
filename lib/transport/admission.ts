/**
 * Asks a driver whether a client may connect: the part that all transports share.
 *
 * @module
 */

import { isInstance } from "../base/foreign.ts";
import type { Log } from "../base/log.ts";
import type { LogFields } from "../base/log_record.ts";
import { isThenable } from "../base/thenable.ts";
import { withinTime } from "../base/within_time.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Refuse } from "../otp/server/result.ts";
import { AddressLimit } from "../limits/address_limit.ts";
import { bothSeats, type Seat, SeatLimit, UNCOUNTED } from "../limits/seat.ts";
import type { OriginCheck } from "../security/check_origin.ts";
import { type ConnectInfo, peerData, type ServeInfo } from "./request/connect_info.ts";
import { MalformedParamsError, type Params } from "./request/params.ts";
import { RefusedOrigins } from "./_refused_origins.ts";
import type { AcceptedSocket, SocketDriver } from "./socket_driver.ts";
import { limitHit } from "../limits/telemetry.ts";
import { driverFailed } from "./telemetry.ts";
import type { RenderError } from "./transport.ts";

/** What became of a client that wants in. */
export type Admitted =
  /** It may connect, and gives its seat back when it goes. */
  | { readonly next: "ok"; readonly value: AcceptedSocket; readonly seat: Seat }
  | Refuse
  | Full
  | { readonly next: "failed"; readonly error: Error };

/** There is no room for it: its address, its id, or all clients together have as many connections as they may. */
export interface Full {
  /** Tells it from the other answers. */
  readonly next: "full";
  /** The HTTP status: 503 if another server may have room, 429 if the client has taken it all. */
  readonly status: 429 | 503;
  /** What the client gets as an explanation. */
  readonly reason: string;
}

/** Why a client is refused for which its driver has no seat. */
export const TOO_MANY_OF_ID = "too many connections with this id";

const FULL: Full = { next: "full", status: 503, reason: "too many connections" };
const ADDRESS_FULL: Full = { next: "full", status: 429, reason: "too many connections from this address" };
const ID_FULL: Full = { next: "full", status: 429, reason: TOO_MANY_OF_ID };

/** Who may have how many connections. */
export interface AddressRule {
  /** How many connections an address may have, on all mounts together. */
  readonly limit: AddressLimit;
  /** The address of a client. */
  readonly addressOf: (info: ConnectInfo) => string | undefined;
}

/** The key of all connections in the limit of their total. */
const ALL = "";
const NO_LIMIT = new SeatLimit("maxConnections", Infinity);
const NO_RULE: AddressRule = { limit: new AddressLimit(Infinity), addressOf: () => undefined };

/** What decides besides the driver. */
export interface AdmissionRules {
  /** How long the driver may take, and a check of origins that is asynchronous, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Which pages may connect. */
  readonly origins: OriginCheck;
  /** Where refused pages and failures are written down. */
  readonly log?: Log | undefined;
  /** How many connections there may be in total; any number by default. */
  readonly total?: SeatLimit | undefined;
  /** How many connections an address may have; any number by default. */
  readonly addresses?: AddressRule | undefined;
  /** The response for what throws. */
  readonly renderError: RenderError;
}

/** Lets clients in to one driver. */
export class Admission {
  readonly #driver: SocketDriver;
  readonly #rules: AdmissionRules;
  readonly #total: SeatLimit;
  readonly #addresses: AddressRule;
  readonly #refusedOrigins: RefusedOrigins;

  /** Creates the admission to `driver`. */
  constructor(driver: SocketDriver, rules: AdmissionRules) {
    this.#driver = driver;
    this.#rules = rules;
    this.#total = rules.total ?? NO_LIMIT;
    this.#addresses = rules.addresses ?? NO_RULE;
    this.#refusedOrigins = new RefusedOrigins(rules.log);
  }

  /**
   * Runs what the application has to say about a request: its options may throw, which is reported and rendered.
   * Parameters that cannot be read are the client's fault: status 400, and no report.
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
   * Whether the page that sent `request` may connect. One that may not is logged the first time, and told to those who
   * listen each time.
   */
  async allowsOrigin(request: Request, info: ServeInfo | undefined): Promise<boolean> {
    const { origins } = this.#rules;
    const decision = origins.allows(request);
    if (decision === true) return true;
    // Read before a wait: afterwards the request may be closed.
    const origin = request.headers.get("origin") ?? "";
    const host = origins.expected(request);
    if (await this.#inTime(decision, "checkOrigin")) return true;
    limitHit("checkOrigin", { address: peerData(info?.remoteAddr)?.hostname, origin, host });
    this.#refusedOrigins.report(origin, host);
    return false;
  }

  /** Asks about one client. Never throws: what the driver throws is reported, and part of the answer. */
  async ask(params: Params, info: ConnectInfo): Promise<Admitted> {
    let seat: Seat = UNCOUNTED;
    try {
      const taken = this.#takeSeat(info);
      if ("next" in taken) return taken;
      seat = taken;
      const decision = this.#driver.connect(params, info);
      const result = isThenable(decision) ? await this.#inTime(decision, "connect") : decision;
      const admitted = result.next === "ok" ? this.#admit(result.value, seat) : result;
      if (admitted.next !== "ok") seat.release();
      return admitted;
    } catch (thrown) {
      seat.release();
      return { next: "failed", error: driverFailed(thrown, { log: this.#rules.log, fields: clientFields(info) }) };
    }
  }

  /** A seat is taken before the driver is asked: that may take its time, and be what an attacker is after. */
  #takeSeat(info: ConnectInfo): Seat | Full {
    const { limit, addressOf } = this.#addresses;
    const address = addressOf(info);
    const seat = takeSeatOf(this.#total, address);
    if (!seat) return FULL;
    const own = limit.take(address);
    if (own) return bothSeats(seat, own);
    seat.release();
    limitHit("maxConnectionsPerAddress", { max: limit.max, found: limit.max + 1, address });
    return ADDRESS_FULL;
  }

  /** Only now it is known whose connection it is. */
  #admit(value: AcceptedSocket, seat: Seat): Admitted {
    const own = value.takeSeat ? value.takeSeat() : UNCOUNTED;
    return own ? { next: "ok", value, seat: bothSeats(seat, own) } : ID_FULL;
  }

  /** Waits for `result`, but not longer than a client should. */
  async #inTime<T>(result: MaybePromise<T>, what: string): Promise<T> {
    if (!isThenable(result)) return result;
    const timeoutMs = this.#rules.connectTimeoutMs;
    return await withinTime(result, timeoutMs, () => {
      limitHit("connectTimeoutMs", { max: timeoutMs });
      return new Error(`Cannot connect socket: "${what}" took longer than ${timeoutMs} ms`);
    });
  }
}

/** What logs say of a client that connects. */
export function clientFields({ transport, peerData }: ConnectInfo, id?: string | null): LogFields {
  return {
    ...(typeof id === "string" && { socketId: id }),
    ...(peerData && { address: peerData.hostname }),
    transport,
  };
}

/** As far as the host still says: the request may be closed by now. */
function addressFields(info: ServeInfo | undefined): LogFields {
  try {
    const peer = peerData(info?.remoteAddr);
    return peer ? { address: peer.hostname } : {};
  } catch {
    return {};
  }
}

/** Takes a seat among those of all connections of an endpoint; answers `undefined` if there is none left. */
export function takeSeatOf(total: SeatLimit, address?: string): Seat | undefined {
  const seat = total.take(ALL);
  if (!seat) limitHit("maxConnections", { max: total.max, found: total.max + 1, address });
  return seat;
}
