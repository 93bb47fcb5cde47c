/**
 * Decides whether a request may become a WebSocket: all checks before the upgrade, for any server.
 *
 * @module
 */

import type { LogFields } from "../../base/log_record.ts";
import type { Seat } from "../../limits/seat.ts";
import { type Admission, clientFields } from "../admission.ts";
import { offeredProtocols } from "../request/auth_token.ts";
import { RequestInfo, type ServeInfo } from "../request/connect_info.ts";
import { handshakeFault } from "./_handshake.ts";
import { queryOf } from "../request/url.ts";
import { parseParams } from "../request/params.ts";
import { RequestSnapshot } from "../request/snapshot.ts";
import type { SessionFinder } from "../request/session_finder.ts";
import type { AcceptedSocket } from "../socket_driver.ts";
import type { RenderError } from "../transport.ts";
import type { WebSocketOptions } from "./options.ts";

/** A client that may connect. Its seat must be released when it disconnects. */
export interface Entrant {
  /** Distinguishes it from a response. */
  readonly kind: "upgrade";
  /** The driver's part, which takes over the connection. */
  readonly accepted: AcceptedSocket;
  /** The negotiated subprotocol. */
  readonly protocol: string | undefined;
  /** Its connection slot. */
  readonly seat: Seat;
  /** Log fields that identify the client. */
  readonly fields: LogFields;
}

/** The decision about a request for a WebSocket. */
export type Decision =
  | Entrant
  | { readonly kind: "respond"; readonly response: Response };

/** The dependencies of a gate. */
export interface GateContext {
  /** Asks the driver about clients. */
  readonly admission: Admission;
  /** The options of the mount. */
  readonly options: WebSocketOptions;
  /** Finds the browser's session, if the mount has a `session` option. */
  readonly findSession: SessionFinder | undefined;
  /** Creates the response for errors. */
  readonly renderError: RenderError;
}

/** Decides about the clients of one mount. */
export class WebSocketGate {
  readonly #context: GateContext;

  /** Creates the gate of a mount. */
  constructor(context: GateContext) {
    this.#context = context;
  }

  /**
   * Decides about a request.
   *
   * @param request The request.
   * @param info What the host passes along with it.
   * @param pathParams The parameters of the path.
   * @returns The client that may connect, or the response that refuses it.
   * @throws Whatever an option of the application threw.
   */
  async decide(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Decision> {
    const { admission, options, findSession, renderError } = this.#context;
    const fault = request.method === "GET" ? handshakeFault(request) : "";
    if (fault !== undefined) return respond(new Response(fault, { status: 400 }));
    // Everything is read before the first `await` and the upgrade, since the request may be closed afterwards.
    const snapshot = new RequestSnapshot(request);
    const offer = offeredProtocols(request.headers.get("sec-websocket-protocol"), options.authToken ?? false);
    if (!await admission.allowsOrigin(request, info)) return respond(forbidden());
    const protocol = this.#chooseProtocol(offer.protocols);
    if (protocol === "none") return respond(forbidden());
    const params = parseParams(queryOf(snapshot.url), pathParams);
    const session = findSession && await findSession(snapshot.headers, params);
    const details = new RequestInfo({
      request: snapshot,
      serveInfo: info,
      transport: "websocket",
      authToken: offer.authToken,
      session,
      addressOf: admission.addressOf,
    });
    const result = await admission.ask(params, details);
    switch (result.next) {
      case "failed":
        return respond(renderError(result.error));
      case "refuse":
        return respond(await (options.errorHandler?.(result.reason, snapshot) ?? forbidden()));
      case "full":
        return respond(new Response(result.reason, { status: result.status, headers: { "retry-after": "1" } }));
      case "ok": {
        const { value: accepted, seat } = result;
        return { kind: "upgrade", accepted, protocol, seat, fields: clientFields(details, accepted.id) };
      }
    }
  }

  #chooseProtocol(offered: readonly string[]): string | undefined {
    const { subprotocols = [], authToken = false } = this.#context.options;
    const spoken = authToken ? [...subprotocols, "phoenix"] : subprotocols;
    if (offered.length === 0 || spoken.length === 0) return undefined;
    return spoken.find((name) => offered.includes(name)) ?? "none";
  }
}

function respond(response: Response): Decision {
  return { kind: "respond", response };
}

function forbidden(): Response {
  return new Response(null, { status: 403 });
}
