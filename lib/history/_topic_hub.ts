/**
 * One topic with history on one node: keeps the order of messages, repairs what the bus lost, and lets members in
 * between two messages.
 *
 * The hub stands at a position. A live message whose `previous` is that position is delivered; another one is held while
 * the hub reads what is between. If the engine no longer has it, or counts anew, the hub takes the engine's position and
 * resets its members: they are told that they missed something.
 *
 * With an engine in this thread everything here happens within the turn of the call.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { isThenable, whenDone } from "../base/thenable.ts";
import { quoted } from "../base/printable.ts";
import { type Admission, admissionOf, covers } from "./admission.ts";
import type { HistoryEngine, HistoryPage, Stored } from "./engine.ts";
import type { Position } from "./position.ts";
import type { Retention } from "./retention.ts";
import { PageReads } from "./_page_reads.ts";
import { persist, type Retry } from "./_persistent.ts";
import type { Since } from "./since.ts";
import { Tail } from "./_tail.ts";

/** What a hub does to the members of its topic. None of it may throw. */
export interface HubOutput {
  /** Delivers a message to all members. */
  deliver(message: Stored): void;
  /** Informs all members that they missed messages, and of the position at which they are now. */
  reset(position: Position): void;
  /** Reports that messages were read which the bus had lost. */
  repaired(count: number): void;
}

/** What a hub needs from outside. */
export interface HubParts {
  readonly engine: HistoryEngine;
  readonly keep: Retention;
  readonly output: HubOutput;
  /** Waits before a failed read is repeated. */
  readonly retry: Retry;
  /** The time in milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** More messages than this are not held; they are read afterwards. */
const MAX_HELD = 1000;

/** One topic with history on one node. */
export class TopicHub {
  /** The topic. */
  readonly topic: string;
  readonly #parts: HubParts;
  readonly #tail: Tail;
  readonly #reads: PageReads;
  #held: Stored[] = [];
  #before: readonly Stored[] = []; // those that were held before the read that is under way
  #hasDropped = false;
  #position: Position | undefined; // once it has started
  #starting: PromiseLike<void> | undefined;
  #catchingUp: Promise<void> | undefined;
  #sharedRead: { readonly after: number; readonly page: Promise<HistoryPage> } | undefined;
  #isStopped = false;

  /** Creates a hub that does nothing until {@linkcode start}. */
  constructor(topic: string, parts: HubParts) {
    this.topic = topic;
    this.#parts = parts;
    this.#tail = new Tail(parts.engine.tailSize, parts.keep.maxAgeMs);
    const { engine, keep } = parts;
    this.#reads = new PageReads((after) => engine.read(topic, after, keep), this.#retry);
  }

  /** Where this node stands; `undefined` until it has started. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Subscribes to the topic, and finds out where it stands. Keeps trying while the engine cannot be reached. */
  start(): MaybePromise<void> {
    const { engine, keep } = this.#parts;
    const subscribe = () => engine.subscribe(this.topic, keep, (message) => this.#receive(message));
    const started = whenDone(
      persist(subscribe, this.#retry),
      () => whenDone(this.#reads.read(undefined), ({ top }) => this.#begin(top)),
    );
    if (isThenable(started)) this.#starting = started;
    return started;
  }

  /** Ends the subscription. Members that wait to come in do so no more. */
  stop(): void {
    this.#isStopped = true;
    this.#held = [];
    this.#parts.engine.unsubscribe(this.topic);
  }

  /** Reads what may have been missed: announcements may have been lost. */
  repair(): MaybePromise<void> {
    if (this.#catchingUp || !this.#position) return this.#catchingUp;
    const done = this.#catchUp(1);
    if (!isThenable(done)) return;
    this.#catchingUp = Promise.resolve(done).finally(() => {
      this.#catchingUp = undefined;
      this.#release();
    });
    return this.#catchingUp;
  }

  /**
   * Lets a member in. `enter` is called between two messages: what is delivered after it, and only that, follows the
   * admission. If the hub is stopped before, it is not called.
   *
   * @param since What the member asked for.
   * @param enter Must subscribe the member in the turn in which it is called.
   */
  admit(since: Since, enter: (admission: Admission) => void): MaybePromise<void> {
    return this.#admit(since, enter, false);
  }

  /**
   * Forgets a message that was deleted; all of them if `position` is `undefined`. What is still on its way here is read
   * instead: the engine has it no more.
   */
  forget(position: Position | undefined): void {
    if (position === undefined) this.forgetAll();
    else this.#forgetOne(position);
    if (position === undefined || (this.#position && this.#isAhead(position))) this.#repairSoon();
  }

  /** Forgets all messages, those too that wait for a read. Call {@linkcode repair} after that. */
  forgetAll(): void {
    this.#reads.forget(undefined);
    this.#tail.clear();
    this.#dropHeld(() => true);
  }

  #forgetOne(position: Position): void {
    this.#reads.forget(position);
    if (position.epoch === this.#position?.epoch) this.#tail.delete(position.offset);
    this.#dropHeld(({ epoch, offset }) => epoch === position.epoch && offset === position.offset);
  }

  /** Drops messages that were held, if this hub holds any now. It reads once more then. */
  #dropHeld(isGone: (message: Stored) => boolean): void {
    if (this.#position && !this.#catchingUp) return;
    this.#held = this.#held.filter((message) => !isGone(message));
    this.#before = this.#before.filter((message) => !isGone(message));
    this.#hasDropped = true; // or they come later
  }

  #begin(top: Position): void {
    this.#position = top;
    this.#release();
  }

  #receive(message: Stored): void {
    if (this.#isStopped) return;
    const at = this.#position;
    if (!at || this.#catchingUp) return this.#hold(message);
    const isSameEpoch = message.epoch === at.epoch;
    if (isSameEpoch && message.offset <= at.offset) return; // it came twice
    if (isSameEpoch && message.previous === at.offset) return this.#deliver(message);
    this.#hold(message);
    this.#repairSoon();
  }

  /** Nobody waits for it. It fails only if the hub is stopped before the engine can be read. */
  #repairSoon(): void {
    const repaired = this.repair();
    if (isThenable(repaired)) repaired.then(undefined, () => {});
  }

  #hold(message: Stored): void {
    if (this.#held.length < MAX_HELD) this.#held.push(message);
    else this.#hasDropped = true;
  }

  /** Goes on with the messages that came during a read. */
  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.#receive(message);
    if (!this.#hasDropped) return;
    this.#hasDropped = false;
    this.#repairSoon();
  }

  #deliver(message: Stored): void {
    this.#position = { epoch: message.epoch, offset: message.offset };
    this.#tail.push(message);
    this.#parts.output.deliver(message);
  }

  /**
   * Reads what follows this node's position. What was held before the read is in it, unless the engine reads from a copy
   * that is behind, or it was of an epoch that has ended.
   */
  #catchUp(attempt: number): MaybePromise<void> {
    const from = this.#position!;
    this.#before = this.#held;
    this.#held = [];
    return whenDone(this.#reads.read(from.offset), (page) => {
      const before = this.#before;
      this.#before = [];
      if (this.#isStopped) return;
      this.#follow(page, from);
      for (const message of before) if (this.#isNext(message)) this.#deliver(message);
      const ahead = before.filter((message) => this.#isAhead(message));
      if (ahead.length === 0) return;
      const meanwhile = this.#held;
      this.#held = [];
      for (const message of [...ahead, ...meanwhile]) this.#hold(message);
      return whenDone(
        this.#retry(attempt, this.#behind(page, ahead[0]!)),
        (goOn) => goOn ? this.#catchUp(attempt + 1) : undefined,
      );
    });
  }

  #follow(page: HistoryPage, from: Position): void {
    if (!covers(page, from)) return this.#reset(page.top);
    for (const message of page.messages) this.#deliver(message);
    this.#position = page.top; // beyond the last message if later ones were deleted
    if (page.messages.length > 0) this.#parts.output.repaired(page.messages.length);
  }

  #isAhead({ epoch, offset }: Position): boolean {
    const at = this.#position!;
    return epoch === at.epoch && offset > at.offset;
  }

  #isNext(message: Stored): boolean {
    return this.#isAhead(message) && message.previous === this.#position!.offset;
  }

  #reset(top: Position): void {
    this.#position = top;
    this.#tail.clear();
    this.#parts.output.reset(top);
  }

  /** @param isSure Whether this node has just compared its epoch with that of the engine. */
  #admit(since: Since, enter: (admission: Admission) => void, isSure: boolean): MaybePromise<void> {
    if (this.#isStopped) return;
    if (!this.#position || this.#catchingUp) return this.#admitLater(since, enter);
    const at = this.#position;
    if (since.kind === "position" && since.position.epoch !== at.epoch && !isSure) {
      return whenDone(this.repair(), () => this.#admit(since, enter, true)); // the client may know a newer one
    }
    const admission = this.#fromHere(since, at);
    return admission ? enter(admission) : this.#admitFromEngine(since, enter);
  }

  /** Admits from what this node knows, if that is enough. */
  #fromHere(since: Since, at: Position): Admission | undefined {
    switch (since.kind) {
      case "nothing":
        return { recovered: null, position: at, missed: [] };
      case "unreadable":
        return { recovered: false, position: at, missed: [] };
      case "last":
      case "time":
        return undefined;
      case "position": {
        const { epoch, offset } = since.position;
        if (epoch !== at.epoch) return { recovered: false, position: at, missed: [] };
        if (offset === at.offset) return { recovered: true, position: since.position, missed: [] };
        const missed = offset < at.offset ? this.#tail.after(offset, this.#oldestMs) : undefined;
        return missed && { recovered: true, position: since.position, missed };
      }
    }
  }

  /** Waits until the hub has started and caught up. */
  async #admitLater(since: Since, enter: (admission: Admission) => void): Promise<void> {
    await (this.#catchingUp ?? this.#starting);
    await this.#admit(since, enter, false);
  }

  #admitFromEngine(since: Since, enter: (admission: Admission) => void): MaybePromise<void> {
    const after = since.kind === "position" ? since.position.offset : 0;
    const shared = this.#sharedRead && this.#sharedRead.after <= after ? this.#sharedRead.page : undefined;
    const page = shared ?? this.#readShared(after);
    return whenDone(page, (page) => this.#admitWith(page, since, enter, shared !== undefined));
  }

  /** @param isOlder Whether the read may have begun before the member came. */
  #admitWith(
    page: HistoryPage,
    since: Since,
    enter: (admission: Admission) => void,
    isOlder: boolean,
  ): MaybePromise<void> {
    const at = this.#position!;
    const again = () => this.#admit(since, enter, false);
    if (this.#isStopped) return;
    if (this.#catchingUp) return again();
    if (page.top.epoch !== at.epoch) return whenDone(this.repair(), again); // this node has yet to find out
    if (since.kind === "position" && since.position.epoch !== at.epoch) return again();
    if (since.kind === "position" && since.position.offset > page.top.offset) {
      if (isOlder) return again();
      if (since.position.offset <= at.offset) return whenDone(this.#retry(1, this.#behind(page, at)), again);
    } else if (since.kind === "position" && since.position.offset > at.offset) {
      return whenDone(this.repair(), again); // the client has come further than this node
    }
    const kept = this.#upToHere(page, at);
    if (!kept) return again(); // so much came meanwhile that there is a hole
    enter(admissionOf(kept, page, since, at));
  }

  /** Cuts a page where this node stands, or completes it from the tail. */
  #upToHere(page: HistoryPage, at: Position): readonly Stored[] | undefined {
    if (page.top.offset >= at.offset) return page.messages.filter(({ offset }) => offset <= at.offset);
    const rest = this.#tail.after(page.top.offset, -Infinity);
    return rest && [...page.messages, ...rest];
  }

  /** One read serves all members that come while it is under way, if it begins early enough for them. */
  #readShared(after: number): MaybePromise<HistoryPage> {
    const page = this.#reads.read(after);
    if (!isThenable(page)) return page;
    const shared = { after, page: Promise.resolve(page) };
    this.#sharedRead = shared;
    const end = () => {
      if (this.#sharedRead === shared) this.#sharedRead = undefined;
    };
    shared.page.then(end, end);
    return shared.page;
  }

  /** The engine read from a copy that is behind, or was read while what is announced was not kept yet. */
  #behind({ top }: HistoryPage, { offset }: Position): Error {
    const what = `Cannot read the history of ${quoted(this.topic)}`;
    return new Error(`${what}: the engine must have it up to ${offset}, received up to ${top.offset}`);
  }

  readonly #retry: Retry = async (attempt, thrown) => await this.#parts.retry(attempt, thrown) && !this.#isStopped;

  get #oldestMs(): number {
    return this.#parts.nowMs() - this.#parts.keep.maxAgeMs;
  }
}
