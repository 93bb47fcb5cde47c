/**
 * Logs which pages were refused. Usually it is the operator's own page under another name.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";

/** Maximum number of different origins that are logged, since clients can send any. */
const MOST_LOGGED = 100;

/** The refused origins. Each is logged once, up to a maximum; one more record says that the others are not. */
export class RefusedOrigins {
  readonly #log: Log | undefined;
  readonly #logged = new Set<string>();
  #isFull = false;

  /** Creates an empty set. */
  constructor(log: Log | undefined) {
    this.#log = log;
  }

  /**
   * Logs at `warn` that a page was refused, unless that was logged before.
   *
   * @param origin The page's origin.
   * @param host What it was compared with.
   */
  report(origin: string, host: string): void {
    const key = `${origin} ${host}`;
    if (this.#isFull || this.#logged.has(key)) return;
    this.#isFull = this.#logged.size >= MOST_LOGGED;
    if (this.#isFull) return this.#log?.write("warn", undefined, FULL);
    this.#logged.add(key);
    this.#log?.write("warn", { origin, host }, REFUSED);
  }
}

const REFUSED: Report<{ readonly origin: string; readonly host: string }> = {
  kind: "refused origin",
  describe: (fields) => ({
    message: "refused a client of a page whose origin is not the host that it was compared with. " +
      'If that page is yours, set the option "host" of the endpoint to the host that browsers see, ' +
      'or name the origin in "checkOrigin". (Logged once for each origin.)',
    fields,
  }),
};

const FULL: Report<undefined> = {
  kind: "refused origins",
  describe: () => ({
    message: `refused clients of pages of more than ${MOST_LOGGED} origins: further origins are not logged. ` +
      'The event "urvogel:limit:hit" of the limit "checkOrigin" has all of them.',
  }),
};
