/**
 * Hands the messages of a batch over one after the other, as if each had come alone.
 *
 * @module
 */

/**
 * How many microtasks pass between two messages. Each `await` of the page takes one to three; more than a few of them in
 * a row, between a message and what waits for it, are rare.
 */
const MICROTASKS_BETWEEN = 16;

/** Hands over one message. */
export type Delivery = () => void;

/**
 * Whether the platform handles each event of a WebSocket in a task of its own: then promises that one message resolves
 * are done before the next message comes, or a close.
 *
 * Browsers do. Deno and Node may handle a close between two microtasks, and phoenix.js drops what comes after it.
 */
export function hasTasks(): boolean {
  return "document" in globalThis || "importScripts" in globalThis;
}

/** Messages that wait for their turn. */
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

  /** Whether something waits: what comes has to wait behind it. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /**
   * Hands over `deliveries` in order, behind what waits: the first one at once, if nothing does. What one of them throws
   * is reported as an uncaught error and does not keep back the others.
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
