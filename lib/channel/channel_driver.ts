/**
 * Accepts the connections of a {@linkcode Socket} and runs its channels.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { Log } from "../base/log.ts";
import { whenDone } from "../base/thenable.ts";
import type { Ok, Refuse } from "../otp/server/result.ts";
import { ok, refuse } from "../otp/server/result.ts";
import { takesBatches } from "../protocol/batch.ts";
import { TOKEN_EXPIRED } from "../protocol/error_reasons.ts";
import { chooseSerializer, type Serializer } from "../protocol/serializer.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { redactor } from "../base/redact.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Connection } from "../transport/connection.ts";
import type { Params } from "../transport/request/params.ts";
import type { AcceptedSocket, SocketDriver } from "../transport/socket_driver.ts";
import { limitHit } from "../limits/telemetry.ts";
import { LIMITS, type SocketLimits } from "../limits/limit_set.ts";
import { type Seat, SeatLimit } from "../limits/seat.ts";
import type { HistoryRoute } from "../history/engine.ts";
import { historyRoutesOf } from "./history/_declared_history.ts";
import { assertSocket, limitsOf } from "./_check_socket.ts";
import type { ClientContext } from "./_client_context.ts";
import { clientOriginOf } from "./_client_origin.ts";
import { Identity } from "./_identity.ts";
import { Router } from "../protocol/topic_router.ts";
import type { Socket } from "./socket.ts";
import { okOrRefuse } from "./_ok_or_refuse.ts";
import type { SocketTree } from "./socket_tree.ts";
import type { SocketContext } from "./_socket_context.ts";
import { PushMemory } from "./repeats/_push_memory.ts";
import { SocketServer } from "./_socket_server.ts";

type Connected<V> = Ok<V> | Refuse;

/** The format that a client requested with its `vsn`. */
interface Format {
  readonly serializer: Serializer;
  readonly takesBatches: boolean;
}

/** What a driver gets from its endpoint. */
export interface DriverOptions {
  /** Receives the reports. */
  readonly log?: Log;
  /** The limits for those that the socket does not declare. */
  readonly limits?: SocketLimits;
  /** See `EndpointOptions.validateOut`. */
  readonly validateOut?: boolean;
}

/** Lets clients connect to a socket's channels. */
export class ChannelDriver<A extends object> implements SocketDriver {
  readonly #socket: Socket<A>;
  /** The routes of its channels, if some of them have history. */
  readonly historyRoutes: readonly HistoryRoute[];
  readonly #context: SocketContext<A>;
  readonly #ids: SeatLimit;

  /**
   * Creates the driver of a socket.
   *
   * @param tree Holds the processes of connections and channels.
   * @param options The log, the limits that the socket does not declare, and more.
   * @throws {TypeError} If a topic pattern is invalid, or a channel is not a class that extends `Channel`.
   * @throws {RangeError} If a limit is invalid.
   */
  constructor(
    socket: Socket<A>,
    pubsub: PubSub,
    tree: SocketTree,
    { log = new Log(), limits: defaults = LIMITS.standard.socket, validateOut = false }: DriverOptions = {},
  ) {
    assertSocket(socket);
    this.#socket = socket;
    const limits = limitsOf(socket, defaults);
    this.#ids = new SeatLimit("maxConnectionsPerId", limits.maxConnectionsPerId);
    this.#context = {
      router: new Router(socket.channels),
      pubsub,
      tree,
      limits,
      pushes: new PushMemory(),
      redact: redactor(socket.redactedKeys),
      label: socket.constructor.name,
      log,
      validateOut,
    };
    this.historyRoutes = historyRoutesOf(socket.channels);
  }

  /** Accepts a client if it uses a known format and the socket's `connect` allows it. */
  connect(params: Params, info: ConnectInfo): MaybePromise<Connected<AcceptedSocket>> {
    const serializer = chooseSerializer(this.#socket.serializers, params.vsn);
    if (!serializer) return refuse("unsupported vsn");
    const result = this.#socket.connect(params, info);
    const format: Format = { serializer, takesBatches: takesBatches(params.vsn) };
    return whenDone(result, (result) => this.#accept(result, format, info));
  }

  #accept(
    result: Connected<A | undefined>,
    { serializer, takesBatches }: Format,
    info: ConnectInfo,
  ): Connected<AcceptedSocket> {
    const decided = okOrRefuse(
      result,
      () => "Cannot connect socket: connect must return ok(assigns) or refuse(reason)",
    );
    if (decided.next === "refuse") return decided;
    const identity = new Identity(this.#socket, decided.value ?? {} as A);
    if (identity.isExpired) return refuse(TOKEN_EXPIRED);
    return ok(this.#accepted({ identity, serializer, origin: clientOriginOf(info) }, takesBatches));
  }

  #accepted(client: ClientContext<A>, takesBatches: boolean): AcceptedSocket {
    const open = (connection: Connection) => new SocketServer(client, connection, this.#context);
    const { identity: { id }, origin: { address } } = client;
    if (id === null || this.#ids.max === Infinity) return { id, takesBatches, open };
    return { id, takesBatches, ...seated(open, () => this.#takeSeat(id, address)) };
  }

  #takeSeat(id: string, address: string | undefined): Seat | undefined {
    const seat = this.#ids.take(id);
    const { max } = this.#ids;
    if (!seat) limitHit("maxConnectionsPerId", { max, found: max + 1, address, id });
    return seat;
  }
}

/**
 * Wraps a client so that it takes a connection slot and releases it as soon as its session ends. Its transport may keep
 * other slots until the TCP connection has ended. After a network loss that takes minutes, and the client should be
 * able to reconnect before.
 */
function seated(open: AcceptedSocket["open"], takeSeat: () => Seat | undefined): AcceptedSocket {
  let seat: Seat | undefined;
  return {
    takeSeat: () => seat = takeSeat(),
    open(connection) {
      const session = open(connection);
      return {
        handleIn: (frame) => session.handleIn(frame),
        close(reason) {
          seat?.release();
          return session.close(reason);
        },
      };
    },
  };
}
