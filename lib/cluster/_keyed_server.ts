/**
 * One key and its server: starting, running, ending.
 *
 * @module
 */

import { nextTurn } from "../base/pause.ts";
import type { ServerProcess } from "../otp/server/server_process.ts";
import { CallExitError, CallTimeoutError } from "../otp/process/errors.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import { IdleWatch } from "./_idle_watch.ts";

/** What all keys of some keyed servers have in common. */
export interface KeyedServerSettings {
  /** How long a server may take to end. */
  readonly shutdownMs: number;
  /** After what time without use it is ended. */
  readonly idleMs: number;
  /** Whether a server is kept though nobody uses it. Never throws. */
  keeps(server: KeyedServer<unknown>): boolean;
}

/** One server of a key; the next server of the same key is another one of these. `R` is how users see it. */
export class KeyedServer<R> {
  readonly key: string;
  /** Its process, from the moment that there is one: it may still be busy with `init`. */
  process: ServerProcess<unknown> | undefined;
  /** Settles when it has started, or failed to. All who wait for it, and all who come later, get this promise. */
  started!: Promise<R>;
  readonly #settings: KeyedServerSettings;
  #running: R | undefined;
  #idle: IdleWatch | undefined;
  #ending: Promise<void> | undefined;

  /** Creates a key without a server yet. */
  constructor(key: string, settings: KeyedServerSettings) {
    this.key = key;
    this.#settings = settings;
  }

  /** Whether what is sent to it will be read, or will be once it has started. */
  get isOpen(): boolean {
    return this.#ending === undefined && this.process?.mailbox.closed !== true;
  }

  /** The server, if it has started and is not ending. */
  get running(): R | undefined {
    return this.isOpen ? this.#running : undefined;
  }

  /** Counts as use. */
  touch(): void {
    this.#idle?.touch();
  }

  /** Its `init` is through. */
  runs(server: R): void {
    this.#running = server;
    if (!this.isOpen || this.#settings.idleMs === Infinity) return;
    this.#idle = new IdleWatch(this.process!, this.#settings.idleMs, () => this.#onIdle());
  }

  /**
   * Ends it in order, whatever it is at, and waits until it is gone: it handles what waits for it and cleans up. Kills it
   * if it takes longer than it may. It is not open any more from now on; but those who were given it before may still have
   * to come to their turn, and what they send is handled.
   */
  end(reason: ExitReason): Promise<void> {
    return this.#ending ??= this.#end(reason);
  }

  /** Its process has ended. */
  hasEnded(): void {
    this.#idle?.stop();
  }

  async #end(reason: ExitReason): Promise<void> {
    this.#idle?.stop();
    const hasStarted = await this.started.then(() => true, () => false);
    if (!hasStarted) return;
    await nextTurn();
    const { process } = this;
    try {
      await process!.stop(reason, { timeoutMs: this.#settings.shutdownMs });
    } catch (error) {
      if (error instanceof CallExitError) return; // it is gone, which is what counts here, for a reason of its own
      if (!(error instanceof CallTimeoutError)) throw error;
      process!.exit("kill");
    }
  }

  #onIdle(): void {
    if (this.isOpen && !this.#settings.keeps(this)) void this.end({ shutdown: "idle" });
  }
}
