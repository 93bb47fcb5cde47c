/**
 * Messages that every server understands, whatever it is: the way in for `sys`.
 *
 * @module
 */

import type { ServerStatus } from "../process/server_status.ts";
import type { Call } from "./call.ts";
import { exitReasonOf } from "../process/exit_reason.ts";
import type { ServerDebug } from "./_debug.ts";

/** What a system message may do with a server. */
export interface ServerControl {
  /** The server's state. */
  getState(): unknown;
  /** Puts another state in its place. */
  setState(state: unknown): void;
  /** What may be shown of it. */
  status(): ServerStatus;
  /** Lets ordinary messages wait, or go on. */
  setSuspended(suspended: boolean): void;
  /** Who looks on, if anybody. */
  readonly debug: ServerDebug | undefined;
  /** Lets somebody look on, or nobody. */
  setDebug(debug: ServerDebug | undefined): void;
}

/** Something to do with the server itself, between two messages. */
export class SystemMessage {
  readonly #call: Call;
  readonly #act: (control: ServerControl) => unknown;

  /** Creates the message; `call` waits for what `act` answers. */
  constructor(call: Call, act: (control: ServerControl) => unknown) {
    this.#call = call;
    this.#act = act;
  }

  /** Does it. What it throws goes to whoever asked for it, not to the server. */
  carryOut(control: ServerControl): void {
    try {
      this.#call.reply(this.#act(control));
    } catch (thrown) {
      this.#call.reject(exitReasonOf(thrown));
    }
  }
}
