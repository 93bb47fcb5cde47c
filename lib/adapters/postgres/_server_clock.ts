/**
 * The clock of the server, as far as this node knows it. The clocks of two machines may differ by any time.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import type { Connection } from "./_connection.ts";

/** The time of the server. */
export class ServerClock {
  #offsetMs = 0;

  /**
   * Reads the clock of the server. Again from time to time: no two clocks run at the same speed.
   *
   * @param statement Returns the server's time in milliseconds, in the column `now`.
   */
  async read(connection: Connection, statement: string): Promise<void> {
    const sentMs = monotonicMs();
    const { rows: [row] } = await connection.query({ text: statement });
    this.#offsetMs = Number(row?.now) - sentMs; // the time of the answer included: rather too late than too early
  }

  /** Returns the time of the server in milliseconds, or somewhat later. */
  now(): number {
    return monotonicMs() + this.#offsetMs;
  }
}
