/**
 * Addresses of a process that can be taken back.
 *
 * @module
 */

import type { Process } from "./process.ts";
import type { SendResult } from "./mailbox.ts";

/** An address of a process that works until it is taken back: late answers vanish instead of piling up. */
export interface Alias<in M = never> {
  /** Whether messages still arrive. */
  readonly active: boolean;
  /**
   * Sends `message` to the process behind the alias.
   *
   * @returns What became of it; `"closed"` if the alias was taken back.
   */
  send(message: M): SendResult;
  /** Takes the alias back. Messages that already wait stay. OTP's `Process.unalias/1`. */
  unalias(): void;
}

/** Options for {@linkcode Self.alias}. */
export interface AliasOptions {
  /**
   * Takes the alias back with the first message that comes through it: OTP's `:reply`. One that a full mailbox turns
   * away has not come through, and may be sent again.
   *
   * @default {false}
   */
  readonly once?: boolean;
}

/** The alias of a process. */
export class ProcessAlias implements Alias<unknown> {
  #process: Process | undefined;
  readonly #once: boolean;

  /** Creates an active alias. */
  constructor(process: Process, { once = false }: AliasOptions = {}) {
    this.#process = process;
    this.#once = once;
  }

  /** Whether messages still arrive. */
  get active(): boolean {
    return this.#process?.alive ?? false;
  }

  /** Sends `message` to the process. */
  send(message: unknown): SendResult {
    const result = this.#process?.send(message) ?? "closed";
    if (this.#once && result === "sent") this.unalias();
    return result;
  }

  /** Takes the alias back. */
  unalias(): void {
    this.#process = undefined;
  }
}
