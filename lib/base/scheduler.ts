/**
 * Who runs next: the run queue of all processes of this thread.
 *
 * A process that has a message is put into the queue once and runs in a microtask, so that a message costs no trip
 * through the event loop. Microtasks alone would let two processes that answer each other keep timers, sockets and
 * everything else waiting for ever; so each message spends from a budget, and when that is used up the queue goes on
 * after the event loop has had a turn. It is what reductions are on the BEAM, counted in messages.
 *
 * A process that begins spends from the same budget: tasks that follow each other, or one task that is restarted whenever
 * it ends, never receive a message.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Deque } from "./deque.ts";
import { reportUncaught } from "./_report_uncaught.ts";

/** Something that the scheduler runs once, such as a process with messages to handle. */
export interface Runnable {
  /** Does a bounded piece of work. What it throws is reported as an uncaught error. */
  run(): void;
}

/** How many messages are handled before the event loop gets a turn: about a millisecond's worth. */
const MESSAGES_PER_TURN = 4096;

/** A process that begins, runs and ends takes as long as this many messages. */
const MESSAGES_PER_START = 4;

/** Runs what is ready, in the order in which it became so. */
export class Scheduler {
  readonly #ready: Deque<Runnable> = new Deque();
  readonly #messagesPerTurn: number;
  #spent = 0;
  #woken = false;
  readonly #drain = () => this.#runReady();
  readonly #drainNextTurn = () => {
    this.#spent = 0;
    this.#runReady();
  };

  /** Creates a scheduler that gives way after `messagesPerTurn` messages. */
  constructor(messagesPerTurn: number = MESSAGES_PER_TURN) {
    this.#messagesPerTurn = messagesPerTurn;
  }

  /** Lets `runnable` run soon, after what is already ready. */
  enqueue(runnable: Runnable): void {
    this.#ready.push(runnable);
    if (!this.#woken) this.#wake();
  }

  /**
   * Pays for one message.
   *
   * @returns `false` if this turn's budget is used up: the caller stops here and enqueues itself for what is left.
   */
  spend(): boolean {
    return ++this.#spent < this.#messagesPerTurn;
  }

  /**
   * Pays for a process that begins.
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

/** The scheduler of this thread. */
export const scheduler: Scheduler = new Scheduler();
