/**
 * Mailboxes: the queues in which the messages of a process wait.
 *
 * A mailbox is read with `for await`, one message at a time. Behaviours such as GenServer read the same queue without
 * a promise for each message: they are called when there are messages to take.
 *
 * @module
 */

import { checkAtLeast } from "../../base/check_number.ts";
import { Deque } from "../../base/deque.ts";
import { type Runnable, scheduler } from "../../base/scheduler.ts";
import { MailboxIterator } from "./mailbox_iterator.ts";
import type { Pid } from "./pid.ts";
import { isMark, messageDropped, queueGrown } from "./telemetry.ts";
import { SystemQueue } from "./_system_queue.ts";

/**
 * The result of sending a message. A full mailbox is reported by this result, not by an exception.
 *
 * @category Processes
 */
export type SendResult = "sent" | "full" | "dropped" | "closed";

/**
 * What a full mailbox does with a further message. System messages are always accepted: `Down`, `Exit`, `TIMEOUT`,
 * `TaskReply`, those of `sendAfter`, the events of registries.
 *
 * - `"refuse"`: does not add it; `send` returns `"full"`,
 * - `"dropNewest"`: drops it; `send` returns `"dropped"`,
 * - `"dropOldest"`: drops the oldest message to make room; `send` returns `"sent"`. A dropped call fails with a
 *   {@linkcode MailboxFullError}. System messages, such as `Down`, are kept,
 * - `"wait"`: a sender that can wait (`await pid.deliver(message)`, a call) waits for room, in order of arrival;
 *   `send`, which cannot wait, returns `"full"`.
 *
 * @category Processes
 */
export type Overflow = "refuse" | "dropNewest" | "dropOldest" | "wait";

/**
 * Options for `deliver`, which may wait for room.
 *
 * @category Processes
 */
export interface SendOptions {
  /** Stops waiting for room when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * The process that owns a mailbox.
 *
 * @category Processes
 */
export interface MailboxOwner extends Pid<never> {
  /** Called with each message that was dropped to make room for another one. */
  onDropped?(message: unknown): void;
}

/** A message that waits for room. */
interface WaitingMessage<M> {
  readonly message: M;
  readonly settle: (result: SendResult) => void;
}

/**
 * Options for {@linkcode Mailbox}.
 *
 * @category Processes
 */
export interface MailboxOptions {
  /**
   * Maximum number of waiting messages. At least 1.
   *
   * @default {Infinity}
   */
  readonly capacity?: number;
  /**
   * How messages beyond `capacity` are handled.
   *
   * @default {"refuse"}
   */
  readonly overflow?: Overflow;
}

/**
 * A queue of messages with one reader.
 *
 * @category Processes
 * @example Usage
 * ```ts
 * import { Mailbox } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const mailbox = new Mailbox<string>({ capacity: 1 });
 * assertEquals(mailbox.post("a"), "sent");
 * assertEquals(mailbox.post("b"), "full");
 * mailbox.close();
 * assertEquals(await Array.fromAsync(mailbox), ["a"]);
 * ```
 */
export class Mailbox<M> implements AsyncIterable<M>, Disposable {
  /** Capacity of the queue: the whole capacity less the messages in the separate queue. */
  #room: number;
  readonly #overflow: Overflow;
  readonly #owner: MailboxOwner | undefined;
  readonly #queue: Deque<M> = new Deque();
  #waiting: Deque<WaitingMessage<M>> | undefined;
  /** The separate queue of system messages, where there is one; see {@linkcode SystemQueue}. */
  #apart: SystemQueue<M> | undefined;
  #reader: Runnable | undefined;
  #readerWaits = false;
  #closed = false;
  #highWaterMark = 0;

  /**
   * Creates an open, empty mailbox.
   *
   * @param options The capacity, unlimited by default, and the overflow policy.
   * @param owner The process that it belongs to: named in telemetry events, and notified of dropped messages.
   * @throws {RangeError} If `capacity` is less than 1.
   */
  constructor(options: MailboxOptions = {}, owner?: MailboxOwner) {
    const { capacity = Infinity, overflow = "refuse" } = options;
    this.#room = checkAtLeast("create mailbox", "capacity", capacity, 1);
    this.#overflow = overflow;
    this.#owner = owner;
  }

  /** How messages beyond the capacity are handled. */
  get overflow(): Overflow {
    return this.#overflow;
  }

  /** Number of waiting messages. */
  get length(): number {
    return this.#apart === undefined ? this.#queue.length : this.#queue.length + this.#apart.length;
  }

  /** Whether the reader has taken all messages and waits for more. */
  get awaited(): boolean {
    return this.#readerWaits && this.length === 0;
  }

  /** The largest number of messages that ever waited at once. */
  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  /** Whether the mailbox was closed, so that it refuses new messages. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Adds `message`. Never waits, never throws.
   *
   * @param message The message.
   * @returns Whether the message was added; see {@linkcode SendResult}.
   */
  post(message: M): SendResult {
    if (this.#closed) return "closed";
    if (this.#queue.length < this.#room) {
      this.#add(message);
      return "sent";
    }
    return this.#overflowWith(message);
  }

  /**
   * Adds `message`, and waits for room if the overflow policy is `"wait"`; otherwise the same as
   * {@linkcode Mailbox.prototype.post | post}.
   *
   * @param message The message.
   * @param options A signal that ends the wait.
   * @returns Whether the message was added; see {@linkcode SendResult}.
   * @throws The signal's reason if it is aborted first.
   */
  async deliver(message: M, { signal }: SendOptions = {}): Promise<SendResult> {
    signal?.throwIfAborted();
    if (this.#overflow !== "wait") return this.post(message);
    const result = this.post(message);
    if (result !== "full") return result;
    const { promise, resolve, reject } = Promise.withResolvers<SendResult>();
    const waiting = { message, settle: resolve };
    (this.#waiting ??= new Deque()).push(waiting);
    const giveUp = () => {
      this.#waiting?.remove((other) => other === waiting);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** Adds a system message, such as `Down`, even if the mailbox is full. */
  postSystem(message: M): void {
    if (this.#closed) return;
    if (this.#overflow === "dropOldest") this.#apart ??= new SystemQueue();
    if (this.#apart === undefined) return this.#add(message);
    this.#apart.push(message, this.#queue.length);
    this.#room--;
    if (this.length > this.#highWaterMark) this.#rise(this.length);
    if (this.#readerWaits) this.#wakeReader();
  }

  /**
   * Removes and returns the oldest message. Check {@linkcode Mailbox.prototype.length | length} first, since
   * `undefined` may be a message.
   */
  take(): M | undefined {
    const message = this.#apart === undefined ? this.#queue.shift() : this.#takeInOrder(this.#apart);
    if (this.#waiting !== undefined) this.#admit();
    return message;
  }

  /**
   * Removes and returns the first system message for which `isUrgent` returns `true`, even if others wait before it.
   * Until {@linkcode Mailbox.prototype.take | take} is called, each message is checked only once, so `isUrgent` must
   * always return the same for it.
   */
  takeUrgent(isUrgent: (message: M) => boolean): { readonly message: M } | undefined {
    const apart = this.#apart ??= this.#setApart(isUrgent);
    const found = apart.takeUrgent(isUrgent);
    if (found !== undefined) this.#room++;
    if (found !== undefined && this.#waiting !== undefined) this.#admit();
    return found;
  }

  /** Whether `message` is in the mailbox, compared by `===`. Takes time proportional to the number of messages. */
  includes(message: M): boolean {
    return this.some((other) => other === message);
  }

  /** Whether `matches` returns `true` for a message in the mailbox. Takes time proportional to their number. */
  some(matches: (message: M) => boolean): boolean {
    return this.#queue.some(matches) || (this.#apart?.some(matches) ?? false);
  }

  /** Removes all system messages for which `matches` returns `true`. */
  removeSystem(matches: (message: M) => boolean): void {
    this.#room += this.#apart?.remove(matches) ?? 0;
    let ahead = 0;
    this.#queue.remove((message) => {
      const isGone = matches(message);
      if (isGone) this.#apart?.ordinaryTakenBack(ahead);
      else ahead++;
      return isGone;
    });
    if (this.#waiting !== undefined) this.#admit();
  }

  /**
   * Runs `reader` once, as soon as there is a message or the mailbox is closed; without delay if that is already so.
   *
   * @param reader The reader of this mailbox, the same at each call.
   * @throws {TypeError} If another reader uses this mailbox.
   */
  wait(reader: Runnable): void {
    if (this.#reader !== reader) {
      if (this.#reader) throw new TypeError("Cannot read mailbox: it has another reader, and only one may read it");
      this.#reader = reader;
    }
    this.#readerWaits = true;
    if (this.length > 0 || this.#closed) this.#wakeReader();
  }

  /** As {@linkcode Mailbox.prototype.wait | wait}, but only for messages that arrive from now on. */
  waitForMore(reader: Runnable): void {
    this.#reader ??= reader;
    this.#readerWaits = true;
  }

  /**
   * Closes the mailbox: new messages and those that wait for room are refused. Messages in the mailbox are still
   * delivered.
   */
  close(): void {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    while (waiting && waiting.length > 0) waiting.shift()!.settle("closed");
    if (this.#readerWaits) this.#wakeReader();
  }

  /** Closes the mailbox and discards the waiting messages. */
  [Symbol.dispose](): void {
    this.#queue.clear();
    this.#apart = undefined;
    this.close();
  }

  /**
   * Yields the messages, oldest first, until the mailbox is closed and empty. If the loop is left early, the remaining
   * messages stay in the mailbox.
   *
   * @returns The iterator. There is only one at a time.
   * @throws {TypeError} If another reader uses this mailbox.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<M, undefined> {
    if (this.#reader) throw new TypeError("Cannot read mailbox: it has another reader, and only one may read it");
    return new MailboxIterator(this, (reader) => {
      if (this.#reader === reader) {
        this.#reader = undefined;
        this.#readerWaits = false;
      }
    });
  }

  #add(message: M): void {
    const queue = this.#queue;
    queue.push(message);
    if (queue.length > this.#highWaterMark) this.#rise(queue.length);
    if (this.#readerWaits) this.#wakeReader();
  }

  /** Removes and returns the next message of both queues. */
  #takeInOrder(apart: SystemQueue<M>): M | undefined {
    const due = apart.takeDue();
    if (due === undefined) apart.ordinaryGone();
    else this.#room++;
    if (apart.length === 0) this.#apart = undefined;
    return due === undefined ? this.#queue.shift() : due.message;
  }

  /** Moves the messages for which `isUrgent` returns `true` to the separate queue. */
  #setApart(isUrgent: (message: M) => boolean): SystemQueue<M> {
    const apart = new SystemQueue<M>();
    let ahead = 0;
    this.#queue.remove((message) => {
      const urgent = isUrgent(message);
      if (urgent) apart.push(message, ahead);
      else ahead++;
      return urgent;
    });
    this.#room -= apart.length;
    return apart;
  }

  /** Applies the overflow policy to a message for which there is no room. */
  #overflowWith(message: M): SendResult {
    switch (this.#overflow) {
      case "refuse":
      case "wait":
        return "full";
      case "dropNewest":
        this.#tellDropped(message, "dropNewest");
        return "dropped";
      case "dropOldest":
        this.#dropOldest();
        this.#add(message);
        return "sent";
    }
  }

  #dropOldest(): void {
    if (this.#queue.length === 0) return; // only messages of the system wait
    const message = this.#queue.shift() as M;
    this.#apart?.ordinaryGone();
    this.#owner?.onDropped?.(message);
    this.#tellDropped(message, "dropOldest");
  }

  #tellDropped(message: M, policy: "dropOldest" | "dropNewest"): void {
    if (this.#owner && messageDropped.hasListeners) messageDropped.emit({ pid: this.#owner, message, policy });
  }

  #rise(length: number): void {
    this.#highWaterMark = length;
    if (isMark(length) && this.#owner) queueGrown.emit({ pid: this.#owner, length });
  }

  /** Adds the messages that wait for room, as far as there is room. */
  #admit(): void {
    const waiting = this.#waiting!;
    while (waiting.length > 0 && this.#queue.length < this.#room) {
      const { message, settle } = waiting.shift()!;
      this.#add(message);
      settle("sent");
    }
    if (waiting.length === 0) this.#waiting = undefined;
  }

  #wakeReader(): void {
    this.#readerWaits = false;
    scheduler.enqueue(this.#reader!);
  }
}
