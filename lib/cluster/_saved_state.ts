/**
 * Saves the state of one server by key: on request, from time to time, and at the end.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import type { Log } from "../base/log.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { ServerProcess } from "../otp/server/server_process.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import { assertStorable } from "./crossing.ts";
import { OwnershipLostError } from "./errors.ts";
import type { OwnerStore } from "./owner_store.ts";
import { reportSaveFailed } from "./telemetry.ts";

/** How often a state is loaded with a higher token: more than once only if others do the same. */
const MAX_LOADS = 3;

/** In place of the state that was saved last, when a save has failed and may have arrived. */
const NOT_KNOWN: unique symbol = Symbol("not known");

/** What saving needs to know. */
export interface SavedStateParts {
  /** Where states are kept. */
  readonly store: OwnerStore;
  /** The key in the store. */
  readonly key: string;
  /** The fencing token that the engine gave. */
  readonly token: bigint;
  /** Asks the engine whether the key still belongs to this server. */
  readonly isStillOwner: () => Promise<boolean>;
  /** How often a changed state is saved, in milliseconds. */
  readonly saveMs: number;
  /** Describes the server in errors. */
  readonly label: string;
  /** Returns where failures are logged. */
  readonly log: () => Log;
  /** Called when the store has refused a state: another server has the key. */
  readonly onRefused: () => void;
}

/** Loads and saves the state of one server. Saves do not overlap. */
export class SavedState {
  /** The fencing token: that of the engine, or a higher one if the store has seen a higher one. */
  #token: bigint;
  readonly #parts: SavedStateParts;
  readonly #alarm = new Alarm(() => void this.#saveChanged());
  #process: ServerProcess<unknown> | undefined;
  #lastSaved: unknown;
  /** The state that the server had, and the callback that ran, when a state was saved on request. */
  #ahead: { readonly of: unknown; readonly during: unknown } = { of: undefined, during: undefined };
  #last: Promise<unknown> = Promise.resolve();

  /** Creates it for a server that is about to start. */
  constructor(parts: SavedStateParts) {
    this.#parts = parts;
    this.#token = parts.token;
  }

  /** The fencing token of the server, once its state is loaded. */
  get token(): bigint {
    return this.#token;
  }

  /**
   * Loads the state that was saved last. From then on no earlier server of the key can save.
   *
   * Tokens come from a clock. If it was set back, and the engine has forgotten the last one, the store has seen a higher one
   * than that of the owner. When it has refused it, and the key still belongs to this server, no later owner was there.
   *
   * @throws {OwnershipLostError} If a later server of the key has been here.
   */
  async load(): Promise<JsonOrBytes | undefined> {
    const { store, key, label, isStillOwner } = this.#parts;
    for (let attempts = 0; attempts < MAX_LOADS; attempts++) {
      const loaded = await store.load(key, this.#token);
      if (loaded.status === "loaded") {
        if (this.#token === this.#parts.token || await isStillOwner()) return loaded.state;
        break; // the next owner may have chosen the same higher token
      }
      const { token: seen } = loaded;
      if (seen === undefined || seen < this.#token || !await isStillOwner()) break;
      this.#token = seen + 1n;
    }
    throw new OwnershipLostError(label);
  }

  /** Begins to save the state of a process that has started. */
  begin(process: ServerProcess<unknown>): void {
    this.#process = process;
    this.#alarm.set(this.#parts.saveMs);
  }

  /** The process has ended: nothing is saved any more. */
  end(): void {
    this.#alarm.clear();
  }

  /**
   * Saves a state.
   *
   * @throws {OwnershipLostError} If the server has ended, or the store refuses it.
   * @throws {TypeError} If it is neither JSON nor bytes.
   */
  save(state: unknown): Promise<void> {
    return this.#inTurn(async () => {
      await this.#store(state);
      this.#ahead = { of: this.#process?.lastState, during: this.#callback };
    });
  }

  /** Saves the state of a server that ends, if it has changed. */
  async saveLast(state: unknown): Promise<void> {
    this.#alarm.clear();
    await this.#saveIfChanged(() => state);
  }

  async #saveChanged(): Promise<void> {
    await this.#saveIfChanged(() => this.#process?.lastState);
    if (this.#process?.alive) this.#alarm.set(this.#parts.saveMs);
  }

  /** Decides in its turn: a save that was under way may have been the one of this state, or of a later one. */
  async #saveIfChanged(stateNow: () => unknown): Promise<void> {
    const saved = this.#inTurn(async () => {
      const state = stateNow();
      if (state !== this.#lastSaved && !this.#isOutdated(state)) await this.#store(state);
    });
    await saved.catch((thrown) => this.#report(thrown));
  }

  /** Whether a callback has saved what it is about to make of this state, and has not returned it yet, or has failed. */
  #isOutdated(state: unknown): boolean {
    const { of, during } = this.#ahead;
    return during !== undefined && during === this.#callback && of === state;
  }

  /** What the server is busy with: a message, or its end; `undefined` if with nothing that waits. */
  get #callback(): unknown {
    return this.#process?.current ?? (this.#process?.mailbox.closed ? this.#process : undefined);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #store(state: unknown): Promise<void> {
    const { store, key, label, onRefused } = this.#parts;
    if (this.#process?.alive === false) throw new OwnershipLostError(label);
    assertStorable(state, `state of ${label}`);
    this.#lastSaved = NOT_KNOWN; // if this fails
    if (await store.save(key, state, this.#token) === "saved") {
      this.#lastSaved = state;
      return;
    }
    onRefused();
    throw new OwnershipLostError(label);
  }

  #report(thrown: unknown): void {
    const { label, key, log } = this.#parts;
    reportSaveFailed({ server: label, key, token: this.#token, error: exitReasonOf(thrown) }, log());
  }
}
