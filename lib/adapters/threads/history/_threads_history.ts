/**
 * The history engine of one thread. One of the threads keeps the messages: the keeper. The others ask it.
 *
 * In the keeper everything happens within the turn of the call, as with `MemoryHistory`.
 *
 * @module
 */

import type { MaybePromise } from "../../../base/maybe_promise.ts";
import { quoted } from "../../../base/printable.ts";
import { withinTime } from "../../../base/within_time.ts";
import type { HistoryEngine, HistoryPage, HistoryRoute, Stored, Unnumbered } from "../../../history/engine.ts";
import { assertMaxTopics } from "../../../history/kept_topics.ts";
import type { Position } from "../../../history/position.ts";
import type { Retention } from "../../../history/retention.ts";
import { decodeRoutes, encodeRoutes } from "../../../history/route_codec.ts";
import { BusDownError } from "../../../pubsub/errors.ts";
import { busMalformed } from "../../../pubsub/telemetry.ts";
import { Interest } from "../_interest.ts";
import type { SessionHistory, SessionLink } from "../_session_link.ts";
import { type Call, Calls } from "./_calls.ts";
import { Claims } from "./_claims.ts";
import { Keeper, type Numbered } from "./_keeper.ts";
import {
  encodeBody,
  encodeClaim,
  encodeLive,
  encodeRefusal,
  encodeReply,
  encodeRequest,
  type Message,
  type Numbers,
  positionOf,
  readMessage,
  type Request,
  storedOf,
  unpackPage,
} from "./_messages.ts";
import type { Packed } from "./_packed.ts";

/** How long a request may take, in milliseconds, until it fails. The keeper may be busy, or about to be replaced. */
const CALL_MS = 10_000;
/** Each thread but the keeper remembers so many messages of a topic, to let members in without asking. */
const TAIL_SIZE = 128;

/** What the history of a thread needs from its adapter. */
export interface ThreadsHistoryParts {
  /** How many topics are kept. */
  readonly maxTopics: number;
  /** How many bytes may wait for slow threads. */
  readonly maxBytesWaiting: number;
  /**
   * Throws if so many bytes cannot be sent now.
   *
   * @throws {BusDownError} If the thread is not connected, or another one is too slow.
   * @throws {TooLargeError} If they are too many.
   */
  readonly assertSendable: (topic: string, what: string, bytes: number) => void;
}

/** The history of one thread. */
export class ThreadsHistory implements HistoryEngine, SessionHistory {
  readonly #parts: ThreadsHistoryParts;
  readonly #interest = new Interest();
  readonly #live = new Map<string, (message: Stored) => void>();
  readonly #listeners = new Set<() => void>();
  readonly #claims = new Claims();
  readonly #calls = new Calls();
  #link: SessionLink | undefined;
  #keeper: Keeper | undefined; // in this thread
  #known: string | undefined; // the thread that is asked
  readonly #waiting = new Map<Call, Request>(); // until the keeper is known, or it is too late

  /**
   * Creates a history that is not connected.
   *
   * @throws {RangeError} If `maxTopics` is out of range.
   */
  constructor(parts: ThreadsHistoryParts) {
    assertMaxTopics(parts.maxTopics);
    this.#parts = parts;
  }

  get tailSize(): number {
    return this.#keeper ? 0 : TAIL_SIZE;
  }

  publish(topic: string, message: Unnumbered, keep: Retention): MaybePromise<Position> {
    const what = `publish to ${quoted(topic)}`;
    const body = encodeBody(topic, message);
    this.#parts.assertSendable(topic, what, body.length);
    const request = { op: "publish", topic, keep, key: message.key, body } as const;
    if (this.#keeper) return this.#keeper.publish(request, message);
    const lost = () => {
      return new BusDownError(what, { cause: new Error("the thread that keeps it did not reply"), mayBeDone: true });
    };
    return this.#call(what, request, lost).then(({ head }) => positionOf(head));
  }

  subscribe(topic: string, keep: Retention, live: (message: Stored) => void): void {
    this.#interest.add(topic);
    this.#live.set(topic, live);
    if (this.#keeper) this.#keeper.read({ op: "read", topic, keep });
  }

  unsubscribe(topic: string): void {
    this.#interest.delete(topic);
    this.#live.delete(topic);
  }

  read(topic: string, after: number | undefined, keep: Retention): MaybePromise<HistoryPage> {
    const request = { op: "read", topic, after, keep } as const;
    if (this.#keeper) return pageOf(this.#keeper.read(request));
    return this.#call(`read the history of ${quoted(topic)}`, request).then(unpackPage);
  }

  onReconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async delete(topic: string, position: Position): Promise<boolean> {
    const { head } = await this.#ask(`delete a message of ${quoted(topic)}`, { op: "delete", topic, position });
    return head === true;
  }

  async clear(topic: string): Promise<void> {
    await this.#ask(`clear the history of ${quoted(topic)}`, { op: "clear", topic });
  }

  async declare(routes: readonly HistoryRoute[]): Promise<void> {
    await this.#ask("declare routes", { op: "declare", routes: encodeRoutes(routes) });
  }

  async routes(): Promise<readonly HistoryRoute[]> {
    const { head } = await this.#ask("read declared routes", { op: "routes" });
    return typeof head === "string" ? decodeRoutes(head) : [];
  }

  /** Returns whether this thread subscribed to a topic with this hash. */
  wants(hash: number): boolean {
    return this.#interest.has(hash);
  }

  /** The thread is connected. */
  attach(link: SessionLink): void {
    this.#link = link;
  }

  /** The thread is connected no longer. What it has kept is gone. */
  detach(): void {
    this.#claims.clear();
    if (this.#known !== undefined) this.#calls.lose(this.#known);
    this.#link = undefined;
    this.#keeper = undefined;
    this.#known = undefined;
    this.#drain();
  }

  /** This thread is the keeper from now on. */
  keeps(): void {
    this.#keeper = new Keeper(this.#parts.maxTopics, (numbered) => this.#announce(numbered));
    this.#link?.sendToAll(encodeClaim());
    this.#review();
  }

  /** Another thread reads from now on what this one sends. */
  met(node: string): void {
    if (this.#keeper) this.#link?.sendTo(node, encodeClaim());
  }

  /** Another thread was cut off: it gets no request, and sends no reply. */
  cutOff(node: string): void {
    this.#calls.lose(node);
  }

  /** This thread was cut off by another one, and reads again: replies and messages of that one are lost. */
  returned(node: string): void {
    this.#calls.lose(node);
    if (this.#known === node) this.#reconnected();
  }

  /** Another thread has ended. */
  ended(node: string): void {
    this.#claims.delete(node);
    this.#calls.lose(node);
    this.#review();
  }

  /** Another thread says something. */
  receive(node: string, bytes: Uint8Array): void {
    let message: Message;
    try {
      message = readMessage(bytes);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error("unknown error");
      return busMalformed.emit({ node: this.#link?.nodeName ?? "", bytes: bytes.length, error });
    }
    this.#act(node, message);
  }

  #act(node: string, message: Message): void {
    switch (message.kind) {
      case "claim":
        this.#claims.add(node);
        return this.#review();
      case "ask":
        return this.#execute(node, message.id, message.request);
      case "reply":
        return this.#calls.get(message.id, node)?.resolve(message.result);
      case "refuse": {
        return this.#calls.get(message.id, node)?.refuse(message.why);
      }
      case "live": {
        const { topic, ...stored } = message.message;
        if (node === this.#known) this.#live.get(topic)?.(stored);
      }
    }
  }

  #execute(node: string, id: number, request: Request): void {
    const link = this.#link;
    if (!link) return;
    try {
      if (!this.#keeper) throw new Error("it does not keep history");
      if (link.waitingBytes > this.#parts.maxBytesWaiting) throw new Error("another thread is busy");
      link.sendTo(node, encodeReply(id, this.#keeper.execute(request)));
    } catch (thrown) {
      link.sendTo(node, encodeRefusal(id, thrown instanceof Error ? thrown.message : "unknown error"));
    }
  }

  /** Executes a request here, or asks the keeper. */
  async #ask(what: string, request: Request): Promise<Packed> {
    return this.#keeper?.execute(request) ?? await this.#call(what, request);
  }

  /** Asks the keeper, as soon as it is known. */
  async #call(what: string, request: Request, lost: () => Error = () => new BusDownError(what)): Promise<Packed> {
    if (!this.#link) throw new BusDownError(what);
    const call = this.#calls.open(lost, (why) => new BusDownError(what, { cause: new Error(why) }));
    if (this.#known === undefined) this.#waiting.set(call, request);
    else this.#start(call, request);
    try {
      return await withinTime(call.result, CALL_MS, lost);
    } finally {
      this.#calls.close(call);
      this.#waiting.delete(call);
    }
  }

  #start(call: Call, request: Request): void {
    if (this.#keeper) return call.settle(this.#keeper, request);
    const keeper = this.#claims.keeper;
    call.keeper = keeper;
    if (keeper === undefined || !this.#link?.sendTo(keeper, encodeRequest(call.id, request))) {
      call.refuse("the thread that keeps history cannot be reached");
    }
  }

  /** Goes on with the thread that keeps now. */
  #review(): void {
    const keeper = this.#keeper ? this.#link?.nodeName : this.#claims.keeper;
    if (keeper === this.#known) return;
    const before = this.#known;
    this.#known = keeper;
    if (before !== undefined) this.#calls.lose(before);
    if (keeper === undefined) return;
    this.#reconnected(); // before what waits: members are told of a loss before there is more to lose
    this.#drain();
    this.#link?.historyReady();
  }

  #announce({ topic, numbers, body, message }: Numbered): void {
    const link = this.#link;
    // Before a member here publishes the next.
    if (link && !link.isAlone) link.sendToSubscribers(topic, encodeLive(numbers, body));
    const live = this.#live.get(topic);
    if (!live) return;
    const { epoch, offset, previous, atMs } = numbers;
    live(message ? { ...message, epoch, offset, previous, atMs } : opened(numbers, body));
  }

  #drain(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [call, request] of waiting) this.#start(call, request);
  }

  #reconnected(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Opens the bodies of a page. */
function pageOf({ messages, ...page }: HistoryPage): HistoryPage {
  return { ...page, messages: messages.map((message) => opened(message, message.payload as Uint8Array)) };
}

function opened(numbers: Numbers, body: Uint8Array): Stored {
  const { topic: _, ...message } = storedOf(numbers, body);
  return message;
}
