/**
 * The scheduler: a run queue for all processes of this thread.
 *
 * A process that has a message is put into the queue once and runs in a microtask, so that a message does not have to
 * wait for the event loop. With microtasks alone, two processes that reply to each other could block timers, sockets
 * and everything else for ever. So each message spends from a budget; when that is used up, the queue continues after a
 * turn of the event loop. The budget corresponds to reductions on the BEAM, counted in messages.
 *
 * Starting a process spends from the same budget: tasks that start each other, or one task that is restarted whenever
 * it ends, never receive a message.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers";
import { Deque } from "./deque.ts";
import { reportUncaught } from "./_report_uncaught.ts";

/**
 * Something that the scheduler runs once, such as a process with messages to handle.
 *
 * @category Processes
 */
export interface Runnable {
  /** Does a bounded piece of work. What it throws is reported as an uncaught error. */
  run(): void;
}

/** How many messages are handled before the event loop gets a turn: about a millisecond of work. */
const MESSAGES_PER_TURN = 4096;

/** The cost of a process that starts, runs and ends, in messages. */
const MESSAGES_PER_START = 4;

/** Runs what is ready, in the order in which it became ready. */
export class Scheduler {
  readonly #ready: Deque<Runnable> = new Deque();
  readonly #messagesPerTurn: number;
  #spent = 0;
  #woken = false;
  /** How many want each runnable to keep its context. */
  #keepers = 0;
  readonly #drain = () => this.#runReady();
  readonly #drainNextTurn = () => {
    this.#spent = 0;
    this.#runReady();
  };

  /** Creates a scheduler that yields to the event loop after `messagesPerTurn` messages. */
  constructor(messagesPerTurn: number = MESSAGES_PER_TURN) {
    this.#messagesPerTurn = messagesPerTurn;
  }

  /** Schedules `runnable` to run soon, after everything that is already in the queue. */
  enqueue(runnable: Runnable): void {
    this.#ready.push(this.#keepers === 0 ? runnable : inContext(runnable));
    if (!this.#woken) this.#wake();
  }

  /**
   * From now on each runnable runs in the async context in which it was enqueued, such as a span. Without this, all that
   * is ready runs in the context of the first of them, which costs less.
   *
   * @returns Ends it.
   */
  keepContexts(): Disposable {
    const stack = new DisposableStack();
    this.#keepers++;
    stack.defer(() => void this.#keepers--);
    return stack;
  }

  /**
   * Spends the cost of one message.
   *
   * @returns `false` if this turn's budget is used up: the caller must stop and enqueue itself again for the rest.
   */
  spend(): boolean {
    return ++this.#spent < this.#messagesPerTurn;
  }

  /**
   * Spends the cost of starting a process.
   *
   * @returns `false` if this turn's budget is used up, as for {@linkcode spend}.
   */
  spendOnStart(): boolean {
    this.#spent += MESSAGES_PER_START;
    return this.#spent < this.#messagesPerTurn;
  }

  #wake(): void {
    this.#woken = true;
    if (this.#spent < this.#messagesPerTurn) queueMicrotask(this.#drain);
    else setImmediate(this.#drainNextTurn);
  }

  #runReady(): void {
    this.#woken = false;
    while (this.#ready.length > 0) {
      if (this.#spent >= this.#messagesPerTurn) {
        if (!this.#woken) this.#wake();
        return;
      }
      try {
        this.#ready.shift()!.run();
      } catch (error) {
        reportUncaught(error); // and go on: others have nothing to do with it
      }
    }
  }
}

function inContext(runnable: Runnable): Runnable {
  const inside = AsyncLocalStorage.snapshot();
  return { run: () => inside(() => runnable.run()) };
}

/** The scheduler of this thread. */
export const scheduler: Scheduler = new Scheduler();
