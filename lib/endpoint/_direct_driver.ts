/**
 * A driver for connections that are made without an HTTP request, as in tests.
 *
 * @module
 */

import { bothSeats, type Seat, type SeatLimit, UNCOUNTED } from "../limits/seat.ts";
import { type Ok, ok, type Refuse, refuse } from "../otp/server/result.ts";
import { takeSeatOf, TOO_MANY_OF_ID } from "../transport/admission.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Connection } from "../transport/connection.ts";
import type { ConnectionSet } from "../transport/connection_set.ts";
import type { Params } from "../transport/request/params.ts";
import type { AcceptedSocket, SocketDriver, SocketSession } from "../transport/socket_driver.ts";

/** A driver whose connections are counted, and closed when the endpoint shuts down, like those of its transports. */
export class DirectDriver implements SocketDriver {
  readonly #driver: SocketDriver;
  readonly #connections: ConnectionSet;
  readonly #total: SeatLimit;

  /** Wraps a driver. */
  constructor(driver: SocketDriver, connections: ConnectionSet, total: SeatLimit) {
    this.#driver = driver;
    this.#connections = connections;
    this.#total = total;
  }

  /** Asks the driver, unless the endpoint shuts down or is full. */
  async connect(params: Params, info: ConnectInfo): Promise<Ok<AcceptedSocket> | Refuse> {
    if (this.#connections.draining) return refuse("shutting down");
    const seat = takeSeatOf(this.#total);
    if (!seat) return refuse("too many connections");
    const decision = await this.#decide(params, info, seat);
    if (decision.next !== "ok") seat.release();
    return decision;
  }

  async #decide(params: Params, info: ConnectInfo, seat: Seat): Promise<Ok<AcceptedSocket> | Refuse> {
    try {
      const decision = await this.#driver.connect(params, info);
      if (decision.next !== "ok") return decision;
      const own = decision.value.takeSeat ? decision.value.takeSeat() : UNCOUNTED;
      if (!own) return refuse(TOO_MANY_OF_ID);
      return ok(this.#counted(decision.value, bothSeats(seat, own)));
    } catch (thrown) {
      seat.release();
      throw thrown;
    }
  }

  #counted(accepted: AcceptedSocket, seat: Seat): AcceptedSocket {
    const connections = this.#connections;
    return {
      open(connection: Connection): SocketSession {
        const session = opened(accepted, connection, seat);
        connections.add(connection);
        return {
          handleIn: (frame) => session.handleIn(frame),
          close(reason) {
            connections.delete(connection);
            seat.release();
            return session.close(reason);
          },
        };
      },
    };
  }
}

function opened(accepted: AcceptedSocket, connection: Connection, seat: Seat): SocketSession {
  try {
    return accepted.open(connection);
  } catch (thrown) {
    seat.release();
    throw thrown;
  }
}
