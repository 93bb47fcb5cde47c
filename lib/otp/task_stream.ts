/**
 * Streams of tasks: one for each item of a source, so many at a time.
 *
 * The window is what keeps it bounded: an item is taken out of the source when there is room for its task, and the room
 * is free again when the result has been read. So a source is never read further ahead than the window is wide, whoever
 * is slow: the source, the tasks, or who reads.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { Deque } from "../base/deque.ts";
import type { Pid, Self } from "./pid.ts";
import { processOf } from "./process.ts";
import { TaskExitError, TaskTimeoutError } from "./task_errors.ts";
import type { TaskProcess } from "./_task_process.ts";
import type { TaskFunction, TaskStreamResult } from "./task_result.ts";
import { assertTimeout } from "./timeout_ms.ts";

/** What a stream does for each item. */
export type TaskStreamFunction<I, T> = (item: I, signal: AbortSignal, self: Self<never>) => T | Promise<T>;

/** Where the items come from. */
export type TaskStreamSource<I> = Iterable<I> | AsyncIterable<I>;

/** Options for a stream of tasks. */
export interface TaskStreamOptions {
  /**
   * How many tasks may be at work, or done and not read yet. An integer of at least 1.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly maxConcurrency?: number;
  /**
   * Whether results come in the order of the items. If not, they come as they are done: a slow item holds up nobody.
   *
   * @default {true}
   */
  readonly ordered?: boolean;
  /**
   * How long the task of an item may take, in milliseconds; `Infinity` for as long as it takes.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
  /**
   * What happens if it takes longer: the stream fails with a `TaskTimeoutError`, or only that task is killed and its
   * result is `{ ok: false, reason: "timeout", input }`.
   *
   * @default {"exit"}
   */
  readonly onTimeout?: "exit" | "killTask";
}

/** Results as they are read: `for await`, `next`, or `await using` to be sure that it is closed. */
export type TaskStreamIterator<I, T> =
  & AsyncIterableIterator<TaskStreamResult<I, T>, undefined, undefined>
  & AsyncDisposable
  & {
    /** Ends what runs, and lets go of the source. May be called at any time, also while `next` waits. */
    return(): Promise<IteratorResult<TaskStreamResult<I, T>, undefined>>;
  };

/** How a stream gets its tasks. */
export interface TaskStarter {
  /** Starts a task, or throws if there can be none. */
  readonly start: <T>(run: TaskFunction<T>, label: string) => TaskProcess<T>;
  /** Who is linked to the tasks, and with whose end the stream ends. */
  readonly owner: Pid<never> | undefined;
}

/** An item whose result has not been read. */
interface Slot<I, T> {
  readonly input: I;
  readonly process: TaskProcess<T>;
  readonly limit: Alarm;
  result: TaskStreamResult<I, T> | undefined;
}

/** Somebody who waits for the next result. */
type Reader<I, T> = PromiseWithResolvers<IteratorResult<TaskStreamResult<I, T>, undefined>>;

/**
 * `"new"`: nothing has been asked for, so nothing has been started; `"drained"`: the source has no more; `"failed"`:
 * closed, and whoever reads next is told why.
 */
type Phase<I> =
  | { readonly is: "new" | "drained" | "closed" }
  | { readonly is: "open"; readonly items: Iterator<I> | AsyncIterator<I> }
  | { readonly is: "failed"; readonly error: unknown };

const DONE = { done: true, value: undefined } as const;

/** The stream; see the module's documentation. */
export class TaskStream<I, T> implements TaskStreamIterator<I, T> {
  readonly #source: TaskStreamSource<I>;
  readonly #run: TaskStreamFunction<I, T>;
  readonly #starter: TaskStarter;
  readonly #options: Required<TaskStreamOptions>;
  readonly #slots: Set<Slot<I, T>> = new Set(); // in the order of the items
  readonly #done: Deque<Slot<I, T>> = new Deque(); // in the order in which they were done
  readonly #readers: Deque<Reader<I, T>> = new Deque();
  #phase: Phase<I> = { is: "new" };
  #pulling = false;
  readonly #onOwnerExit = () => {
    const { id, label, exitReason } = processOf(this.#starter.owner!);
    this.#fail(new TaskExitError(`stream of process ${id} (${label})`, exitReason));
  };

  /**
   * Creates a stream that does nothing until it is read.
   *
   * @throws {RangeError} If `maxConcurrency` or `timeoutMs` is out of range.
   * @throws {TypeError} If `onTimeout` is neither of its values.
   */
  constructor(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    starter: TaskStarter,
    options: TaskStreamOptions = {},
  ) {
    this.#source = source;
    this.#run = run;
    this.#starter = starter;
    this.#options = checkedOptions(options);
  }

  /** Answers the next result when there is one. */
  next(): Promise<IteratorResult<TaskStreamResult<I, T>, undefined>> {
    const reader: Reader<I, T> = Promise.withResolvers();
    this.#readers.push(reader);
    if (this.#phase.is === "new") this.#open();
    this.#advance();
    return reader.promise;
  }

  /** Ends what runs, and lets go of the source. */
  async return(): Promise<IteratorResult<TaskStreamResult<I, T>, undefined>> {
    const released = this.#close({ is: "closed" });
    this.#answerReaders();
    await released;
    return DONE;
  }

  /** Closes the stream. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** A stream is read once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #open(): void {
    const { owner } = this.#starter;
    const source = this.#source;
    try {
      const items = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      this.#phase = { is: "open", items };
    } catch (error) {
      return this.#fail(error);
    }
    if (owner) processOf(owner).onExit(this.#onOwnerExit);
  }

  /** Does all that can be done now: hands out results, then takes in as many items as there is room for. */
  #advance(): void {
    while (this.#readers.length > 0) {
      const result = this.#takeResult();
      if (!result) break;
      this.#readers.shift()!.resolve({ done: false, value: result });
    }
    this.#pull();
    if (this.#phase.is === "drained" && this.#slots.size === 0) void this.#close({ is: "closed" });
    this.#answerReaders();
  }

  #takeResult(): TaskStreamResult<I, T> | undefined {
    const slot = this.#options.ordered ? this.#slots.values().next().value : this.#done.shift();
    if (!slot?.result) return undefined;
    this.#slots.delete(slot);
    return slot.result;
  }

  #pull(): void {
    while (this.#phase.is === "open" && !this.#pulling && this.#slots.size < this.#options.maxConcurrency) {
      try {
        this.#pulling = true; // whatever the source does, it is not asked again before it has answered
        const step = this.#phase.items.next();
        this.#pulling = false;
        if (step instanceof Promise) void this.#await(step);
        else this.#receive(step as IteratorResult<I>);
      } catch (error) {
        this.#pulling = false;
        this.#sourceFailed(error);
      }
    }
  }

  async #await(step: Promise<IteratorResult<I>>): Promise<void> {
    this.#pulling = true;
    try {
      this.#receive(await step);
    } catch (error) {
      this.#sourceFailed(error);
    }
    this.#pulling = false;
    this.#advance();
  }

  #receive(step: IteratorResult<I>): void {
    if (this.#phase.is !== "open") return; // closed while the source was at it
    if (step.done) this.#phase = { is: "drained" };
    else this.#start(step.value);
  }

  /** A source that threw has ended: it is not asked to. */
  #sourceFailed(error: unknown): void {
    if (this.#phase.is === "open") this.#phase = { is: "drained" };
    this.#fail(error);
  }

  #start(input: I): void {
    const run = this.#run;
    let process: TaskProcess<T>;
    try {
      process = this.#starter.start((signal, self) => run(input, signal, self), run.name || "task");
    } catch (error) {
      return this.#fail(error); // the source has more, and is told that nobody wants it
    }
    const limit = new Alarm(() => this.#onTimeout(slot)).set(this.#options.timeoutMs);
    const slot: Slot<I, T> = { input, process, limit, result: undefined };
    this.#slots.add(slot);
    process.onExit(() => this.#onResult(slot));
  }

  #onResult(slot: Slot<I, T>): void {
    if (!this.#slots.has(slot)) return; // closed
    slot.limit.clear();
    const result = slot.process.result!;
    slot.result ??= result.ok ? result : { ok: false, reason: result.reason, input: slot.input };
    if (!this.#options.ordered) this.#done.push(slot);
    this.#advance();
  }

  #onTimeout(slot: Slot<I, T>): void {
    const { timeoutMs, onTimeout } = this.#options;
    if (onTimeout === "exit") return this.#fail(new TaskTimeoutError(slot.process.label, timeoutMs));
    slot.result = { ok: false, reason: "timeout", input: slot.input };
    slot.process.leaveOwner();
    slot.process.end("killed");
  }

  #fail(error: unknown): void {
    if (this.#phase.is === "closed" || this.#phase.is === "failed") return;
    this.#close({ is: "failed", error }).catch(() => {}); // there is an error already
    this.#answerReaders();
  }

  /** Tells those who wait what there is to be told once it is over: the error to one of them, the end to all others. */
  #answerReaders(): void {
    while (this.#readers.length > 0) {
      if (this.#phase.is === "failed") {
        this.#readers.shift()!.reject(this.#phase.error);
        this.#phase = { is: "closed" };
      } else if (this.#phase.is === "closed") this.#readers.shift()!.resolve(DONE);
      else return;
    }
  }

  /** Ends all tasks, now, and the source if it has more. */
  async #close(phase: Phase<I>): Promise<void> {
    const before = this.#phase;
    if (before.is === "closed" || before.is === "failed") return;
    this.#phase = phase;
    if (before.is !== "new" && this.#starter.owner) processOf(this.#starter.owner).offExit(this.#onOwnerExit);
    const slots = [...this.#slots];
    this.#slots.clear();
    this.#done.clear();
    for (const { process, limit } of slots) {
      limit.clear();
      process.leaveOwner();
      process.end("shutdown");
    }
    if (before.is !== "open" || !before.items.return) return;
    const released = before.items.return();
    // A source that is at it answers when it has done that, which may be never.
    if (this.#pulling) Promise.resolve(released).catch(() => {});
    else await released;
  }
}

function checkedOptions(options: TaskStreamOptions): Required<TaskStreamOptions> {
  const { maxConcurrency = navigator.hardwareConcurrency, ordered = true, timeoutMs = 5000, onTimeout = "exit" } =
    options;
  const fail = (what: string, found: unknown) => `Cannot stream tasks: ${what}, received ${found}`;
  if (!(Number.isInteger(maxConcurrency) && maxConcurrency >= 1)) {
    throw new RangeError(fail(`"maxConcurrency" must be an integer >= 1`, maxConcurrency));
  }
  assertTimeout("stream tasks", timeoutMs);
  if (onTimeout !== "exit" && onTimeout !== "killTask") {
    throw new TypeError(fail(`"onTimeout" must be "exit" or "killTask"`, onTimeout));
  }
  return { maxConcurrency, ordered, timeoutMs, onTimeout };
}
