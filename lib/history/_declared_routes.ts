/**
 * Reads the routes that other nodes have declared.
 *
 * @module
 */

import { withinTime } from "../base/within_time.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { BusDownError } from "../pubsub/errors.ts";
import type { HistoryEngine, HistoryRoute } from "./engine.ts";
import { persist, type Retry } from "./_persistent.ts";
import { historyRetried } from "./telemetry.ts";

/** How long a program waits that may do without history, in milliseconds. */
const ATTEMPT_MS = 5_000;

/** What reading needs. */
export interface DeclaredRoutesParts {
  readonly engine: HistoryEngine;
  /** Waits before a call is repeated. */
  readonly retry: Retry;
  /** Called with what was read, unless it is nothing. */
  readonly learned: (routes: readonly HistoryRoute[]) => void;
}

/**
 * One node's view of the declared routes. There is one read at a time: what is declared meanwhile is read by one more.
 *
 * Until they are needed, a read that fails is not repeated: an engine may lack what history takes, such as JetStream,
 * rights or tables, and the program may not use it.
 */
export class DeclaredRoutes {
  readonly #parts: DeclaredRoutesParts;
  readonly #stopped = Promise.withResolvers<undefined>();
  #reading: Promise<void> | undefined;
  #isStale = false;
  #isNeeded = false;
  #isStopped = false;

  /** Creates a reader that has read nothing. */
  constructor(parts: DeclaredRoutesParts) {
    this.#parts = parts;
  }

  /** Reads the routes. Resolves when that is done, also if it has failed. */
  read(): Promise<void> {
    this.#isStale = true;
    return this.#reading ??= this.#readAll();
  }

  /** Reads the routes. From now on reads are repeated until they succeed. */
  need(): Promise<void> {
    this.#isNeeded = true;
    return this.read();
  }

  /** Reads nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#stopped.resolve(undefined);
  }

  async #readAll(): Promise<void> {
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false;
      const routes = await (this.#isNeeded ? this.#persistently() : this.#once());
      // An engine that came back empty knows none until a node declares its own again: what was known counts until then.
      if (routes && routes.length > 0 && !this.#isStopped) this.#parts.learned(routes);
    }
    this.#reading = undefined;
  }

  async #persistently(): Promise<readonly HistoryRoute[] | undefined> {
    const { engine, retry } = this.#parts;
    try {
      return await persist(() => engine.routes?.(), retry);
    } catch {
      return undefined; // it was stopped
    }
  }

  async #once(): Promise<readonly HistoryRoute[] | undefined> {
    try {
      const routes = (async () => await this.#parts.engine.routes?.())();
      return await withinTime(Promise.race([routes, this.#stopped.promise]), ATTEMPT_MS, late);
    } catch (thrown) {
      historyRetried.emit({ topic: undefined, attempt: 1, error: exitReasonOf(thrown) });
      return undefined;
    }
  }
}

function late(): Error {
  return new BusDownError(`read declared routes within ${ATTEMPT_MS} ms`);
}
