/**
 * Pings clients that have sent nothing for a while, with one timer for all of them.
 *
 * @module
 */

import type { Socket } from "node:net";
import { Alarm } from "../../../base/alarm.ts";
import type { FramesSocket } from "./_frames_socket.ts";

/** Pings the sockets of one server. */
export class PingSweep {
  readonly #periodMs: number;
  readonly #sockets = new Set<FramesSocket>();
  readonly #alarm: Alarm = new Alarm(() => this.#sweep());

  /**
   * Creates a sweep without sockets.
   *
   * @param periodMs How long a client may be quiet, in milliseconds. `Infinity` disables pings.
   */
  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Pings `socket` until its connection is over. One whose client vanished during the handshake has no `close` to come. */
  add(socket: FramesSocket, tcp: Socket): void {
    if (this.#periodMs === Infinity || tcp.closed) return;
    this.#sockets.add(socket);
    if (this.#sockets.size === 1) this.#alarm.set(this.#periodMs);
    tcp.on("close", () => this.#delete(socket));
  }

  /** Stops pinging. */
  end(): void {
    this.#sockets.clear();
    this.#alarm.clear();
  }

  #delete(socket: FramesSocket): void {
    if (this.#sockets.delete(socket) && this.#sockets.size === 0) this.#alarm.clear();
  }

  #sweep(): void {
    for (const socket of this.#sockets) {
      if (socket.isQuiet) socket.ping();
      socket.isQuiet = true;
    }
    this.#alarm.set(this.#periodMs);
  }
}
