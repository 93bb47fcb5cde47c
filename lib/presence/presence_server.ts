/**
 * The process of a presence: tells the members of a topic who came and went, in order, and runs `handleMetas`.
 *
 * @module
 */

import { isThenable, whenDone } from "../base/thenable.ts";
import type { Behaviour, InfoResult, InitResult } from "../otp/server/behaviour.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { reportCrash } from "../otp/process/crash_report.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import { type NoReply, noreply, ok } from "../otp/server/result.ts";
import type { PresenceDiff } from "./presences.ts";
import type { Publisher } from "./publisher.ts";
import type { TrackerDiff } from "./tracker.ts";

/** What users write, as the process sees it. */
export interface PresenceCallbacks<M extends object, P, S> {
  /** Makes the first state. */
  init(): MaybePromise<S>;
  /** Looks at a diff. */
  handleMetas(topic: string, diff: PresenceDiff<P>, changes: TrackerDiff<M>, state: S): MaybePromise<S>;
}

/** A diff on its way: its metas are being fetched meanwhile. */
export class TopicReport<M extends object, P> {
  readonly topic: string;
  readonly changes: TrackerDiff<M>;
  readonly diff: MaybePromise<PresenceDiff<P>>;

  /** Creates the message. */
  constructor(topic: string, changes: TrackerDiff<M>, diff: MaybePromise<PresenceDiff<P>>) {
    this.topic = topic;
    this.changes = changes;
    this.diff = diff;
  }
}

/** Runs the callbacks. What they throw is reported, and costs nobody else anything. */
export class PresenceServer<M extends object, P, S> implements Behaviour<S> {
  readonly #callbacks: PresenceCallbacks<M, P, S>;
  readonly #publisher: Publisher<P>;
  readonly #process: () => Process;

  /** Creates the behaviour of `process`. */
  constructor(callbacks: PresenceCallbacks<M, P, S>, publisher: Publisher<P>, process: () => Process) {
    this.#callbacks = callbacks;
    this.#publisher = publisher;
    this.#process = process;
  }

  /** Makes the first state. */
  init(): MaybePromise<InitResult<S>> {
    return whenDone(this.#callbacks.init(), (state) => ok(state));
  }

  /** Handles a report. The next one waits until that is done, so they are told in order. */
  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>> {
    if (!(message instanceof TopicReport)) return noreply(state);
    const report = message as TopicReport<M, P>;
    if (!isThenable(report.diff)) return this.#tell(report, report.diff, state);
    return Promise.resolve(report.diff).then((diff) => this.#tell(report, diff, state));
  }

  /** Reports what a callback threw. */
  report(during: string, thrown: unknown): void {
    const pid = this.#process();
    reportCrash({ pid, during, error: exitReasonOf(thrown), ancestors: pid.ancestors });
  }

  #tell({ topic, changes }: TopicReport<M, P>, diff: PresenceDiff<P>, state: S): MaybePromise<NoReply<S>> {
    this.#publish(topic, diff);
    try {
      const next = this.#callbacks.handleMetas(topic, diff, changes, state);
      if (!isThenable(next)) return noreply(next);
      return Promise.resolve(next).catch((thrown) => this.#keep(state, thrown)).then((next) => noreply(next));
    } catch (thrown) {
      return noreply(this.#keep(state, thrown));
    }
  }

  #publish(topic: string, diff: PresenceDiff<P>): void {
    try {
      this.#publisher.publish(topic, diff);
    } catch (thrown) {
      this.report(`a broadcast to "${topic}"`, thrown);
    }
  }

  #keep(state: S, thrown: unknown): S {
    this.report("handleMetas", thrown);
    return state;
  }
}
