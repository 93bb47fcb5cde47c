/**
 * Mailboxes: where the messages of a process wait, the only place where they do.
 *
 * A mailbox is read with `for await`, one message at a time. Behaviours such as GenServer read the same queue without
 * a promise for each message: they are called when there is something to take.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";
import { type Runnable, scheduler } from "../../base/scheduler.ts";
import { MailboxIterator } from "./mailbox_iterator.ts";
import type { Pid } from "./pid.ts";
import { isMark, messageDropped, queueGrown } from "./telemetry.ts";
import { SystemQueue } from "./_system_queue.ts";

/** What became of a message that was sent. A full mailbox is an answer, not an exception. */
export type SendResult = "sent" | "full" | "dropped" | "closed";

/**
 * What a full mailbox does with one message more, other than messages of the system, for which there is always room:
 * `Down`, `Exit`, `TIMEOUT`, `TaskReply`, those of `sendAfter`, the events of registries.
 *
 * - `"refuse"` it, and tell the sender `"full"`,
 * - `"dropNewest"`: lose it, and tell the sender `"dropped"`,
 * - `"dropOldest"`: lose the one that waited longest to make room, and tell the sender `"sent"`; a call that is lost
 *   fails with a {@linkcode MailboxFullError}, and messages of the system, such as `Down`, are kept,
 * - `"wait"`: let a sender that can wait (`await pid.deliver(message)`, a call) wait for room, in the order in which they
 *   came; tell one that cannot (`send`) `"full"`.
 */
export type Overflow = "refuse" | "dropNewest" | "dropOldest" | "wait";

/** Options for a send that may wait. */
export interface SendOptions {
  /** Ends the wait for room. */
  readonly signal?: AbortSignal;
}

/** The process that owns a mailbox. */
export interface MailboxOwner extends Pid<never> {
  /** Called with a message that had to make room for another one. */
  onDropped?(message: unknown): void;
}

/** A message that waits for room. */
interface WaitingMessage<M> {
  readonly message: M;
  readonly settle: (result: SendResult) => void;
}

/** Options for {@linkcode Mailbox}. */
export interface MailboxOptions {
  /**
   * How many messages may wait. At least 1.
   *
   * @default {Infinity}
   */
  readonly capacity?: number;
  /**
   * What happens to messages beyond `capacity`.
   *
   * @default {"refuse"}
   */
  readonly overflow?: Overflow;
}

/**
 * A queue of messages with one reader.
 *
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
  /** How many may wait in the queue: what those that wait apart leave of the capacity. */
  #room: number;
  readonly #overflow: Overflow;
  readonly #owner: MailboxOwner | undefined;
  readonly #queue: Deque<M> = new Deque();
  #waiting: Deque<WaitingMessage<M>> | undefined;
  /** Messages of the system, where they wait apart from the others: see {@linkcode SystemQueue}. */
  #apart: SystemQueue<M> | undefined;
  #reader: Runnable | undefined;
  #readerWaits = false;
  #closed = false;
  #highWaterMark = 0;

  /**
   * Creates an open, empty mailbox.
   *
   * @param options How much it holds; by default as much as comes.
   * @param owner Whose it is: for telemetry, and told of what is dropped.
   * @throws {RangeError} If `capacity` is less than 1.
   */
  constructor(options: MailboxOptions = {}, owner?: MailboxOwner) {
    const { capacity = Infinity, overflow = "refuse" } = options;
    if (!(capacity >= 1)) {
      throw new RangeError(`Cannot create mailbox: "capacity" must be >= 1, received ${capacity}`);
    }
    this.#room = capacity;
    this.#overflow = overflow;
    this.#owner = owner;
  }

  /** What happens to messages beyond the capacity. */
  get overflow(): Overflow {
    return this.#overflow;
  }

  /** How many messages wait. */
  get length(): number {
    return this.#apart === undefined ? this.#queue.length : this.#queue.length + this.#apart.length;
  }

  /** Whether its reader has taken everything and waits for more. */
  get awaited(): boolean {
    return this.#readerWaits && this.length === 0;
  }

  /** The largest number of messages that ever waited at once. */
  get highWaterMark(): number {
    return this.#highWaterMark;
  }

  /** Whether new messages are turned away because the mailbox was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Adds `message`. Never waits, never throws.
   *
   * @param message The message.
   * @returns What became of it.
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
   * Adds `message`, and waits for room where the policy is `"wait"`; elsewhere the same as {@linkcode post}.
   *
   * @param message The message.
   * @param options A signal that ends the wait.
   * @returns What became of it.
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

  /** Adds a message of the system, such as `Down`, for which there is always room. */
  postSystem(message: M): void {
    if (this.#closed) return;
    if (this.#overflow === "dropOldest") this.#apart ??= new SystemQueue();
    if (this.#apart === undefined) return this.#add(message);
    this.#apart.push(message, this.#queue.length);
    this.#room--;
    if (this.length > this.#highWaterMark) this.#rise(this.length);
    if (this.#readerWaits) this.#wakeReader();
  }

  /** Takes the message that has waited longest. Ask {@linkcode length} first: `undefined` may be a message. */
  take(): M | undefined {
    const message = this.#apart === undefined ? this.#queue.shift() : this.#takeInOrder(this.#apart);
    if (this.#waiting !== undefined) this.#admit();
    return message;
  }

  /**
   * Takes the first message of the system that `isUrgent`, past all that wait before it. Until a message is taken by
   * {@linkcode take}, each is looked at once, however often this is asked: the answer for one must always be the same.
   */
  takeUrgent(isUrgent: (message: M) => boolean): { readonly message: M } | undefined {
    const apart = this.#apart ??= this.#setApart(isUrgent);
    const found = apart.takeUrgent(isUrgent);
    if (found !== undefined) this.#room++;
    if (found !== undefined && this.#waiting !== undefined) this.#admit();
    return found;
  }

  /** Whether `message` waits, compared by `===`. Takes as long as the queue is. */
  includes(message: M): boolean {
    return this.#queue.some((other) => other === message) || (this.#apart?.includes(message) ?? false);
  }

  /** Forgets all messages of the system that `matches`. */
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
   * Runs `reader` once, as soon as there is something to take or the mailbox is closed: at once if that is now.
   *
   * @param reader What reads this mailbox, the same at each call.
   * @throws {TypeError} If somebody else reads this mailbox.
   */
  wait(reader: Runnable): void {
    if (this.#reader !== reader) {
      if (this.#reader) throw new TypeError("Cannot read mailbox: it has another reader");
      this.#reader = reader;
    }
    this.#readerWaits = true;
    if (this.length > 0 || this.#closed) this.#wakeReader();
  }

  /** As {@linkcode wait}, but only for what comes from now on: the reader has seen what is there. */
  waitForMore(reader: Runnable): void {
    this.#reader ??= reader;
    this.#readerWaits = true;
  }

  /** Refuses new messages. Those that wait are still delivered, but for those that wait for room. */
  close(): void {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    while (waiting && waiting.length > 0) waiting.shift()!.settle("closed");
    if (this.#readerWaits) this.#wakeReader();
  }

  /** Refuses new messages and forgets those that wait. */
  [Symbol.dispose](): void {
    this.#queue.clear();
    this.#apart = undefined;
    this.close();
  }

  /**
   * Yields messages, oldest first, until closed and empty. Leaving the loop early leaves the rest in the mailbox.
   *
   * @returns The iterator. There is only one at a time.
   * @throws {TypeError} If somebody else reads this mailbox.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<M, undefined> {
    if (this.#reader) throw new TypeError("Cannot read mailbox: it has another reader");
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

  /** Takes the next message where some of them wait apart. */
  #takeInOrder(apart: SystemQueue<M>): M | undefined {
    const due = apart.takeDue();
    if (due === undefined) apart.ordinaryGone();
    else this.#room++;
    if (apart.length === 0) this.#apart = undefined;
    return due === undefined ? this.#queue.shift() : due.message;
  }

  /** Takes what `isUrgent` out of the queue, and keeps it apart. */
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

  /** Does with one message more than there is room for what the policy says. */
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

  /** Lets those in who wait for room, as far as there is any. */
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
