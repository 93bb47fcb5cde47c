/**
 * Whether a request may become a WebSocket: everything before the upgrade, whatever server makes it.
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

/** A client that may connect; its seat has to be given back when it goes. */
export interface Entrant {
  /** Tells it from a response. */
  readonly kind: "upgrade";
  /** What takes the connection over. */
  readonly accepted: AcceptedSocket;
  /** The subprotocol that both speak. */
  readonly protocol: string | undefined;
  /** Its seat. */
  readonly seat: Seat;
  /** What logs say of it. */
  readonly fields: LogFields;
}

/** What becomes of a request for a WebSocket. */
export type Decision =
  | Entrant
  | { readonly kind: "respond"; readonly response: Response };

/** What a gate stands on. */
export interface GateContext {
  /** Asks the driver. */
  readonly admission: Admission;
  /** The options of the mount. */
  readonly options: WebSocketOptions;
  /** Finds the browser's session, where the mount names one. */
  readonly findSession: SessionFinder | undefined;
  /** The response for what throws. */
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
   * @param info What the host knows of it.
   * @param pathParams What the path held.
   * @returns Whether it may become a WebSocket, or the response that it gets instead.
   * @throws What an option of the application threw.
   */
  async decide(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Decision> {
    const { admission, options, findSession, renderError } = this.#context;
    const fault = request.method === "GET" ? handshakeFault(request) : "";
    if (fault !== undefined) return respond(new Response(fault, { status: 400 }));
    // Everything is read before the first wait and the upgrade: afterwards the request may be closed.
    const snapshot = new RequestSnapshot(request);
    const offer = offeredProtocols(request.headers.get("sec-websocket-protocol"), options.authToken ?? false);
    if (!await admission.allowsOrigin(request, info)) return respond(forbidden());
    const protocol = this.#chooseProtocol(offer.protocols);
    if (protocol === "none") return respond(forbidden());
    const params = parseParams(queryOf(snapshot.url), pathParams);
    const session = findSession && await findSession(snapshot.headers, params);
    const details = new RequestInfo(snapshot, info, "websocket", offer.authToken, session);
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
