/**
 * Delivers the messages of a batch one after the other, as if each had arrived alone.
 *
 * @module
 */

/**
 * How many microtasks pass between two messages. Each `await` of the page takes one to three, and code that handles a
 * message rarely has more than a few of them in a row.
 */
const MICROTASKS_BETWEEN = 16;

/** A function that delivers one message. */
export type Delivery = () => void;

/**
 * Returns whether the platform handles each event of a WebSocket in its own task. Then promises that one message
 * resolves are settled before the next message or a close arrives.
 *
 * Browsers do. Deno and Node may handle a close between two microtasks, and phoenix.js drops messages after it.
 */
export function hasTasks(): boolean {
  return "document" in globalThis || "importScripts" in globalThis;
}

/** A queue that delivers messages in order, with time for promises to settle between them. */
export class MessageQueue {
  readonly #isApart: boolean;
  #waiting: Delivery[] = [];
  #isBusy = false;

  /**
   * Creates an empty queue.
   *
   * @param options Whether promises may settle between two messages.
   */
  constructor({ isApart }: { readonly isApart: boolean }) {
    this.#isApart = isApart;
  }

  /** Whether messages wait: new ones must wait behind them. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /**
   * Runs `deliveries` in order, after those that already wait; if none wait, the first one runs at once. What one of
   * them throws is reported as an uncaught error and does not stop the others.
   */
  put(deliveries: readonly Delivery[]): void {
    this.#waiting.push(...deliveries);
    if (!this.#isBusy) void this.#deliver();
  }

  async #deliver(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const deliveries = this.#waiting;
      this.#waiting = [];
      for (const deliver of deliveries) {
        attempt(deliver);
        if (this.#isApart) { for (let n = 0; n < MICROTASKS_BETWEEN; n++) await undefined; }
      }
    }
    this.#isBusy = false;
  }
}

function attempt(deliver: Delivery): void {
  try {
    deliver();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
