/**
 * Tells the operator which pages are turned away: nearly always it is a page of their own under another name.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";

/** Clients choose what they send: so many different origins are logged, and no more. */
const MOST_LOGGED = 100;

/** The origins that were turned away, each logged once. */
export class RefusedOrigins {
  readonly #log: Log | undefined;
  readonly #logged = new Set<string>();

  /** Creates the set, with nobody in it. */
  constructor(log: Log | undefined) {
    this.#log = log;
  }

  /**
   * Logs that a page was turned away, at `warn`, unless that is known.
   *
   * @param origin The page's origin.
   * @param host What it was compared with.
   */
  report(origin: string, host: string): void {
    const key = `${origin} ${host}`;
    if (this.#logged.has(key) || this.#logged.size >= MOST_LOGGED) return;
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
