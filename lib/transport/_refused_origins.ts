/**
 * Logs which pages were refused. Usually it is the operator's own page under another name.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";

/** Maximum number of different origins that are logged, since clients can send any. */
const MOST_LOGGED = 100;

/** The refused origins. Each is logged once. */
export class RefusedOrigins {
  readonly #log: Log | undefined;
  readonly #logged = new Set<string>();

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
