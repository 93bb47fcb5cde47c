/**
 * Detects long-poll requests for a session of another thread or program.
 *
 * A session is in the memory of the thread that opened it. Under `deno serve --parallel`, or behind a proxy that
 * spreads requests, most requests of a client reach the wrong thread, and the client opens a new session each time.
 * That looks like an unreliable network, so the first such request is reported.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import { signedAtMsOf } from "../../security/token.ts";

/** Distinguishes the sessions of one transport from those of others. */
export class StraySessions {
  /** Identifies the transport. */
  readonly home: string = ulid();
  readonly #sinceMs = Date.now();
  #onFirst: (() => void) | undefined;

  /** Creates the detector of a transport. `onFirst` is called at most once. */
  constructor(onFirst: (() => void) | undefined) {
    this.#onFirst = onFirst;
  }

  /** Returns a new id for a session of this transport. */
  createId(): string {
    return `${this.home}.${ulid()}`;
  }

  /**
   * Checks a token whose session was not found.
   *
   * @param token The token. One that is newer than this transport belongs to another; an older one belongs to an
   * earlier run of the program.
   * @param id The session's id, if the token is valid.
   */
  look(token: string | undefined, id?: string): void {
    if (!this.#onFirst || token === undefined || id?.startsWith(this.home)) return;
    const signedAtMs = signedAtMsOf(token);
    if (signedAtMs === undefined || signedAtMs < this.#sinceMs || signedAtMs > Date.now()) return;
    this.#onFirst();
    this.#onFirst = undefined;
  }
}
