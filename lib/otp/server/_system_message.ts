/**
 * Messages that every kind of server handles, used by `sys`.
 *
 * @module
 */

import type { ServerStatus } from "../process/server_status.ts";
import type { Call } from "./call.ts";
import { exitReasonOf } from "../process/exit_reason.ts";
import type { ServerDebug } from "./_debug.ts";

/** The access that a system message has to a server. */
export interface ServerControl {
  /** Returns the state of the server. */
  getState(): unknown;
  /** Replaces the state of the server. */
  setState(state: unknown): void;
  /** Returns the status of the server, after its `formatStatus`. */
  status(): ServerStatus;
  /** Suspends or resumes the handling of ordinary messages. */
  setSuspended(suspended: boolean): void;
  /** The traces and statistics of the server, if there are any. */
  readonly debug: ServerDebug | undefined;
  /** Sets or removes the traces and statistics. */
  setDebug(debug: ServerDebug | undefined): void;
}

/** A function that is run with access to the server, between two messages. */
export class SystemMessage {
  readonly #call: Call;
  readonly #act: (control: ServerControl) => unknown;

  /** Creates the message; `call` waits for what `act` returns. */
  constructor(call: Call, act: (control: ServerControl) => unknown) {
    this.#call = call;
    this.#act = act;
  }

  /** Runs the function. If it throws, the caller gets the error, and the server is not affected. */
  carryOut(control: ServerControl): void {
    try {
      this.#call.reply(this.#act(control));
    } catch (thrown) {
      this.#call.reject(exitReasonOf(thrown));
    }
  }
}
