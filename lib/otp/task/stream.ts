/**
 * Streams of tasks: one task for each item of a source, with limited concurrency.
 *
 * A window bounds the stream: an item is taken from the source when the reader waits for a result and the window has
 * room for a task; the room is free again when the result has been read. So the source is never read further ahead than
 * the width of the window, whether the source, the tasks or the reader is slow. Items that nobody asks for stay in the
 * source.
 *
 * The tasks of a stream are not linked to its owner, because their `Exit` messages would fill its mailbox. The stream
 * acts as the link: it ends the tasks when the owner ends, and the owner when a task fails, unless the owner traps
 * exits.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { Deque } from "../../base/deque.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { Pid, Self } from "../process/pid.ts";
import { processOf } from "../process/process.ts";
import { TaskExitError, TaskTimeoutError } from "./errors.ts";
import type { TaskProcess } from "./_task_process.ts";
import type { TaskFunction, TaskStreamResult } from "./result.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

/**
 * The function that a stream runs for each item.
 *
 * @category Tasks and agents
 */
export type TaskStreamFunction<I, T> = (item: I, signal: AbortSignal, self: Self<never>) => T | Promise<T>;

/**
 * The source of the items: anything that `for await` can read.
 *
 * @category Tasks and agents
 */
export type TaskStreamSource<I> = Iterable<I> | AsyncIterable<I>;

/**
 * Options for a stream of tasks.
 *
 * @category Tasks and agents
 */
export interface TaskStreamOptions {
  /**
   * Maximum number of tasks that are running, or completed but not read yet. An integer of at least 1.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly maxConcurrency?: number;
  /**
   * Whether results come in the order of the items. If not, they come as they complete, and a slow item does not delay
   * the others.
   *
   * @default {true}
   */
  readonly ordered?: boolean;
  /**
   * How long the task of an item may take, in milliseconds; `Infinity` for no limit.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
  /**
   * What happens if a task takes longer: `"exit"`: the stream fails with a `TaskTimeoutError`; `"killTask"`: only that
   * task is killed, and its result is `{ ok: false, reason: "timeout", input }`.
   *
   * @default {"exit"}
   */
  readonly onTimeout?: "exit" | "killTask";
}

/**
 * An iterator over the results of a stream. Read it with `for await` or `next`; `await using` makes sure that it is
 * closed.
 *
 * @category Tasks and agents
 */
export type TaskStreamIterator<I, T> =
  & AsyncIterableIterator<TaskStreamResult<I, T>, undefined, undefined>
  & AsyncDisposable
  & {
    /** Ends the running tasks and closes the source. May be called at any time, even while `next` waits. */
    return(): Promise<IteratorResult<TaskStreamResult<I, T>, undefined>>;
  };

/** Starts the tasks of a stream. */
export interface TaskStarter {
  /** Starts a task; throws if that is not possible. */
  readonly start: <T>(run: TaskFunction<T>, label: string) => TaskProcess<T>;
  /** The process that the stream and its tasks are linked to. */
  readonly owner: Pid<never> | undefined;
}

/** An item whose result has not been read yet. */
interface Slot<I, T> {
  readonly input: I;
  readonly process: TaskProcess<T>;
  readonly limit: Alarm;
  result: TaskStreamResult<I, T> | undefined;
}

/** The iterator of a source that is being read. */
type Items<I> =
  | { readonly async: false; readonly iterator: Iterator<I> }
  | { readonly async: true; readonly iterator: AsyncIterator<I> };

/** A reader that waits for the next result. */
type Reader<I, T> = PromiseWithResolvers<IteratorResult<TaskStreamResult<I, T>, undefined>>;

/**
 * The phase of a stream. `"new"`: no result has been requested, so nothing has been started; `"drained"`: the source
 * has no more items; `"failed"`: closed, and the next read throws the error.
 */
type Phase<I> =
  | { readonly is: "new" | "drained" | "closed" }
  | { readonly is: "open"; readonly items: Items<I> }
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
    const reason = exitReason === "normal" ? "shutdown" : exitReason; // an end nevertheless, as for a linked task
    this.#fail(new TaskExitError(`stream of process ${id} (${label})`, exitReason), reason);
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

  /** Returns the next result when there is one. */
  next(): Promise<IteratorResult<TaskStreamResult<I, T>, undefined>> {
    const reader: Reader<I, T> = Promise.withResolvers();
    this.#readers.push(reader);
    if (this.#phase.is === "new") this.#open();
    this.#advance();
    return reader.promise;
  }

  /** Ends the running tasks and closes the source. */
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

  /** Returns the stream itself: it can be read only once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #open(): void {
    const { owner } = this.#starter;
    try {
      this.#phase = { is: "open", items: itemsOf(this.#source) };
    } catch (error) {
      return this.#fail(error);
    }
    if (owner) processOf(owner).onExit(this.#onOwnerExit);
  }

  /** Does all that is possible now, while a reader waits: takes items while there is room, and delivers results. */
  #advance(): void {
    while (this.#readers.length > 0) {
      this.#pull();
      const result = this.#takeResult();
      if (!result) break;
      this.#readers.shift()!.resolve({ done: false, value: result });
    }
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
    while (this.#phase.is === "open" && this.#hasRoom) {
      const { items } = this.#phase;
      this.#pulling = true; // whatever the source does, it is not asked again before it has answered
      try {
        if (items.async) return void this.#await(items.iterator.next());
        const step = items.iterator.next();
        this.#pulling = false;
        this.#receive(step);
      } catch (error) {
        this.#pulling = false;
        this.#sourceFailed(error);
      }
    }
  }

  /** Whether another item may be taken: there is room, and a reader still waits for a result. */
  get #hasRoom(): boolean {
    return !this.#pulling && this.#readers.length > 0 && this.#slots.size < this.#options.maxConcurrency;
  }

  async #await(step: Promise<IteratorResult<I>>): Promise<void> {
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
    if (Object(step) !== step) {
      throw new TypeError(`Cannot stream tasks: "next" must return an object, received ${step}`);
    }
    if (step.done) this.#phase = { is: "drained" };
    else this.#start(step.value);
  }

  /** Handles an error of the source. A source that threw has ended, so it is not closed. */
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
      return this.#fail(error); // the source has more items, and is closed
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
    if (slot.result === undefined) {
      slot.result = result.ok ? result : { ok: false, reason: result.reason, input: slot.input };
      if (!result.ok && !this.#ownerSurvives(slot.process, result.reason)) return;
    }
    if (!this.#options.ordered) this.#done.push(slot);
    this.#advance();
  }

  #onTimeout(slot: Slot<I, T>): void {
    const { timeoutMs, onTimeout } = this.#options;
    if (onTimeout === "exit") return this.#fail(new TaskTimeoutError(slot.process.label, timeoutMs));
    slot.result = { ok: false, reason: "timeout", input: slot.input };
    slot.process.end("killed");
  }

  /** Acts as the link between a failed task and its owner, except that an owner that traps exits gets no message. */
  #ownerSurvives(task: TaskProcess<T>, reason: ExitReason): boolean {
    const { owner } = this.#starter;
    if (owner === undefined) return true;
    const process = processOf(owner);
    if (!process.trapExit) process.exit(reason, task);
    return process.alive; // or else the stream ends with it
  }

  #fail(error: unknown, reason?: ExitReason): void {
    if (this.#phase.is === "closed" || this.#phase.is === "failed") return;
    this.#close({ is: "failed", error }, reason).catch(() => {}); // there is an error already
    this.#answerReaders();
  }

  /** Settles the waiting readers once the stream is over: one of them gets the error, all others the end. */
  #answerReaders(): void {
    while (this.#readers.length > 0) {
      if (this.#phase.is === "failed") {
        this.#readers.shift()!.reject(this.#phase.error);
        this.#phase = { is: "closed" };
      } else if (this.#phase.is === "closed") this.#readers.shift()!.resolve(DONE);
      else return;
    }
  }

  /** Ends all tasks at once, and closes the source if it has more items. */
  async #close(phase: Phase<I>, reason: ExitReason = "shutdown"): Promise<void> {
    const before = this.#phase;
    if (before.is === "closed" || before.is === "failed") return;
    this.#phase = phase;
    if (before.is !== "new" && this.#starter.owner) processOf(this.#starter.owner).offExit(this.#onOwnerExit);
    const slots = [...this.#slots];
    this.#slots.clear();
    this.#done.clear();
    for (const { process, limit } of slots) {
      limit.clear();
      process.end(reason);
    }
    if (before.is !== "open") return;
    const released = before.items.iterator.return?.();
    // A source that is producing an item settles only after that, which may be never.
    if (this.#pulling) Promise.resolve(released).catch(() => {});
    else await released;
  }
}

/** Starts reading a source, as `for await` does. */
function itemsOf<I>(source: TaskStreamSource<I>): Items<I> {
  const { [Symbol.asyncIterator]: iterate } = source as Partial<AsyncIterable<I>>;
  if (iterate) return { async: true, iterator: iterate.call(source as AsyncIterable<I>) };
  return { async: false, iterator: (source as Iterable<I>)[Symbol.iterator]() };
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
