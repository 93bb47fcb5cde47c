/**
 * Connections that come another way than by a request, such as those of tests.
 *
 * @module
 */

import { type Ok, ok, type Refuse, refuse } from "../otp/result.ts";
import type { ConnectInfo } from "../transport/connect_info.ts";
import type { Connection } from "../transport/connection.ts";
import type { ConnectionSet } from "../transport/connection_set.ts";
import type { Params } from "../transport/params.ts";
import type { AcceptedSocket, SocketDriver, SocketSession } from "../transport/socket_driver.ts";

/** A driver whose connections are counted, and let go when the endpoint shuts down, like those of its transports. */
export class DirectDriver implements SocketDriver {
  readonly #driver: SocketDriver;
  readonly #connections: ConnectionSet;

  /** Creates the driver in front of another. */
  constructor(driver: SocketDriver, connections: ConnectionSet) {
    this.#driver = driver;
    this.#connections = connections;
  }

  /** Asks the driver, unless the endpoint shuts down. */
  async connect(params: Params, info: ConnectInfo): Promise<Ok<AcceptedSocket> | Refuse> {
    if (this.#connections.draining) return refuse("shutting down");
    const decision = await this.#driver.connect(params, info);
    return decision.next === "ok" ? ok(this.#counted(decision.value)) : decision;
  }

  #counted(accepted: AcceptedSocket): AcceptedSocket {
    const connections = this.#connections;
    return {
      open(connection: Connection): SocketSession {
        const session = accepted.open(connection);
        connections.add(connection);
        return {
          handleIn: (frame) => session.handleIn(frame),
          close(reason) {
            connections.delete(connection);
            return session.close(reason);
          },
        };
      },
    };
  }
}
