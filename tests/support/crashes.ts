/**
 * Crash reports for tests: collected instead of printed.
 *
 * @module
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { CrashReport } from "@urvogel/realtime";

/** Collects crash reports until disposed. */
export class Crashes implements Disposable {
  readonly reports: CrashReport[] = [];
  readonly #listener = (report: unknown) => void this.reports.push(report as CrashReport);

  constructor() {
    subscribe("urvogel:process:crashed", this.#listener);
  }

  /** The messages of the errors, in order. */
  get messages(): string[] {
    return this.reports.map(({ error }) => error.message);
  }

  [Symbol.dispose](): void {
    unsubscribe("urvogel:process:crashed", this.#listener);
  }
}
