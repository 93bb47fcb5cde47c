/**
 * Aliases: addresses of a process that can be deactivated.
 *
 * @module
 */

import type { Process } from "./process.ts";
import type { SendResult } from "./mailbox.ts";

/**
 * An address of a process that can be deactivated. Late replies to it are then discarded instead of filling the
 * mailbox.
 *
 * @category Processes
 */
export interface Alias<in M = never> {
  /** Whether the alias still delivers messages. */
  readonly active: boolean;
  /**
   * Sends `message` to the process behind the alias.
   *
   * @returns The result of the send; `"closed"` if the alias is not active any more.
   */
  send(message: M): SendResult;
  /** Deactivates the alias. Messages that already wait in the mailbox stay there. OTP's `Process.unalias/1`. */
  unalias(): void;
}

/**
 * Options for {@linkcode Self.alias}.
 *
 * @category Processes
 */
export interface AliasOptions {
  /**
   * Deactivates the alias after the first message that it delivers: OTP's `:reply`. A message that a full mailbox
   * refuses does not count, and may be sent again.
   *
   * @default {false}
   */
  readonly once?: boolean;
}

/** An alias of a {@linkcode Process}. */
export class ProcessAlias implements Alias<unknown> {
  #process: Process | undefined;
  readonly #once: boolean;

  /** Creates an active alias. */
  constructor(process: Process, { once = false }: AliasOptions = {}) {
    this.#process = process;
    this.#once = once;
  }

  /** Whether the alias still delivers messages. */
  get active(): boolean {
    return this.#process?.alive ?? false;
  }

  /** Sends `message` to the process. */
  send(message: unknown): SendResult {
    const result = this.#process?.send(message) ?? "closed";
    if (this.#once && result === "sent") this.unalias();
    return result;
  }

  /** Deactivates the alias. */
  unalias(): void {
    this.#process = undefined;
  }
}
