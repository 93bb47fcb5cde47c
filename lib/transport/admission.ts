/**
 * Asks a driver whether a client may connect: the part that all transports share.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { exitReasonOf } from "../otp/exit_reason.ts";
import type { Ok, Refuse } from "../otp/result.ts";
import type { ConnectInfo } from "./connect_info.ts";
import type { Params } from "./params.ts";
import type { AcceptedSocket, SocketDriver } from "./socket_driver.ts";
import { driverFailed } from "./telemetry.ts";

/** What became of a client that wants in. */
export type Admitted = Ok<AcceptedSocket> | Refuse | { readonly next: "failed"; readonly error: Error };

/** Asks one driver. */
export class Admission {
  readonly #driver: SocketDriver;
  readonly #connectTimeoutMs: number;

  /** Creates an admission that gives the driver this long to decide. */
  constructor(driver: SocketDriver, connectTimeoutMs: number) {
    this.#driver = driver;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** Asks about one client. Never throws: what the driver throws is reported, and part of the answer. */
  async ask(params: Params, info: ConnectInfo): Promise<Admitted> {
    try {
      const decision = this.#driver.connect(params, info);
      return decision instanceof Promise ? await this.#inTime(decision) : decision;
    } catch (thrown) {
      const error = exitReasonOf(thrown);
      driverFailed(error);
      return { next: "failed", error };
    }
  }

  /** Waits for `result`, but not longer than a client should. */
  async #inTime<T>(result: Promise<T>): Promise<T> {
    const timeoutMs = this.#connectTimeoutMs;
    const late = Promise.withResolvers<never>();
    const limit = new Alarm(() => {
      late.reject(new Error(`Cannot connect socket: "connect" took longer than ${timeoutMs} ms`));
    }).set(timeoutMs);
    try {
      return await Promise.race([result, late.promise]);
    } finally {
      limit.clear();
    }
  }
}
