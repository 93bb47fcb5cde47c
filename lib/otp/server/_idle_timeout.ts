/**
 * The time after which a server that gets no message is told so: see `timeoutAfter`.
 *
 * @module
 */

import { Timer, timers } from "../../base/timer_wheel.ts";
import type { Mailbox } from "../process/mailbox.ts";
import { TIMEOUT } from "./result.ts";

/** Puts `TIMEOUT` into a mailbox that stays empty for some time. */
export class IdleTimeout extends Timer {
  readonly #mailbox: Mailbox<unknown>;
  readonly #timeoutMs: number;

  /** Creates a timeout that does not run. */
  constructor(mailbox: Mailbox<unknown>, timeoutMs: number) {
    super();
    this.#mailbox = mailbox;
    this.#timeoutMs = timeoutMs;
  }

  /** Begins to count, or begins anew. */
  start(): void {
    if (this.#timeoutMs !== Infinity) timers.add(this, this.#timeoutMs);
  }

  /** Does not count any more. */
  cancel(): void {
    timers.cancel(this);
  }

  /** Whoever waits in the mailbox calls it off; a look at the server by `sys` starts it anew. */
  override onTimeout(): void {
    if (this.#mailbox.length === 0) this.#mailbox.postSystem(TIMEOUT);
  }
}
