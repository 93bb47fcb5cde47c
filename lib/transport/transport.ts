/**
 * The interface between an endpoint and its transports: WebSockets and long polling.
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

/** Creates the response for a `connect` that threw. */
export type RenderError = (error: Error) => Response;

/** Settings that a mount inherits from its endpoint. */
export interface TransportDefaults {
  /** The endpoint's host name, with which origins are compared. */
  readonly host: string | undefined;
  /** The response for errors. */
  readonly renderError: RenderError;
  /** The limits that apply if a mount's options set none; the standard ones by default. */
  readonly limits?: MountLimits;
  /** Limit for the total number of connections. */
  readonly total?: SeatLimit;
  /** Limit for the connections of one address. */
  readonly addresses?: AddressRule;
  /** Log for refused pages; none by default. */
  readonly log?: Log;
  /** The notice that clients get when the server shuts down. */
  readonly notice: RestartNotice;
  /** Called when a mount has its first WebSocket connection, and when it has none any more. */
  readonly onOccupied?: ((isOccupied: boolean) => void) | undefined;
}

/** Turns requests into connections of one driver. */
export interface Transport {
  /** Its connections. While they drain, requests for new ones get status 503. */
  readonly connections: ConnectionSet;
  /**
   * Handles a request.
   *
   * @param request The request.
   * @param info What the host passes along with it.
   * @param pathParams The parameters of the path.
   * @returns The response, which must be passed to the host unchanged.
   */
  handle(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /**
   * Discards what is left of closed connections. No further requests are handled.
   *
   * @returns Resolves when the requests that have arrived are answered, if that does not depend on their clients.
   */
  end(): MaybePromise<void>;
}
