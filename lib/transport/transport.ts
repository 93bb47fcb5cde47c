/**
 * What an endpoint needs of a transport: WebSockets and long polling are two.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import type { MountLimits } from "../limits/limit_set.ts";
import type { SeatLimit } from "../limits/seat.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { AddressRule } from "./admission.ts";
import type { ServeInfo } from "./request/connect_info.ts";
import type { ConnectionSet } from "./connection_set.ts";
import type { RestartNotice } from "./restart_notice.ts";

/** Makes the response for a `connect` that threw. */
export type RenderError = (error: Error) => Response;

/** What a mount takes over from its endpoint. */
export interface TransportDefaults {
  /** The endpoint's host name, for origins. */
  readonly host: string | undefined;
  /** The response for errors. */
  readonly renderError: RenderError;
  /** The limits that hold where a mount's options declare none; the standard ones by default. */
  readonly limits?: MountLimits;
  /** How many connections there may be in total. */
  readonly total?: SeatLimit;
  /** How many connections an address may have. */
  readonly addresses?: AddressRule;
  /** Where refused pages are written down; nowhere by default. */
  readonly log?: Log;
  /** What clients hear when the server goes. */
  readonly notice: RestartNotice;
}

/** Turns requests into connections of one driver. */
export interface Transport {
  /** Its connections. Once they drain, requests for new ones are answered with 503. */
  readonly connections: ConnectionSet;
  /**
   * Answers a request.
   *
   * @param request The request.
   * @param info What the host knows of it.
   * @param pathParams What the path held.
   * @returns The response, which must reach the host as it is.
   */
  handle(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /**
   * Drops what is left of connections that were closed: no request will be answered any more.
   *
   * @returns When those that have arrived are answered, where that does not depend on their clients.
   */
  end(): MaybePromise<void>;
}
