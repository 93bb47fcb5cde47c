/**
 * Notices long-poll requests that ask for a session of another thread or program.
 *
 * A session is in the memory of the thread that opened it. Under `deno serve --parallel`, or behind a proxy that spreads
 * requests, most requests of a client miss it, and the client begins anew each time: it looks like a network that fails
 * now and then. So the first such request is reported.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import { signedAtMsOf } from "../../security/token.ts";

/** Tells the sessions of one transport from those of others. */
export class StraySessions {
  readonly #home = ulid();
  readonly #sinceMs = Date.now();
  #onFirst: (() => void) | undefined;

  /** Creates the watch of a transport. `onFirst` is called once, or never. */
  constructor(onFirst: (() => void) | undefined) {
    this.#onFirst = onFirst;
  }

  /** A new id for a session of this transport. */
  createId(): string {
    return `${this.#home}.${ulid()}`;
  }

  /**
   * Looks at a token whose session is not here.
   *
   * @param token The token. Made since this transport is there, it is another's; an older one is of the program before.
   * @param id The session's id, if the token is good.
   */
  look(token: string | undefined, id?: string): void {
    if (!this.#onFirst || token === undefined || id?.startsWith(this.#home)) return;
    const signedAtMs = signedAtMsOf(token);
    if (signedAtMs === undefined || signedAtMs < this.#sinceMs || signedAtMs > Date.now()) return;
    this.#onFirst();
    this.#onFirst = undefined;
  }
}
