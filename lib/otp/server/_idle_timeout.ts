/**
 * The idle timeout of a server, which it gets when no message arrives for some time: see `timeoutAfter`.
 *
 * @module
 */

import { Timer, timers } from "../../base/timer_wheel.ts";
import type { Mailbox } from "../process/mailbox.ts";
import { TIMEOUT } from "./result.ts";

/** A timer that sends `TIMEOUT` to a mailbox that stays empty for some time. */
export class IdleTimeout extends Timer {
  readonly #mailbox: Mailbox<unknown>;
  readonly #timeoutMs: number;

  /** Creates a timeout that is not started. */
  constructor(mailbox: Mailbox<unknown>, timeoutMs: number) {
    super();
    this.#mailbox = mailbox;
    this.#timeoutMs = timeoutMs;
  }

  /** Starts or restarts the timeout. */
  start(): void {
    if (this.#timeoutMs !== Infinity) timers.add(this, this.#timeoutMs);
  }

  /** Cancels the timeout. */
  cancel(): void {
    timers.cancel(this);
  }

  /** Does nothing if a message waits in the mailbox; a `sys` request restarts the timeout. */
  override onTimeout(): void {
    if (this.#mailbox.length === 0) this.#mailbox.postSystem(TIMEOUT);
  }
}
