/**
 * The process of a presence: reports joins and leaves to the members of a topic, in order, and runs `handleMetas`.
 *
 * Pending reports wait here and not in a mailbox, which would be lost with its process. Each diff is removed in the
 * turn in which it is published, so none is lost or published twice when the process is replaced.
 *
 * @module
 */

import { Deque } from "../base/deque.ts";
import { isThenable, whenDone } from "../base/thenable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { type ExitReason, exitReasonOf, isExpectedExit } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { type CarriedServer, type Ending, obey } from "../pubsub/carried.ts";
import { DiffWindows } from "./_diff_windows.ts";
import { MetasView } from "./_metas_view.ts";
import type { MetasByKey, PresenceDiff, Presences } from "./presences.ts";
import type { Publisher } from "./_publisher.ts";
import { fetchDiff, nothing, TopicReport } from "./_topic_report.ts";
import type { Tracked, TrackerDiff } from "./tracker.ts";

/** The user's callbacks. */
export interface PresenceCallbacks<M extends object, P, S> {
  /** Creates the initial state. */ init(): MaybePromise<S>;
  /** Adds data to each key. */
  fetch(topic: string, presences: Presences<M>): MaybePromise<P>;
  /** Handles a diff. */
  handleMetas(state: S, topic: string, diff: PresenceDiff<P>, presences: MetasByKey<M>): MaybePromise<S>;
  /** Whether `handleMetas` does anything. */
  readonly handlesMetas: boolean;
}

/** The parts of a presence. */
export interface PresenceParts<M extends object, P, S> {
  readonly callbacks: PresenceCallbacks<M, P, S>;
  readonly publisher: Publisher<P>;
  /** How long a change waits for others of its topic, in milliseconds. */
  readonly coalesceMs: number;
  /** Called when the presence has failed for good. */
  readonly onFailed: () => void;
}

/** Runs the callbacks of a presence. Their errors are reported and affect nobody else. */
export class PresenceServer<M extends object, P, S> implements CarriedServer<S> {
  readonly #callbacks: PresenceCallbacks<M, P, S>;
  readonly #publisher: Publisher<P>;
  readonly #onFailed: () => void;
  readonly #windows: DiffWindows<Tracked<M>> | undefined;
  readonly #view = new MetasView<M>();
  readonly #reports = new Deque<TopicReport<M, P>>();
  #process!: Process; // the latest

  /** Creates the behaviour of a presence. */
  constructor({ callbacks, publisher, coalesceMs, onFailed }: PresenceParts<M, P, S>) {
    this.#callbacks = callbacks;
    this.#publisher = publisher;
    this.#onFailed = onFailed;
    if (coalesceMs > 0) this.#windows = new DiffWindows(coalesceMs, (topic, changes) => this.#submit(topic, changes));
  }

  /** Receives the diffs of the tracker. Runs in the tracker's process. */
  handleDiff(diff: ReadonlyMap<string, TrackerDiff<M>>): void {
    for (const [topic, changes] of diff) {
      if (this.#windows) this.#windows.add(topic, changes);
      else this.#submit(topic, changes);
    }
  }

  /** Makes the new process send the reports that are still pending. */
  attach(process: Process): void {
    this.#process = process;
    for (let left = this.#reports.length; left > 0; left--) process.send(REPORT);
  }

  /** Does nothing: pending reports are kept for the next process. */
  detach(): void {}

  /** Stops reporting. */
  over(ending: Ending): void {
    this.#windows?.clear();
    this.#reports.clear();
    if (ending === "failed") this.#onFailed();
  }

  /** Creates the initial state. */ init(): MaybePromise<InitResult<S>> {
    return whenDone(this.#callbacks.init(), (state) => ok(state)) as MaybePromise<InitResult<S>>;
  }

  /** Handles a report. The next one waits until this one is done, so their order is kept. */
  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>> {
    if (message !== REPORT) return obey(message, state);
    return whenDone(this.#reportNext(state), (state) => noreply(state)) as MaybePromise<InfoResult<S>>;
  }

  /** Sends the pending reports if the process was asked to end. After a failure the next process does that. */
  async terminate(reason: ExitReason, state: S): Promise<void> {
    if (!isExpectedExit(reason)) return;
    this.#windows?.closeAll();
    const process = this.#process;
    while (this.#reports.length > 0 && process.alive) state = await this.#reportNext(state);
  }

  /** Starts `fetch` at once, even if that of an earlier diff is still running. */
  #submit(topic: string, changes: TrackerDiff<M>): void {
    const callbacks = this.#callbacks;
    const diff = this.#publisher.needsDiff || callbacks.handlesMetas
      ? fetchDiff(
        changes,
        (presences) => callbacks.fetch(topic, presences),
        (thrown) => this.#failed("fetch", thrown),
      )
      : nothing<P>();
    this.#reports.push(new TopicReport(topic, changes, diff));
    this.#process?.send(REPORT); // without a process this has no effect: the next one handles pending reports
  }

  /** Publishes the first report when it is complete, then calls `handleMetas` with it. */
  #reportNext(state: S): MaybePromise<S> {
    const report = this.#reports.first;
    if (!report) return state;
    if (!isThenable(report.diff)) return this.#publish(report, report.diff, state);
    const process = this.#process;
    return Promise.resolve(report.diff).then((diff) => process.alive ? this.#publish(report, diff, state) : state);
  }

  #publish({ topic, changes }: TopicReport<M, P>, diff: PresenceDiff<P>, state: S): MaybePromise<S> {
    this.#reports.shift();
    try {
      this.#publisher.publish(topic, diff);
    } catch (thrown) {
      this.#failed(`a broadcast to "${topic}"`, thrown);
    }
    return this.#callbacks.handlesMetas ? this.#handleMetas(topic, diff, changes, state) : state;
  }

  #handleMetas(topic: string, diff: PresenceDiff<P>, changes: TrackerDiff<M>, state: S): MaybePromise<S> {
    const keep = (thrown: unknown) => {
      this.#failed("handleMetas", thrown);
      return state;
    };
    try {
      const next = this.#callbacks.handleMetas(state, topic, diff, this.#view.apply(topic, changes));
      return isThenable(next) ? Promise.resolve(next as Promise<S>).catch(keep) : next;
    } catch (thrown) {
      return keep(thrown);
    }
  }

  #failed(during: string, thrown: unknown): void {
    const pid = this.#process;
    reportCrash({ pid, during, error: exitReasonOf(thrown), ancestors: pid.ancestors });
  }
}

/** The message that a report is pending. */
const REPORT: unique symbol = Symbol("report");
