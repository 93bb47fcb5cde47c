/**
 * A history engine whose announcements get lost, come twice or late, and whose reads fail, as a schedule says.
 *
 * @module
 */

import type { HistoryEngine, HistoryPage, Stored } from "../../lib/history/engine.ts";
import { KeptMessages } from "../../lib/history/_kept_messages.ts";
import type { Position } from "../../lib/history/position.ts";
import type { Retention } from "../../lib/history/retention.ts";

interface Announcement {
  readonly to: Connection;
  readonly message: Stored;
}

interface Read {
  readonly answer: () => void;
  readonly fail: () => void;
}

/** One node's connection with the engine. */
class Connection implements HistoryEngine {
  readonly tailSize = 8;
  live: ((message: Stored) => void) | undefined;
  readonly #engine: UnreliableEngine;

  constructor(engine: UnreliableEngine) {
    this.#engine = engine;
  }

  publish(): Position {
    throw new Error("the schedule publishes");
  }

  async subscribe(_topic: string, _keep: Retention, live: (message: Stored) => void): Promise<void> {
    await Promise.resolve();
    this.live = live;
  }

  unsubscribe(): void {
    this.live = undefined;
  }

  read(_topic: string, after: number | undefined): Promise<HistoryPage> {
    return this.#engine.read(after);
  }

  onReconnect(): () => void {
    return () => {};
  }

  delete(): boolean {
    return false;
  }

  clear(): void {}
}

/** Keeps the messages of one topic, and decides nothing by itself. */
export class UnreliableEngine {
  /** How many reads were asked for. */
  reads = 0;
  readonly #keep: Retention;
  readonly #connections: Connection[] = [];
  #kept = new KeptMessages("e1");
  #epochs = 1;
  #announcements: Announcement[] = [];
  #open: Read[] = [];
  #behind = 0;

  /** Creates an engine that keeps this much. */
  constructor(keep: Retention) {
    this.#keep = keep;
  }

  /** The position of the last message. */
  get top(): Position {
    return this.#kept.top;
  }

  /** Connects a node. */
  connect(): Connection {
    const connection = new Connection(this);
    this.#connections.push(connection);
    return connection;
  }

  /** Numbers and keeps a message; that it is announced is another step. */
  publish(): void {
    const { epoch, offset } = this.top;
    const message = { event: "said", payload: { text: `${epoch}:${offset + 1}` } };
    const stored = this.#kept.add(message, this.#keep, Date.now()) as Stored;
    for (const to of this.#connections) this.#announcements.push({ to, message: stored });
  }

  /** Comes back empty, with another epoch. */
  restart(): void {
    this.#kept = new KeptMessages(`e${++this.#epochs}`);
  }

  /** Deletes the last message. */
  deleteLast(): Position {
    this.#kept.delete(this.top.offset);
    return this.top;
  }

  /** Deletes all messages. */
  clear(): void {
    this.#kept.clear();
  }

  /** Delivers the oldest announcement. */
  announce(): void {
    const next = this.#announcements.shift();
    next?.to.live?.(next.message);
  }

  /** Loses the oldest announcement. */
  lose(): void {
    this.#announcements.shift();
  }

  /** Delivers the oldest announcement, and again later. */
  repeat(): void {
    const [next] = this.#announcements;
    this.announce();
    if (next) this.#announcements.push(next);
  }

  /** Puts the oldest announcement behind the others. */
  late(): void {
    const next = this.#announcements.shift();
    if (next) this.#announcements.push(next);
  }

  /** Answers the oldest read. */
  answer(): void {
    this.#open.shift()?.answer();
  }

  /** Fails the oldest read. */
  fail(): void {
    this.#open.shift()?.fail();
  }

  /** All announcements that were under way are lost, as by a new connection. */
  reconnect(): void {
    this.#announcements = [];
  }

  /** The next read comes from a copy that lacks the last message; the last two after two calls, and so on. */
  behind(): void {
    this.#behind++;
  }

  /** Asks what is kept now: the reply may arrive much later. */
  read(after: number | undefined): Promise<HistoryPage> {
    this.reads++;
    const { promise, resolve, reject } = Promise.withResolvers<HistoryPage>();
    const whole = this.#kept.read(after, this.#keep, Date.now());
    const page = withoutLast(whole, this.#behind);
    this.#behind = 0;
    this.#open.push({ answer: () => resolve(page), fail: () => reject(new Error("disconnected")) });
    return promise;
  }

  /** Ends all faults: answers all reads, delivers all announcements. */
  async heal(turn: () => Promise<void>): Promise<void> {
    await turn();
    while (this.#open.length + this.#announcements.length > 0) {
      if (this.#open.length > 0) this.answer();
      else this.announce();
      await turn();
    }
  }
}

function withoutLast({ top, completeFrom, messages }: HistoryPage, count: number): HistoryPage {
  const offset = Math.max(0, top.offset - count);
  const before = messages.filter((message) => message.offset <= offset);
  return { top: { ...top, offset }, completeFrom: Math.min(completeFrom, offset), messages: before };
}
