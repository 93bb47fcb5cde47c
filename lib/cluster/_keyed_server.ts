/**
 * One key and its server: starting, running, ending.
 *
 * @module
 */

import { nextTurn } from "../base/pause.ts";
import { quoted } from "../base/printable.ts";
import { withinTime } from "../base/within_time.ts";
import type { ServerKeeper, ServerProcess } from "../otp/server/server_process.ts";
import { CallExitError, CallTimeoutError } from "../otp/process/errors.ts";
import type { ExitReason, Shutdown } from "../otp/process/exit_reason.ts";
import type { SavedState } from "./_saved_state.ts";
import { IdleWatch } from "./_idle_watch.ts";
import type { KeyOwner } from "./key_owner.ts";

/**
 * The exit reason of a server whose node has lost the ownership of its key. It ended at once, without `terminate`: another
 * node may have the key already.
 */
export const OWNERSHIP_LOST: Shutdown = { shutdown: "ownership lost" };

/** Settings shared by all keys of one `KeyedServers`. */
export interface KeyedServerSettings {
  /** How long a server may take to end, in milliseconds, before it is killed. */
  readonly shutdownMs: number;
  /** A server that is unused for this long is ended. In milliseconds. */
  readonly idleMs: number;
  /** Whether an idle server is kept. Never throws. */
  keeps(server: KeyedServer<unknown>): boolean;
}

/** One server of one key. A later server of the same key is another instance. `R` is the type that users see. */
export class KeyedServer<R> implements KeyOwner, ServerKeeper {
  readonly key: string;
  /** Its process, as soon as it exists; it may still be running `init`. */
  process: ServerProcess<unknown> | undefined;
  /** Settles when the server has started or has failed to start. All callers get this same promise. */
  started!: Promise<R>;
  readonly #settings: KeyedServerSettings;
  /** The token that the engine gave. */
  readonly claimToken: bigint | number; // a number costs less, and few programs need it
  /** Saves its state, if there is a store. */
  saved: SavedState | undefined;
  /** Called when it is lost while its state is loaded. */
  onLost: ((reason: ExitReason) => void) | undefined;
  #running: R | undefined;
  #idle: IdleWatch | undefined;
  #ending: Promise<void> | undefined;
  #lossReason: ExitReason | undefined;

  /** Creates a key without a server yet. */
  constructor(key: string, token: bigint | number, settings: KeyedServerSettings) {
    this.key = key;
    this.claimToken = token;
    this.#settings = settings;
  }

  get token(): bigint {
    return this.saved?.token ?? BigInt(this.claimToken);
  }

  get afterTerminate(): ServerKeeper["afterTerminate"] {
    const { saved } = this;
    return saved && ((state) => saved.saveLast(state));
  }

  save(state: unknown): Promise<void> {
    if (this.saved) return this.saved.save(state);
    return Promise.reject(
      new TypeError(`Cannot save the state of ${quoted(this.key)}: there is no option "store"; set it`),
    );
  }

  /** Whether messages sent to it will be read, now or once it has started. */
  get isOpen(): boolean {
    return this.#ending === undefined && this.#lossReason === undefined && this.process?.mailbox.closed !== true;
  }

  /** The server, if it has started and is not ending. */
  get running(): R | undefined {
    return this.isOpen ? this.#running : undefined;
  }

  /** Marks the server as used. */
  touch(): void {
    this.#idle?.touch();
  }

  /** Called when its `init` has returned. */
  runs(server: R): void {
    this.#running = server;
    if (this.process?.alive) this.saved?.begin(this.process);
    if (!this.isOpen || this.#settings.idleMs === Infinity) return;
    this.#idle = new IdleWatch(this.process!, this.#settings.idleMs, () => this.#onIdle());
  }

  /**
   * Ends the server in order and waits until it is gone: it handles the messages in its mailbox and cleans up. Kills it
   * if that takes longer than `shutdownMs`, or if its start does. It is not open from now on. Callers that received the
   * server earlier in this turn of the event loop may still send to it; those messages are handled.
   */
  end(reason: ExitReason): Promise<void> {
    return this.#ending ??= this.#end(reason);
  }

  /** Ends the server now, without `terminate`, or as soon as it has a process. */
  lose(reason: ExitReason): void {
    this.#lossReason = reason;
    this.onLost?.(reason);
    this.process?.end(reason);
  }

  /** Why it must not run any more, if so. */
  get lossReason(): ExitReason | undefined {
    return this.#lossReason;
  }

  /** Called when its process has ended. */
  hasEnded(): void {
    this.#idle?.stop();
    this.saved?.end();
  }

  async #end(reason: ExitReason): Promise<void> {
    this.#idle?.stop();
    if (this.#running === undefined && !await this.#hasStarted()) return;
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

  /** Waits for the end of its start. One that takes too long is given up. */
  async #hasStarted(): Promise<boolean> {
    const outcome = this.started.then(() => true, () => false);
    try {
      return await withinTime(outcome, this.#settings.shutdownMs, () => new Error("still starting"));
    } catch {
      this.lose("killed");
      return false;
    }
  }

  #onIdle(): void {
    if (this.isOpen && !this.#settings.keeps(this)) void this.end({ shutdown: "idle" });
  }
}
