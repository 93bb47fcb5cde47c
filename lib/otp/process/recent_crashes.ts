/**
 * The last crashes of this thread, for people who come to look after they happened.
 *
 * Only texts are kept, never the process, its state or the error, so that nothing is held in memory.
 *
 * @module
 */

import { attempt } from "../../base/attempt.ts";
import type { LogFields } from "../../base/log_record.ts";
import { entry, inspected, oneLine } from "../../base/printable.ts";
import type { Pid } from "./pid.ts";
import type { NamedProcess, RecordedCrash } from "./recorded_crash.ts";
import type { ServerStatus } from "./server_status.ts";
import type { CrashReport } from "./telemetry.ts";

/** How many crashes are kept. */
export const KEPT_CRASHES = 100;
/** Longest state that is kept, in characters. */
const LONGEST_STATE = 10_000;

/** Describes the state of a process that crashed, without secrets. */
export type StateText = (status: ServerStatus) => string;

/** Keeps the last crashes. */
export class RecentCrashes {
  readonly #kept: RecordedCrash[] = [];
  readonly #watchers = new Set<StateText>();
  #count = 0;

  /** How many crashes there were, including those that are no longer kept. */
  get count(): number {
    return this.#count;
  }

  /** The crashes that are kept, the last one first. */
  get latest(): readonly RecordedCrash[] {
    return this.#kept.toReversed();
  }

  /** Keeps the state of processes that crash too, until the result is disposed. */
  watch(describe: StateText): Disposable {
    this.#watchers.add(describe);
    return { [Symbol.dispose]: () => void this.#watchers.delete(describe) };
  }

  /** Records a crash. Never throws. */
  add({ pid, during, error, ancestors, status }: CrashReport, fields: LogFields): void {
    const number = ++this.#count;
    this.#kept.push({
      number,
      time: new Date(),
      process: named(pid),
      during: oneLine(during),
      error: headOf(error),
      stack: stackOf(error),
      ancestors: ancestors.map(named),
      fields,
      state: this.#stateOf(status),
    });
    if (this.#kept.length > KEPT_CRASHES) this.#kept.shift();
  }

  #stateOf(status: CrashReport["status"]): string | undefined {
    const [describe] = this.#watchers;
    if (!describe || !status) return undefined;
    let text: string | undefined;
    attempt(() => void (text = describe(status())), (thrown) => void (text = inspected(thrown)));
    return text?.slice(0, LONGEST_STATE);
  }
}

/** The last crashes of this thread. */
export const recentCrashes: RecentCrashes = new RecentCrashes();

function named({ id, label }: Pid<never>): NamedProcess {
  return { id, label: oneLine(label) };
}

/** The error without its own fields, which may hold secrets. Errors may be of foreign classes, whose getters throw. */
function stackOf(error: Error): string {
  let text: string | undefined;
  attempt(() => void (text = String(error.stack)), () => {});
  return entry(text ?? headOf(error));
}

function headOf(error: Error): string {
  let text: string | undefined;
  attempt(() => void (text = `${error.name}: ${error.message}`), () => {});
  return oneLine(text ?? "an error that cannot be read");
}
